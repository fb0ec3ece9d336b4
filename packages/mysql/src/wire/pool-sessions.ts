import type { PoolStats } from '@batchflow/core'
import { MysqlDriverError } from '../driver-error.ts'
import type { MysqlClientPool, MysqlConnection, PromiseConnection } from './client.ts'
import { ConnectionLine } from './connection-line.ts'
import { Packets } from './packets.ts'
import { PreparedStatements } from './prepared-statements.ts'
import { factsQuery, type ServerFacts, serverFacts } from './server-facts.ts'
import type { Session, Sessions } from './session.ts'
import { type Line, StatementSession } from './statement-session.ts'

/** CLIENT_QUERY_ATTRIBUTES, which MySQL has and MariaDB has not. */
const queryAttributesFlag = 0x0800_0000

/** What is known of a connection; it lives as long as that. */
interface Known {
  readonly server: ServerFacts
  readonly prepared: PreparedStatements
}

/** Connections of a pool of mysql2. */
export class PoolSessions implements Sessions {
  readonly #pool: MysqlClientPool
  /** Until the server has no room for statements: from then on rows go as text. */
  #prepares: boolean
  readonly #known = new WeakMap<MysqlConnection, Known>()
  /** Without and with names for parameters: one of the two, as a rule. */
  readonly #packets: [Packets?, Packets?] = []

  constructor(pool: MysqlClientPool, options: { readonly prepares: boolean }) {
    this.#pool = pool
    // A session that is reset whenever it goes back keeps no statements.
    this.#prepares = options.prepares && pool.config?.resetOnRelease !== true
  }

  get max(): number | undefined {
    const limit = this.#pool.config?.connectionLimit
    return limit === 0 ? undefined : limit
  }

  stats(): PoolStats {
    const { _allConnections, _freeConnections, _connectionQueue } = this.#pool
    const all = _allConnections?.length ?? 0
    const idle = _freeConnections?.length ?? 0
    return { inUse: all - idle, idle, pending: _connectionQueue?.length ?? 0, max: this.max ?? all }
  }

  async use<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    const connection = await this.#connect(signal)
    const line = new ConnectionLine(connection, signal, () => {
      this.#prepares = false
    })
    let session: StatementSession | undefined
    try {
      session = await this.#open(connection, line, signal)
      return await work(session)
    } finally {
      // After an abort nothing waits for another answer: the connection is given up, and its transaction with it.
      if (!signal.aborted) await session?.end()
      line.end(session?.isBroken === true)
    }
  }

  async #open(
    connection: MysqlConnection,
    line: ConnectionLine,
    signal: AbortSignal,
  ): Promise<StatementSession> {
    const { server, prepared } = await this.#know(connection, line)
    if (this.#prepares) line.mayPrepare(prepared, this.#packetsOf(connection))
    return new StatementSession(line, server, signal)
  }

  /** Packets for connections like this one. */
  #packetsOf({ config, serverCapabilityFlags = 0 }: MysqlConnection): Packets {
    const named = ((config?.clientFlags ?? 0) & serverCapabilityFlags & queryAttributesFlag) !== 0
    return (this.#packets[Number(named)] ??= new Packets(named))
  }

  /** A pool of mysql2 has no time-out: its callers wait for ever. */
  async #connect(signal: AbortSignal): Promise<MysqlConnection> {
    signal.throwIfAborted()
    return await new Promise((resolve, reject) => {
      let isOver = false
      const onAbort = () => {
        isOver = true
        const late = { message: 'no connection came free in time', code: 'ETIMEDOUT' }
        reject(new MysqlDriverError(late, { phase: 'unsent' }))
      }
      const take = (given: MysqlConnection | PromiseConnection) => {
        const connection = 'connection' in given ? given.connection : given
        signal.removeEventListener('abort', onAbort)
        if (isOver) connection.release()
        else resolve(connection)
      }
      const fail = (error: unknown) => {
        signal.removeEventListener('abort', onAbort)
        reject(new MysqlDriverError(error, { phase: 'unsent' }))
      }
      signal.addEventListener('abort', onAbort)
      // A pool of either form: one calls back, the other answers with a promise.
      const promised = this.#pool.getConnection((error, connection) => {
        if (error === null || error === undefined) take(connection)
        else fail(error)
      })
      promised?.then(take, fail)
    })
  }

  /** What the server says of a connection, asked once. */
  async #know(connection: MysqlConnection, line: Line): Promise<Known> {
    const known = this.#known.get(connection)
    if (known !== undefined && this.#pool.config?.resetOnRelease !== true) return known
    try {
      const { rows } = await line.send({ text: factsQuery })
      const fresh = { server: serverFacts(rows), prepared: new PreparedStatements(connection) }
      this.#known.set(connection, fresh)
      return fresh
    } catch (error) {
      throw MysqlDriverError.of(error, { phase: 'unsent' })
    }
  }
}
