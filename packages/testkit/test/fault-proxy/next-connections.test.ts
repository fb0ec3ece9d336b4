import { afterEach, expect, test } from '@jest/globals'
import { createFaultProxy } from '../../src/fault-proxy/index.ts'
import { openClient } from './support/client.ts'
import { startEchoServer } from './support/echo-server.ts'
import { eventually, quiet } from './support/eventually.ts'
import { openSockets } from './support/open-handles.ts'

afterEach(async () => await eventually(() => openSockets() === 0))

test('refuse resets new connections before the server sees them, and leaves open ones alone', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using before = await openClient(proxy)
  before.send('a')
  await before.hears('a')
  proxy.refuse()
  using refused = await openClient(proxy)
  expect(await refused.ending).toBe('ECONNRESET')
  before.send('b')
  await before.hears('b')
  expect(server.sockets).toHaveLength(1)
})

test('stallConnect accepts new connections and says nothing, and the server does not see them', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  proxy.stallConnect()
  using client = await openClient(proxy)
  client.send('hello?')
  client.socket.end()
  await eventually(() => client.socket.bytesWritten > 0)
  await quiet()
  expect(client.socket.readableEnded).toBe(false)
  expect(client.heard()).toBe('')
  expect(server.sockets).toHaveLength(0)
})

test('a client that gives up on a stalled connection is not counted any more', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  proxy.stallConnect()
  using client = await openClient(proxy)
  await eventually(() => proxy.connections === 1)
  client.socket.destroy()
  await eventually(() => proxy.connections === 0)
  expect(server.sockets).toHaveLength(0)
})

test('heal lets go of a stalled connection whose client has given up', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  const before = openSockets()
  proxy.stallConnect()
  using client = await openClient(proxy)
  await eventually(() => proxy.connections === 1)
  client.socket.destroy()
  await eventually(() => proxy.connections === 0)
  proxy.heal()
  await eventually(() => openSockets() === before)
  expect(server.sockets).toHaveLength(0)
})

test.each(['refuse', 'stallConnect'] as const)('after %s, heal lets new connections pass', async (fault) => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  proxy[fault]()
  using lost = await openClient(proxy)
  lost.send('lost')
  await quiet()
  proxy.heal()
  using client = await openClient(proxy)
  client.send('a')
  await client.hears('a')
  expect(server.received()).toBe('a')
})
