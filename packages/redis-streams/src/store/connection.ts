import { BatchFlowError } from '@batchflow/core'
import { type StreamClient, ownConnection, type RedisConnection } from './ioredis.ts'
import type { Script } from './scripts.ts'

/** How long an answer may take, in milliseconds, before the connection is thought dead and made anew. */
const answerMs = 10_000

/** A connection of our own, on which scripts are run. Every script may be sent again: it finds what the first one did. */
export class Connection {
  readonly #redis: RedisConnection
  #isClosed = false
  /** Calls that have no answer. */
  readonly #waiting = new Set<(error: unknown) => void>()

  constructor(client: StreamClient) {
    this.#redis = ownConnection(client)
  }

  /** Runs a script; loads it where it is not known.
   * @throws what Redis or ioredis says */
  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return await this.#answered(async () => {
      try {
        return await this.#redis.evalsha(script.sha, keys.length, ...keys, ...args)
      } catch (error) {
        if (!messageOf(error).startsWith('NOSCRIPT')) throw error
        return await this.#redis.eval(script.text, keys.length, ...keys, ...args)
      }
    }, answerMs)
  }

  /** Sends a command that may be answered up to `blockMs` later than others. */
  async call(args: readonly [string, ...(string | number)[]], blockMs = 0): Promise<unknown> {
    return await this.#answered(async () => await this.#redis.call(...args), answerMs + blockMs)
  }

  /** Ends what waits for an answer, too. */
  close(): void {
    this.#isClosed = true
    this.#redis.disconnect()
    for (const refuse of this.#waiting) refuse(closedError())
  }

  /** Settles as `send` does, or rejects when the answer takes too long or the connection is closed: ioredis keeps some
   * commands for ever. */
  async #answered(send: () => Promise<unknown>, withinMs: number): Promise<unknown> {
    if (this.#isClosed) throw closedError()
    return await new Promise((resolve, reject) => {
      const refuse = (error: unknown) => {
        clearTimeout(timer)
        this.#waiting.delete(refuse)
        reject(error)
      }
      const timer = setTimeout(() => {
        // A connection that is dead without saying so.
        this.#redis.disconnect(true)
        refuse(new Error(`Redis did not answer within ${withinMs} ms`))
      }, withinMs)
      this.#waiting.add(refuse)
      send().then((answer) => {
        clearTimeout(timer)
        this.#waiting.delete(refuse)
        resolve(answer)
      }, refuse)
    })
  }
}

function closedError(): BatchFlowError {
  return new BatchFlowError('BATCHFLOW_CLOSED', 'the connection to Redis was closed')
}

/** What an error says, if it is one. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error)
}
