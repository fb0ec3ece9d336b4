import { afterEach, expect, test } from '@jest/globals'
import { createFaultProxy } from '../../src/fault-proxy/index.ts'
import { openClient } from './support/client.ts'
import { startEchoServer } from './support/echo-server.ts'
import { eventually, quiet } from './support/eventually.ts'
import { openSockets } from './support/open-handles.ts'

afterEach(async () => await eventually(() => openSockets() === 0))

test('reset gives both sides of every open connection a reset', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using first = await openClient(proxy)
  using second = await openClient(proxy)
  for (const client of [first, second]) {
    client.send('a')
    await client.hears('a')
  }
  proxy.reset()
  expect(await first.ending).toBe('ECONNRESET')
  expect(await second.ending).toBe('ECONNRESET')
  await eventually(() => server.endings.length === 2)
  expect(server.endings).toEqual(['ECONNRESET', 'ECONNRESET'])
  expect(proxy.connections).toBe(0)
})

test('reset leaves the connections that come after it alone', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using before = await openClient(proxy)
  before.send('a')
  await before.hears('a')
  proxy.reset()
  using after = await openClient(proxy)
  after.send('b')
  await after.hears('b')
  expect(await before.ending).toBe('ECONNRESET')
})

test('reset of a connection that is not made yet reaches the client', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  proxy.stallConnect()
  using client = await openClient(proxy)
  await eventually(() => proxy.connections === 1)
  proxy.reset()
  expect(await client.ending).toBe('ECONNRESET')
})

test('fin ends both sides without an error, after what was passed on', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  client.send('a')
  await client.hears('a')
  proxy.fin()
  expect(await client.ending).toBe('FIN')
  await eventually(() => server.endings.length === 1)
  expect(server.endings).toEqual(['FIN'])
})

test('nothing passes after fin, and nobody is reset for trying', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  client.send('a')
  await client.hears('a')
  // A server that does not hang up in turn.
  server.sockets[0]?.removeAllListeners('end')
  proxy.fin()
  await client.ending
  // Twice: whoever has read a FIN learns of a reset when it writes again.
  for (const word of ['b', 'c']) {
    client.send(word)
    server.sockets[0]?.write(word)
    await quiet()
  }
  expect(server.received()).toBe('a')
  expect(client.heard()).toBe('a')
  expect([client.socket.destroyed, server.sockets[0]?.destroyed]).toEqual([false, false])
})
