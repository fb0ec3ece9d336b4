import { failedAt, MysqlDriverError, type Phase } from '../driver-error.ts'
import type { ExecutePacket } from './execute-packet.ts'
import type { ServerFacts } from './server-facts.ts'
import {
  type Answer,
  begin,
  commit,
  rollback,
  type SendOptions,
  type Session,
  type Statement,
  unchangedCode,
} from './session.ts'

/** A connection, as this session sees it: something that a statement is sent on. */
export interface Line {
  /** @throws the client's own error */
  send(statement: Statement): Promise<Reply>
  readonly lendPacket?: (() => ExecutePacket) | undefined
  /** Prepares a text and forgets it. Absent where the client cannot.
   *
   * @throws the client's own error */
  check?(text: string): Promise<void>
}

/** What came back. */
export interface Reply extends Answer {
  /** The connection is in a transaction now; absent where the client does not say. */
  readonly inTransaction?: boolean
}

/** The transactions of one attempt.
 *
 * - idle: no transaction
 * - in transaction: after `begin`, until `commit` or `rollback` went through; `end` rolls back what is left open
 * - broken: the connection failed, or what is open on it is not known; the transaction is for the server to end */
export class StatementSession implements Session {
  readonly server: ServerFacts
  readonly lendPacket: (() => ExecutePacket) | undefined
  readonly check?: (text: string) => Promise<void>
  readonly #line: Line
  readonly #signal: AbortSignal
  #inTransaction = false
  #isBroken = false

  constructor(line: Line, server: ServerFacts, signal: AbortSignal) {
    this.#line = line
    this.server = server
    this.lendPacket = line.lendPacket
    this.#signal = signal
    if (line.check !== undefined) this.check = (text) => this.#check(text)
  }

  /** The connection is of no use to anybody else. */
  get isBroken(): boolean {
    return this.#isBroken || this.#inTransaction
  }

  async run(statements: readonly Statement[], { commits }: SendOptions): Promise<readonly Answer[]> {
    if (this.#inTransaction || statements[0] === begin) return await this.#each(statements)
    const [only] = statements
    if (!commits) return await this.#each(statements)
    if (only !== undefined && statements.length === 1 && this.server.autocommit)
      return [await this.#alone(only)]
    return await this.#together(statements)
  }

  /** Rolls back what is still open. */
  async end(): Promise<void> {
    if (this.#inTransaction && !this.#isBroken) await this.#rollback()
  }

  /** A statement that commits itself. */
  async #alone(statement: Statement): Promise<Answer> {
    const reply = await this.#send(statement, 'autocommit')
    if (reply.inTransaction !== true) return reply
    // Somebody has left a transaction open: nothing is committed, and what becomes of it must not depend on them.
    this.#isBroken = true
    throw new MysqlDriverError(
      { message: 'the connection was in a transaction that somebody else had left open' },
      { phase: 'open' },
    )
  }

  async #together(statements: readonly Statement[]): Promise<readonly Answer[]> {
    try {
      const answers = await this.#each([begin, ...statements, commit])
      return answers.slice(1, -1)
    } catch (error) {
      // What went through before must not be committed by the next BEGIN. After an abort there is none.
      if (!this.#signal.aborted) await this.end()
      throw error
    }
  }

  async #each(statements: readonly Statement[]): Promise<readonly Answer[]> {
    const answers: Answer[] = []
    for (const statement of statements) {
      if (statement === begin) this.#inTransaction = true
      const phase = statement === commit ? 'committing' : this.#inTransaction ? 'open' : 'unsent'
      answers.push(await this.#send(statement, phase))
      if (statement === commit || statement === rollback) this.#inTransaction = false
    }
    return answers
  }

  async #send(statement: Statement, phase: Phase): Promise<Reply> {
    if (this.#signal.aborted || this.#isBroken)
      throw new MysqlDriverError(
        { message: this.#isBroken ? 'the connection is lost' : 'the attempt is over' },
        { phase: this.#inTransaction ? 'open' : 'unsent' },
      )
    const reply = await this.#replyTo(statement, phase)
    if (statement.changes !== true || reply.affectedRows > 0) return reply
    const unchanged = { message: 'the statement has found no row to change', code: unchangedCode }
    throw failedAt(statement, new MysqlDriverError(unchanged, { phase }))
  }

  async #replyTo(statement: Statement, phase: Phase): Promise<Reply> {
    try {
      return await this.#line.send(statement)
    } catch (error) {
      throw failedAt(statement, this.#wrapped(error, phase))
    }
  }

  async #check(text: string): Promise<void> {
    try {
      await this.#line.check?.(text)
    } catch (error) {
      throw this.#wrapped(error, 'unsent')
    }
  }

  #wrapped(error: unknown, phase: Phase): MysqlDriverError {
    const wrapped = new MysqlDriverError(error, { phase })
    if (wrapped.errno === undefined) this.#isBroken = true
    return wrapped
  }

  async #rollback(): Promise<void> {
    try {
      await this.#line.send(rollback)
      this.#inTransaction = false
    } catch {
      // The connection is of no use; what ended it has been reported, or is behind this error.
      this.#isBroken = true
    }
  }
}
