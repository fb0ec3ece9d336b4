import { BatchFlowError, onceAborted, type PoolStats } from '@batchflow/core'
import { PostgresDriverError, type Phase } from '../driver-error.ts'
import { isLost } from '../sql-state.ts'
import { cancelRequest } from './cancel.ts'
import {
  checkPipeline,
  copyPipeline,
  type PgConnection,
  type Pipeline,
  statementPipeline,
  type Submittable,
} from './pipeline.ts'
import type { Aborting, Answer, Copy, SendOptions, Session, Sessions, Statement } from './session.ts'

/** What this driver uses of a client of pg. */
export interface PgClient {
  readonly connection: PgConnection
  readonly host?: string
  readonly port?: number
  readonly processID?: number | null
  readonly secretKey?: number | null
  query(submittable: Submittable): unknown
  /** `I` idle, `T` in a transaction, `E` in one that failed; null before the first. Since pg 8.21. */
  getTransactionStatus?(): string | null
  getTypeParser(oid: number, format: 'text'): (text: string) => unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  release(destroy?: Error | boolean): void
}

/** What this driver uses of a pool of pg. */
export interface PgPool {
  /** pg's calls back and answers with nothing; a pool that does not answers with a promise. */
  connect(callback: (error: unknown, client?: PgClient) => void): Promise<PgClient> | undefined
  readonly totalCount?: number
  readonly idleCount?: number
  readonly waitingCount?: number
  readonly options?: { readonly max?: number }
  on?(event: 'error', listener: () => void): unknown
  removeListener?(event: 'error', listener: () => void): unknown
}

/** A connection that does not answer a cancel request within this time, in milliseconds, is destroyed. The engine waits
 * one second after an abort. */
const cancelGraceMs = 500

/** The prepared statements of each connection; they live as long as it does. */
const preparedOf = new WeakMap<PgConnection, Set<string>>()

/** Connections of a pool of pg, spoken to in its wire protocol.
 *
 * A pool reports an idle connection that fails, and replaces it; when nobody listens, that ends the process. So somebody
 * listens from the first use to `close`, and until the last connection is back. */
export class PoolSessions implements Sessions {
  readonly #pool: PgPool
  #isListening = false
  #isClosed = false
  #uses = 0

  constructor(pool: PgPool) {
    this.#pool = pool
  }

  close(): void {
    this.#isClosed = true
    this.#stopListening()
  }

  get max(): number | undefined {
    return this.#pool.options?.max
  }

  stats(): PoolStats {
    const { totalCount = 0, idleCount = 0, waitingCount = 0, options } = this.#pool
    return {
      inUse: totalCount - idleCount,
      idle: idleCount,
      pending: waitingCount,
      max: options?.max ?? totalCount,
    }
  }

  async use<T>(attempt: Aborting, work: (session: Session) => Promise<T>): Promise<T> {
    this.#listen()
    this.#uses++
    try {
      const session = await connectWithin(this.#pool, attempt)
      try {
        return await work(session)
      } finally {
        session.end()
      }
    } finally {
      this.#uses--
      this.#stopListening()
    }
  }

  #listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    this.#pool.on?.('error', ignore)
  }

  #stopListening(): void {
    if (!this.#isListening || !this.#isClosed || this.#uses > 0) return
    this.#isListening = false
    this.#pool.removeListener?.('error', ignore)
  }
}

/** A pool without a time-out of its own makes its callers wait for ever.
 *
 * The session has to listen to its client from the very moment at which the pool does not any more: what ends the
 * connection may be in the same packet as what made it, and a promise is a turn too late for that. */
function connectWithin(pool: PgPool, attempt: Aborting): Promise<PoolSession> {
  return new Promise((resolve, reject) => {
    let isOver = false
    const onAbort = () => {
      isOver = true
      const late = { message: 'no connection came free in time', code: 'ETIMEDOUT' }
      reject(new PostgresDriverError(late, 'unsent'))
    }
    const stopListening = onceAborted(attempt, onAbort)
    if (stopListening === undefined) {
      onAbort()
      return
    }
    const connected = (error: unknown, client?: PgClient) => {
      stopListening()
      if (client === undefined) reject(new PostgresDriverError(error, 'unsent'))
      else if (isOver) client.release()
      else {
        try {
          resolve(new PoolSession(usable(client), attempt))
        } catch (unusable) {
          reject(unusable)
        }
      }
    }
    try {
      // A wrapper may have an empty promise beside the callback.
      pool.connect(connected)?.then((client) => client && connected(undefined, client), connected)
    } catch (error) {
      connected(error)
    }
  })
}

/** The pool has thrown the connection away; what was under way on it has been reported there. */
const ignore = () => {}

/** Refuses a client that does not speak the protocol in JavaScript, such as pg-native's, and one that came back to the
 * pool in the middle of somebody's transaction: what is written there is not committed by its own end. */
function usable(client: PgClient): PgClient {
  const { connection } = client as Partial<PgClient>
  const isPipelined = (client as { readonly pipeline?: unknown }).pipeline === true
  if (typeof connection?.parse === 'function' && !isPipelined) {
    const status = client.getTransactionStatus?.()
    if (status !== 'T' && status !== 'E') return client
    client.release(true)
    throw new PostgresDriverError(
      { message: 'the pool gave a connection with a transaction that somebody left open' },
      'unsent',
    )
  }
  client.release()
  throw new BatchFlowError(
    'BATCHFLOW_INVALID_OPTION',
    isPipelined
      ? 'pool must be of clients without pipeline: true, for the driver pipelines its statements itself'
      : 'pool must be a Pool of pg (not of pg-native)',
  )
}

/** - open: statements can be sent
 * - cancelling: from the abort on, while the server is asked to cancel what runs
 * - broken: the connection failed, was destroyed, or is of no use; it goes back to the pool to be thrown away */
class PoolSession implements Session {
  readonly #client: PgClient
  readonly #stopListening: (() => void) | undefined
  readonly #prepared: Set<string>
  /** The attempt was aborted. */
  #isOver = false
  #running = false
  #broken = false
  #inTransaction = false
  #stopCancelling: (() => void) | undefined

  constructor(client: PgClient, attempt: Aborting) {
    this.#client = client
    const { connection } = client
    const prepared = preparedOf.get(connection) ?? new Set()
    preparedOf.set(connection, prepared)
    this.#prepared = prepared
    // For the whole time: a client that fails without a listener ends the process.
    client.on('error', this.#onError)
    this.#stopListening = onceAborted(attempt, this.#onAbort)
    if (this.#stopListening === undefined) this.#isOver = true
  }

  async run(statements: readonly Statement[], { commits }: SendOptions): Promise<readonly Answer[]> {
    // From its sending on: a pipeline that fails behind its BEGIN leaves the transaction open.
    if (statements.some(({ text }) => text === 'begin')) this.#inTransaction = true
    const answers = await this.#send(statementPipeline(statements, this.#prepared, this.#readerOf), commits)
    for (const { text, name } of statements) {
      if (name !== undefined) this.#prepared.add(name)
      if (text === 'commit' || text === 'rollback') this.#inTransaction = false
    }
    return answers
  }

  async copy(copy: Copy): Promise<void> {
    await this.#send(copyPipeline(copy), true)
  }

  async check(text: string): Promise<void> {
    await this.#send(checkPipeline(text), false)
  }

  /** Gives the connection back. One with an open transaction is thrown away, and so is one that a cancel request is on
   * its way to: it would hit whoever has the connection next. */
  end(): void {
    this.#stopListening?.()
    const isCancelled = this.#stopCancelling !== undefined
    this.#stopCancelling?.()
    this.#client.removeListener('error', this.#onError)
    this.#client.release(this.#broken || this.#running || this.#inTransaction || isCancelled)
  }

  async #send(pipeline: Pipeline, commits: boolean): Promise<readonly Answer[]> {
    const inTransaction = this.#inTransaction
    if (this.#isOver || this.#broken)
      throw new PostgresDriverError(
        { message: this.#broken ? 'the connection is lost' : 'the attempt is over' },
        inTransaction ? 'open' : 'unsent',
      )
    this.#running = true
    try {
      this.#client.query(pipeline)
      return await pipeline.answers
    } catch (error) {
      // One of them may be gone, or have been outgrown by its table or by a type; to prepare them again costs little.
      this.#prepared.clear()
      this.#broken ||= isLost(error)
      const phase: Phase = commits && pipeline.isSent ? 'committing' : inTransaction ? 'open' : 'unsent'
      throw new PostgresDriverError(error, phase)
    } finally {
      this.#running = false
    }
  }

  readonly #readerOf = (oid: number) => this.#client.getTypeParser(oid, 'text')

  readonly #onError = () => {
    this.#broken = true
  }

  readonly #onAbort = () => {
    this.#isOver = true
    // A connection on which nothing runs is left to `end`.
    if (!this.#running) return
    const { host, port, processID, secretKey, connection } = this.#client
    const destroy = () => {
      this.#broken = true
      connection.stream.destroy()
    }
    const timer = setTimeout(destroy, cancelGraceMs)
    const stopRequest =
      host === undefined ||
      port === undefined ||
      typeof processID !== 'number' ||
      typeof secretKey !== 'number'
        ? () => {}
        : cancelRequest({ host, port }, { processID, secretKey })
    this.#stopCancelling = () => {
      clearTimeout(timer)
      stopRequest()
    }
  }
}
