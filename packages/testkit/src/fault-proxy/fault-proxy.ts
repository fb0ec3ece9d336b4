import type { FaultAction, RequestFault } from './armed-faults.ts'
import type { Direction } from './network.ts'

/** Options of {@link createFaultProxy}.
 *
 * @example
 * ```ts
 * const options: FaultProxyOptions = { target: { host: '127.0.0.1', port: 5432 } }
 * ``` */
export interface FaultProxyOptions {
  /** The real server. */
  readonly target: { readonly host: string; readonly port: number }
  /** The address to listen at. @defaultValue '127.0.0.1' */
  readonly host?: string
  /** The port to listen at; `0` is any free one. @defaultValue 0 */
  readonly port?: number
}

/** Options of {@link FaultProxy.blackHole}.
 *
 * @example
 * ```ts
 * proxy.blackHole({ direction: 'toClient' }) // the server works on, and nobody hears of it
 * ``` */
export interface BlackHoleOptions {
  /** Which way bytes vanish. @defaultValue 'both' */
  readonly direction?: Direction | 'both'
}

/** A TCP proxy between a client and a real server whose network breaks when a test says so.
 *
 * `reset` and `fin` act once, on the connections that are open. `refuse` and `stallConnect` are for connections to come.
 * `blackHole`, `freeze`, `delay` and `bandwidth` hold for both until `heal`, and add up. `onReply` and `onRequest` wait
 * for their bytes and act once, on the connection that these pass. RST and FIN of either side go the way of the bytes:
 * after them, as late, and lost where they would be lost.
 *
 * A stream never has holes: a connection that has lost bytes in a direction stays silent in that direction, also after
 * `heal`. Connections that have lost nothing go on.
 *
 * @example
 * ```ts
 * await using proxy = await createFaultProxy({ target: { host: '127.0.0.1', port: 5432 } })
 * const pool = new Pool({ host: proxy.host, port: proxy.port })
 * proxy.onRequest((data) => data.includes('COMMIT'), { lose: 'reply', by: 'reset' })
 * await flow.submitAndSettle(users, row) // committed, answer lost, resolved: written once
 * expect(proxy.armed).toBe(0) // it did happen
 * ``` */
export interface FaultProxy extends AsyncDisposable {
  /** The address it listens at. */
  readonly host: string
  /** The port it listens at. */
  readonly port: number
  /** Connections whose client has not hung up: zero when a client has let go of all its sockets. */
  readonly connections: number
  /** Faults of `onReply` and `onRequest` that have not happened yet: a test that expects one checks for zero. */
  readonly armed: number

  /** RST to both sides of every open connection, as when a server is killed: `ECONNRESET`. Bytes that the proxy still
   * holds are lost. */
  reset(): void
  /** FIN to both sides of every open connection, as when a load balancer ends an idle one. Bytes that the proxy still holds
   * are lost, and so is what either side sends afterwards. */
  fin(): void

  /** Resets every new connection as soon as it is made. The port stays open, so a client may see it connect first. */
  refuse(): void
  /** Accepts new connections and never says a word; the server does not see them. They stay silent after `heal`. */
  stallConnect(): void

  /** Everything vanishes, FIN and RST included, and no side is told. When the client hangs up, the server keeps its
   * connection, with its transaction and its locks, until `heal` or `close`. A later call replaces the direction. */
  blackHole(options?: BlackHoleOptions): void
  /** Nothing moves and nothing is lost until `heal`, as with a server stopped by SIGSTOP: what was sent arrives late. */
  freeze(): void
  /** Bytes are under way for `ms` milliseconds each way, in order; a round trip takes twice as long. `0` is none.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` unless it is a number from 0 to 2147483647 */
  delay(ms: number): void
  /** Bytes per second that pass per connection, each way, in slices of 10 ms. `Infinity` is no limit. A sender that is
   * faster is slowed down.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` unless it is a number of at least 1 */
  bandwidth(bytesPerSecond: number): void

  /** Acts instead of passing the n-th reply from now on (1 is the next) that comes through on any connection: the answer
   * is lost. A reply is what one read of the server's socket gave: usually one answer, but TCP may join or cut them. A
   * later call replaces an earlier one that has not happened.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` unless `nth` is an integer of at least 1 */
  onReply(nth: number, action: FaultAction): void
  /** Acts on the first request that `match` answers true to. `match` sees what one read of a client's socket gave, so a
   * word of a long request may be cut in two; it must not throw. A later call replaces an earlier one that has not matched.
   *
   * @example
   * ```ts
   * proxy.onRequest((data) => data.includes('COMMIT'), { lose: 'request', by: 'reset' }) // never committed
   * ``` */
  onRequest(match: (data: Buffer) => boolean, fault: RequestFault): void

  /** Ends every fault, disarms `onReply` and `onRequest`, and sends on what was held back. Silent connections stay silent;
   * those whose client has hung up are reset towards the server. */
  heal(): void

  /** Stops listening and destroys both sides of every connection; resolves when all are closed. Later calls get the same
   * promise. */
  close(): Promise<void>
}
