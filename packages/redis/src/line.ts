import { onceAborted, type WriteContext } from '@batchflow/core'
import { RedisDriverError, type RedisDriverErrorCode } from './driver-error.ts'
import { Exchange, type Message } from './exchange.ts'
import type { RedisConnection, RedisSocket } from './ioredis.ts'
import { Readiness } from './readiness.ts'

/** Where an exchange went, and how far the socket had been read then. */
interface Out {
  readonly stream: RedisSocket
  readonly bytesRead: number
}

/** Gives a message to a connection that is ready. */
export type Send = (connection: RedisConnection, exchange: Exchange) => void

/** One connection of ioredis, as the driver uses it: ioredis makes it, authenticates, selects, and makes it anew. Batches
 * go out as one {@link Exchange} each and are answered in order. */
export class Line {
  readonly connection: RedisConnection
  readonly #send: Send
  readonly #readiness: Readiness
  readonly #out = new Map<Exchange, Out>()
  readonly #onClose = () => {
    for (const exchange of this.#out.keys()) exchange.end(new Error('the connection was closed'))
  }

  /** @param whenEnded What it means that the connection has ended: for good, or that another one takes its place. */
  constructor(connection: RedisConnection, send: Send, whenEnded: RedisDriverErrorCode) {
    this.connection = connection
    this.#send = send
    this.#readiness = new Readiness(connection, () => this.isReady, whenEnded)
    // ioredis rejects what was out when a connection breaks, but for some settings forgets it instead
    // (https://github.com/redis/ioredis/issues/2193).
    connection.on('close', this.#onClose)
  }

  /** Exchanges that are not over. */
  get busy(): number {
    return this.#out.size
  }

  /** Commands can be sent. */
  get isReady(): boolean {
    const { status, stream, mode } = this.connection
    return status === 'ready' && stream?.writable === true && mode === 'normal'
  }

  /** All that was written is with the system: nobody reads the buffers any more. */
  get isDrained(): boolean {
    return this.connection.stream?.writableLength === 0
  }

  /** Resolves when commands can be sent.
   *
   * @param patienceMs The longest to wait, counted from when somebody first had to.
   * @throws RedisDriverError `REDIS_NOT_SENT`, `REDIS_CLIENT_ENDED`; what the server says to a wrong password */
  async ready(signal: AbortSignal, patienceMs?: number): Promise<void> {
    const { mode } = this.connection
    if (mode !== 'normal')
      throw new RedisDriverError('REDIS_CLIENT_ENDED', `the client must be in mode normal, got ${mode}`)
    if (!this.isReady) await this.#connected(signal, patienceMs)
  }

  /** A server that takes connections and says nothing would keep ioredis waiting for ever: between two failures of this its
   * connection must have said something, or it is destroyed and ioredis makes a new one. */
  async #connected(signal: AbortSignal, patienceMs: number | undefined): Promise<void> {
    const before = this.connection.stream
    const bytesRead = before?.bytesRead
    try {
      await this.#readiness.reached(signal, patienceMs)
    } catch (error) {
      const { status, stream } = this.connection
      if (status === 'connect' && stream === before && stream?.bytesRead === bytesRead) stream?.destroy()
      throw error
    }
  }

  /** Writes commands at once, in their order and after those of earlier calls; when it is not ready, or the attempt is over,
   * they are not sent. Resolves when they are answered, as far as they ever will be: when the attempt is aborted nobody waits
   * any longer. */
  exchange(message: Message, context: WriteContext): Promise<Exchange> {
    const exchange = new Exchange(message, () => {
      this.#out.delete(exchange)
      stop?.()
    })
    const stop = onceAborted(context, (reason) => this.#abandon(exchange, reason))
    if (stop === undefined) exchange.end(context.signal.reason)
    else this.#write(exchange)
    return exchange.done
  }

  #write(exchange: Exchange): void {
    const { stream } = this.connection
    if (stream === undefined || !this.isReady) exchange.end(undefined)
    else {
      this.#out.set(exchange, { stream, bytesRead: stream.bytesRead })
      try {
        this.#send(this.connection, exchange)
      } catch (error) {
        // A client that is not as it should be is no fault of the rows.
        exchange.end(error)
      }
    }
  }

  /** Nobody waits for the rest of the answers any more. A connection on which nothing at all was answered is dead, or its
   * server is: it is destroyed, so that what still lies in it cannot be carried out late; ioredis makes a new one. */
  #abandon(exchange: Exchange, reason: unknown): void {
    const out = this.#out.get(exchange)
    exchange.end(reason)
    if (out !== undefined && exchange.sent && out.stream.bytesRead === out.bytesRead) out.stream.destroy()
  }

  /** Lets go of the connection, which stays as it is. */
  release(): void {
    this.connection.off('close', this.#onClose)
    this.#readiness.stop()
  }
}
