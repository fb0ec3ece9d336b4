import { afterEach, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createFaultProxy } from '../../src/fault-proxy/index.ts'
import { openClient } from './support/client.ts'
import { startEchoServer } from './support/echo-server.ts'
import { eventually } from './support/eventually.ts'
import { openSockets } from './support/open-handles.ts'
import { pour } from './support/pour.ts'

const mebibyte = 1024 * 1024

afterEach(async () => await eventually(() => openSockets() === 0))

test('bytes pass both ways, unchanged and in order', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  const sent = Buffer.alloc(3 * mebibyte, 'some bytes that do not divide evenly ')
  client.socket.end(sent)
  expect(await client.ending).toBe('FIN')
  expect(client.heard()).toBe(sent.toString())
})

test('a client that has ended still hears the answer', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  client.send('ask')
  await client.hears('ask')
  server.sockets[0]?.removeAllListeners('end')
  client.socket.end()
  await once(server.sockets[0]!, 'end')
  server.sockets[0]?.end('late answer')
  expect(await client.ending).toBe('FIN')
  expect(client.heard()).toBe('asklate answer')
})

test('a server that has ended still gets what the client says', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  client.send('a')
  await client.hears('a')
  server.sockets[0]
    ?.removeAllListeners('data')
    .on('data', () => {})
    .end()
  const last = new Promise<string>((resolve) =>
    server.sockets[0]?.once('data', (data) => resolve(String(data))),
  )
  expect(await client.ending).toBe('FIN')
  client.send('still here')
  expect(await last).toBe('still here')
})

test('a reset of the client reaches the server as a reset', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  client.send('a')
  await client.hears('a')
  client.socket.resetAndDestroy()
  await eventually(() => server.endings.length > 0)
  expect(server.endings).toEqual(['ECONNRESET'])
})

test('a reset of the server reaches the client as a reset', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  client.send('a')
  await client.hears('a')
  server.sockets[0]?.resetAndDestroy()
  expect(await client.ending).toBe('ECONNRESET')
})

test('a client whose server cannot be reached is reset', async () => {
  const server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  await server[Symbol.asyncDispose]()
  using client = await openClient(proxy)
  client.send('anyone?')
  expect(await client.ending).toBe('ECONNRESET')
})

test('a receiver that does not read slows the sender down, and gets everything when it does', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using client = await openClient(proxy)
  client.send('a')
  await client.hears('a')
  const hash = createHash('sha256')
  server.sockets[0]?.removeAllListeners('data').pause()
  const sent = Buffer.alloc(64 * mebibyte, 'a receiver that takes its time ')
  // What the kernel takes in four buffers of a few megabytes, and what the proxy holds.
  expect(await pour(client.socket, sent)).toBeLessThan(32 * mebibyte)
  server.sockets[0]?.on('data', (data) => hash.update(data)).resume()
  await once(server.sockets[0]!, 'end')
  expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'))
})
