import { afterEach, expect, test } from '@jest/globals'
import { createFaultProxy, type FaultProxy } from '../../src/fault-proxy/index.ts'
import { openClient } from './support/client.ts'
import { startEchoServer } from './support/echo-server.ts'
import { eventually, quiet } from './support/eventually.ts'
import { openSockets, openTimers } from './support/open-handles.ts'

afterEach(async () => await eventually(() => openSockets() === 0))

const faults: readonly [string, (proxy: FaultProxy) => void][] = [
  ['no fault', () => {}],
  ['a black hole', (proxy) => proxy.blackHole()],
  ['a frozen network', (proxy) => proxy.freeze()],
  ['stalled connections', (proxy) => proxy.stallConnect()],
  ['a delay of minutes', (proxy) => proxy.delay(600_000)],
  ['a bandwidth of a byte', (proxy) => proxy.bandwidth(1)],
]

test.each(faults)('close ends every connection under %s', async (_name, fault) => {
  await using server = await startEchoServer()
  const proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using before = await openClient(proxy)
  fault(proxy)
  using after = await openClient(proxy)
  await eventually(() => proxy.connections === 2)
  for (const client of [before, after]) client.send('some bytes')
  await quiet()
  await proxy.close()
  await Promise.all([before.ending, after.ending])
  expect(proxy.connections).toBe(0)
  await eventually(() => server.endings.length === server.sockets.length)
})

test('close leaves no timer of a connection behind', async () => {
  await using server = await startEchoServer()
  const proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  const clients = await Promise.all(Array.from({ length: 40 }, async () => await openClient(proxy)))
  // Jest sets a few timers of its own, and ends them when it likes: 40 are not among them.
  const before = openTimers()
  proxy.delay(600_000)
  for (const client of clients) client.send('under way')
  await eventually(() => openTimers() >= before + 30)
  await proxy.close()
  expect(openTimers()).toBeLessThan(before + 10)
  for (const client of clients) client[Symbol.dispose]()
})

test('close closes once, whoever calls it', async () => {
  const proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: 1 } })
  const closing = proxy.close()
  expect(proxy.close()).toBe(closing)
  await proxy[Symbol.asyncDispose]()
  await closing
})

test('faults switched after close do nothing', async () => {
  const proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: 1 } })
  await proxy.close()
  for (const [, fault] of faults) fault(proxy)
  for (const fault of ['reset', 'fin', 'refuse', 'heal'] as const) proxy[fault]()
  expect(proxy.connections).toBe(0)
})

test('connections are counted until their clients hang up', async () => {
  await using server = await startEchoServer()
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: server.port } })
  using first = await openClient(proxy)
  using second = await openClient(proxy)
  await eventually(() => proxy.connections === 2)
  first.socket.destroy()
  await eventually(() => proxy.connections === 1)
  second.socket.resetAndDestroy()
  await eventually(() => proxy.connections === 0)
  await eventually(() => server.endings.length === 2)
  expect(server.endings).toEqual(['FIN', 'ECONNRESET'])
})

test('a port that is taken rejects', async () => {
  await using server = await startEchoServer()
  const taken = createFaultProxy({ target: { host: '127.0.0.1', port: 1 }, port: server.port })
  await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('a target without a port is refused before the proxy listens', async () => {
  const created = createFaultProxy({ target: { host: '127.0.0.1', port: 0 } })
  await expect(created).rejects.toMatchObject({ code: 'BATCHFLOW_INVALID_OPTION' })
})

test.each<[string, (proxy: FaultProxy) => void]>([
  ['delay(-1)', (proxy) => proxy.delay(-1)],
  ['delay(NaN)', (proxy) => proxy.delay(NaN)],
  ['delay(Infinity)', (proxy) => proxy.delay(Infinity)],
  ['bandwidth(0)', (proxy) => proxy.bandwidth(0)],
  ['bandwidth(NaN)', (proxy) => proxy.bandwidth(NaN)],
  ['onReply(0)', (proxy) => proxy.onReply(0, 'reset')],
  ['onReply(1.5)', (proxy) => proxy.onReply(1.5, 'reset')],
])('%s is refused', async (_name, call) => {
  await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: 1 } })
  expect(() => call(proxy)).toThrow(expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION' }))
})
