import { CompiledQuery, type Kysely } from 'kysely'
import { PostgresDriverError, type Phase } from '../driver-error.ts'
import type { Aborting, Answer, Parameter, SendOptions, Session, Sessions, Statement } from './session.ts'

/** What this driver uses of Kysely: one connection for several queries. */
// oxlint-disable-next-line typescript/no-explicit-any -- any database type will do
export type AnyKysely = Kysely<any>

type Query = (statement: CompiledQuery) => Promise<{ readonly rows: readonly unknown[] }>

/** Connections of a Kysely instance, whatever client is behind it: one statement after the other, no COPY, no cancel
 * requests. */
export class QuerySessions implements Sessions {
  readonly max = undefined
  readonly #db: AnyKysely

  constructor(db: AnyKysely) {
    this.#db = db
  }

  async use<T>({ signal }: Aborting, work: (session: Session) => Promise<T>): Promise<T> {
    if (signal.aborted) throw new PostgresDriverError({ message: 'the attempt is over' }, 'unsent')
    let connected = false
    let stopListening = () => {}
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = () => {
        // From then on its own end says what became of it.
        if (!connected)
          reject(
            new PostgresDriverError(
              { message: 'no connection came free in time', code: 'ETIMEDOUT' },
              'unsent',
            ),
          )
      }
      signal.addEventListener('abort', onAbort)
      stopListening = () => signal.removeEventListener('abort', onAbort)
    })
    const working = async () =>
      await this.#db.connection().execute(async (connection) => {
        connected = true
        const session = new QuerySession((query) => connection.executeQuery(query), signal)
        try {
          return await work(session)
        } finally {
          await session.end()
        }
      })
    try {
      return await Promise.race([working(), aborted])
    } catch (error) {
      throw connected || PostgresDriverError.is(error) ? error : new PostgresDriverError(error, 'unsent')
    } finally {
      stopListening()
    }
  }
}

/** - idle: no transaction
 * - in transaction: after `begin`, until `commit` or `rollback` went through; `end` rolls back what is left open */
class QuerySession implements Session {
  readonly #query: Query
  readonly #signal: AbortSignal
  #inTransaction = false

  constructor(query: Query, signal: AbortSignal) {
    this.#query = query
    this.#signal = signal
  }

  async run(statements: readonly Statement[], { commits }: SendOptions): Promise<readonly Answer[]> {
    if (this.#inTransaction || statements.length === 1 || statements[0]?.text === 'begin')
      return await this.#each(statements, commits)
    const begin = { text: 'begin' }
    try {
      const answers = await this.#each([begin, ...statements, { text: 'commit' }], commits)
      return answers.slice(1, -1)
    } catch (error) {
      await this.end()
      throw error
    }
  }

  /** Rolls back what is open. */
  async end(): Promise<void> {
    if (!this.#inTransaction) return
    this.#inTransaction = false
    await this.#query(CompiledQuery.raw('rollback')).catch(() => {
      // The connection is gone, and the transaction with it; what ended it has been reported.
    })
  }

  async #each(statements: readonly Statement[], commits: boolean): Promise<readonly Answer[]> {
    const answers: Answer[] = []
    for (const [index, { text, values = [] }] of statements.entries()) {
      const ends = commits && (text === 'commit' || (!this.#inTransaction && index === statements.length - 1))
      answers.push({ tag: text === 'commit' ? 'COMMIT' : '', rows: await this.#one(text, values, ends) })
    }
    return answers
  }

  async #one(text: string, values: readonly Parameter[], ends: boolean): Promise<Answer['rows']> {
    const phase: Phase = ends ? 'committing' : this.#inTransaction ? 'open' : 'unsent'
    if (this.#signal.aborted)
      throw new PostgresDriverError(
        { message: 'the attempt is over' },
        this.#inTransaction ? 'open' : 'unsent',
      )
    if (text === 'begin') this.#inTransaction = true
    try {
      const { rows } = await this.#query(CompiledQuery.raw(text, [...values]))
      if (text === 'commit' || text === 'rollback') this.#inTransaction = false
      return rows as Answer['rows']
    } catch (error) {
      throw new PostgresDriverError(error, phase)
    }
  }
}
