import { once } from 'node:events'
import { createServer } from 'node:net'
import { demand } from './demand.ts'
import type { FaultProxy, FaultProxyOptions } from './fault-proxy.ts'
import { TcpFaultProxy } from './tcp-fault-proxy.ts'

/** Starts a {@link FaultProxy} in front of a server; resolves when it listens. A client whose server cannot be reached is
 * connected and then reset. Rejects with Node's error when it cannot listen.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when `target.port` is not a port
 *
 * @example
 * ```ts
 * await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: 6379 } })
 * const redis = new Redis({ host: proxy.host, port: proxy.port })
 * proxy.blackHole()
 * await expect(redis.ping()).rejects.toThrow() // its deadline, not for ever
 * proxy.heal()
 * ``` */
export async function createFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { target, host = '127.0.0.1', port = 0 } = options
  const isPort = Number.isInteger(target.port) && target.port >= 1 && target.port <= 65_535
  demand(isPort, `target.port must be an integer from 1 to 65535, got ${target.port}`)
  // Half-open connections are the business of the two sides: the proxy passes on a FIN and does not answer it.
  const listener = createServer({ allowHalfOpen: true, noDelay: true })
  listener.listen(port, host)
  await once(listener, 'listening')
  return new TcpFaultProxy(listener, target)
}
