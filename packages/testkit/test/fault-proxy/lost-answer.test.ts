import { afterEach, expect, test } from '@jest/globals'
import { createFaultProxy } from '../../src/fault-proxy/index.ts'
import { openClient } from './support/client.ts'
import { startEchoServer } from './support/echo-server.ts'
import { eventually, quiet } from './support/eventually.ts'
import { openSockets } from './support/open-handles.ts'

afterEach(async () => await eventually(() => openSockets() === 0))

const isCommit = (data: Buffer): boolean => data.includes('COMMIT')
const endings = [
  ['reset', 'ECONNRESET'],
  ['fin', 'FIN'],
] as const

test.each(endings)(
  '%s on the second reply lets the first pass and loses the second',
  async (action, ending) => {
    await using server = await startEchoServer()
    await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
    using client = await openClient(proxy)
    proxy.onReply(2, action)
    client.send('a')
    await client.hears('a')
    client.send('b')
    expect(await client.ending).toBe(ending)
    expect(client.heard()).toBe('a')
    expect(server.received()).toBe('ab')
    expect(proxy.armed).toBe(0)
  },
)

test('blackHole on a reply loses it, leaves the connection open and others alone', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.onReply(1, 'blackHole')
  client.send('a')
  await eventually(() => proxy.armed === 0)
  client.send('b')
  using other = await openClient(proxy)
  other.send('c')
  await other.hears('c')
  await quiet()
  expect(server.received()).toBe('ac')
  expect(client.heard()).toBe('')
  expect(client.socket.readableEnded).toBe(false)
})

test.each(endings)('%s on a request happens before the server has seen it', async (by, ending) => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.onRequest(isCommit, { lose: 'request', by })
  client.send('BEGIN;')
  await client.hears('BEGIN;')
  client.send('COMMIT;')
  expect(await client.ending).toBe(ending)
  await eventually(() => server.endings.length === 1)
  expect(server.received()).toBe('BEGIN;')
  expect(server.endings).toEqual([ending])
})

test('blackHole on a request loses it and leaves both sides waiting', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.onRequest(isCommit, { lose: 'request', by: 'blackHole' })
  client.send('COMMIT;')
  await eventually(() => proxy.armed === 0)
  await quiet()
  expect(server.received()).toBe('')
  expect(server.endings).toEqual([])
  expect(client.socket.readableEnded).toBe(false)
})

test.each(endings)(
  '%s on the reply to a request happens after the server has seen it',
  async (by, ending) => {
    await using server = await startEchoServer()
    await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
    using client = await openClient(proxy)
    proxy.onRequest(isCommit, { lose: 'reply', by })
    client.send('BEGIN;')
    await client.hears('BEGIN;')
    client.send('COMMIT;')
    expect(await client.ending).toBe(ending)
    expect(server.received()).toBe('BEGIN;COMMIT;')
    expect(client.heard()).toBe('BEGIN;')
    expect(proxy.armed).toBe(0)
  },
)

test('a fault waits for its turn behind the bytes that are under way', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  await eventually(() => server.sockets.length === 1)
  proxy.delay(20)
  proxy.onReply(2, 'fin')
  client.send('a')
  await eventually(() => server.received() === 'a')
  client.send('b')
  expect(await client.ending).toBe('FIN')
  expect(client.heard()).toBe('a')
})

test('a matcher may heal the network that calls it', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.onRequest(
    () => {
      proxy.heal()
      return false
    },
    { lose: 'request', by: 'reset' },
  )
  client.send('a')
  await client.hears('a')
  expect(proxy.armed).toBe(0)
})

test('heal disarms what has not happened', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  proxy.onReply(1, 'reset')
  proxy.onRequest(isCommit, { lose: 'request', by: 'reset' })
  expect(proxy.armed).toBe(2)
  proxy.heal()
  expect(proxy.armed).toBe(0)
  client.send('COMMIT;')
  await client.hears('COMMIT;')
})
