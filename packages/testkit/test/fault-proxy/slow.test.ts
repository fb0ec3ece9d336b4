import { afterEach, expect, test } from '@jest/globals'
import { createFaultProxy } from '../../src/fault-proxy/index.ts'
import { openClient } from './support/client.ts'
import { startEchoServer } from './support/echo-server.ts'
import { eventually, quiet } from './support/eventually.ts'
import { openSockets } from './support/open-handles.ts'
import { pour } from './support/pour.ts'

afterEach(async () => await eventually(() => openSockets() === 0))

async function elapsedMs(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

test('a delay holds up a round trip twice', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  client.send('a')
  await client.hears('a')
  proxy.delay(40)
  const ms = await elapsedMs(async () => {
    client.send('b')
    await client.hears('b')
  })
  expect(ms).toBeGreaterThan(75)
  expect(ms).toBeLessThan(1_000)
})

test('bytes keep their order under a delay that becomes shorter', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.delay(50)
  for (const word of ['one ', 'two ', 'three ']) {
    client.send(word)
    await new Promise(setImmediate)
  }
  await quiet()
  proxy.delay(5)
  client.send('four')
  await client.hears('four')
  expect(client.heard()).toBe('one two three four')
})

test('a delay that becomes shorter is shorter for what is under way', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.delay(60_000)
  client.send('a')
  await quiet()
  proxy.delay(1)
  await client.hears('a')
  expect(server.received()).toBe('a')
})

test('a delay does not add up over requests that are under way together', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  await eventually(() => server.sockets.length === 1)
  proxy.delay(50)
  const ms = await elapsedMs(async () => {
    for (let i = 0; i < 40; i++) {
      client.send(String.fromCharCode(48 + i))
      await new Promise(setImmediate)
    }
    await client.hears('W')
  })
  // One after another they would take 40 times 100 ms.
  expect(ms).toBeLessThan(2_000)
  expect(client.heard()).toHaveLength(40)
})

test('a FIN is as late as the bytes before it', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  await eventually(() => server.sockets.length === 1)
  proxy.delay(40)
  const ms = await elapsedMs(async () => {
    client.socket.end('last words')
    expect(await client.ending).toBe('FIN')
  })
  expect(client.heard()).toBe('last words')
  expect(ms).toBeGreaterThan(75)
})

test('a limited bandwidth takes the time that the bytes are worth', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.bandwidth(100_000)
  const ms = await elapsedMs(async () => {
    client.send(`${'x'.repeat(20_000)}.`)
    await client.hears('.')
  })
  // 200 ms less the slices of 10 ms that go at once.
  expect(ms).toBeGreaterThan(160)
  expect(ms).toBeLessThan(1_500)
  expect(client.heard()).toHaveLength(20_001)
})

test('a limited bandwidth lets bytes drip instead of holding them all back', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.bandwidth(50_000)
  client.send('x'.repeat(50_000))
  await eventually(() => client.heard().length > 0)
  expect(client.heard().length).toBeLessThan(25_000)
})

test('a limited bandwidth slows a sender down that is faster', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.bandwidth(1_000)
  const taken = await pour(client.socket, Buffer.alloc(64 * 1024 * 1024))
  expect(taken).toBeLessThan(32 * 1024 * 1024)
})

test('heal sends on at once what a delay held back', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.delay(60_000)
  client.send('ab')
  await quiet()
  expect(server.received()).toBe('')
  const ms = await elapsedMs(async () => {
    proxy.heal()
    await client.hears('ab')
  })
  expect(ms).toBeLessThan(500)
})

test('heal sends on at once what a limited bandwidth held back', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.bandwidth(1)
  client.send('ab')
  await eventually(() => server.received() === 'a')
  const ms = await elapsedMs(async () => {
    proxy.heal()
    await client.hears('ab')
  })
  expect(ms).toBeLessThan(500)
})

test('heal does not cut off the answer to a client that has ended', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  await eventually(() => server.sockets.length === 1)
  client.socket.end('ask')
  proxy.delay(30)
  await eventually(() => server.endings.length === 1)
  await eventually(() => server.sockets[0]?.closed === true)
  proxy.heal()
  expect(await client.ending).toBe('FIN')
  expect(client.heard()).toBe('ask')
})
