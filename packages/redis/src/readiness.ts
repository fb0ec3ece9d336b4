import { classify, unanswered } from './classify.ts'
import { RedisDriverError, type RedisDriverErrorCode } from './driver-error.ts'
import { untilAborted } from './until-aborted.ts'

/** A client of ioredis, as far as it says how it is. */
export interface ConnectingClient {
  readonly status: string
  connect(): Promise<unknown>
  on(event: string, listener: (error: unknown) => void): unknown
  off(event: string, listener: (error: unknown) => void): unknown
}

interface Wait {
  readonly promise: Promise<void>
  /** When somebody first had to wait, by `performance.now()`. */
  readonly since: number
  readonly stop: () => void
}

/** Waits for a client to be connected, with listeners only as long as somebody has to.
 *
 * ioredis has a queue of its own for commands that come before; what waits there could not be told from what was sent. */
export class Readiness {
  readonly #client: ConnectingClient
  readonly #isReady: () => boolean
  readonly #whenEnded: RedisDriverErrorCode
  #wait: Wait | undefined
  /** What the client met last. */
  #trouble: unknown

  /** @param whenEnded What it means that the client has ended: for good, or that another one takes its place. */
  constructor(client: ConnectingClient, isReady: () => boolean, whenEnded: RedisDriverErrorCode) {
    this.#client = client
    this.#isReady = isReady
    this.#whenEnded = whenEnded
  }

  /** @param patienceMs The longest to wait, counted from when somebody first had to.
   * @throws RedisDriverError `REDIS_NOT_SENT`, `REDIS_CLIENT_ENDED`; what the server says to a wrong password */
  async reached(signal: AbortSignal, patienceMs: number = Number.POSITIVE_INFINITY): Promise<void> {
    while (!this.#isReady()) {
      if (this.#client.status === 'end') throw this.#ended()
      this.#wait ??= this.#begin()
      const { promise, since } = this.#wait
      const leftMs = since + patienceMs - performance.now()
      if (leftMs <= 0) throw unanswered(false, this.#trouble)
      const limit =
        leftMs === Number.POSITIVE_INFINITY
          ? signal
          : AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(leftMs))])
      await untilAborted(promise, limit, () => unanswered(false, this.#trouble ?? limit.reason))
    }
  }

  /** Who waits does so in vain. */
  stop(): void {
    this.#wait?.stop()
  }

  #begin(): Wait {
    const client = this.#client
    let stop = () => {}
    const promise = new Promise<void>((resolve, reject) => {
      const listeners: readonly (readonly [event: string, listener: (error: unknown) => void])[] = [
        ['ready', () => settle(resolve)],
        ['end', () => settle(() => reject(this.#ended()))],
        ['error', (error) => this.#met(error) && settle(() => reject(serverError(error)))],
      ]
      const settle = (how: () => void) => {
        for (const [event, listener] of listeners) client.off(event, listener)
        this.#wait = undefined
        how()
      }
      stop = () => settle(() => reject(this.#ended()))
      for (const [event, listener] of listeners) client.on(event, listener)
      // Its failure comes as an event as well.
      if (client.status === 'wait') client.connect().catch(() => {})
    })
    // When it fails everybody who waited may have gone.
    promise.catch(() => {})
    this.#trouble = undefined
    return { promise, since: performance.now(), stop }
  }

  /** Remembers an error of the client; true: it will not heal by trying again. */
  #met(error: unknown): boolean {
    this.#trouble = serverError(error)
    return classify(this.#trouble)?.kind === 'configuration'
  }

  #ended(): RedisDriverError {
    return new RedisDriverError(this.#whenEnded, 'the client must be connected, got one that has ended', {
      cause: this.#trouble,
    })
  }
}

/** A cluster's client says only that no node could be asked; why the last one could not is inside. */
function serverError(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('lastNodeError' in error)) return error
  return error.lastNodeError ?? error
}
