import type { PoolStats } from '@batchflow/core'
import type { ExecutePacket } from './execute-packet.ts'
import type { ServerFacts } from './server-facts.ts'

/** One statement. */
export interface Statement {
  readonly text: string
  /** The values of its placeholders: it is prepared, once per connection. Absent: the text is all there is. */
  readonly packet?: ExecutePacket
  /** Places in the batch of the rows that it writes, in their order. */
  readonly rows?: readonly number[]
  /** It writes the batch's mark to the ledger. */
  readonly marks?: true
  /** It fails when it changes no row, with {@link unchangedCode}. */
  readonly changes?: true
}

/** The code of an error of which the server knows nothing. */
export const unchangedCode = 'BATCHFLOW_UNCHANGED'

/** Begins a transaction. In Oracle's mode of MariaDB `BEGIN` is something else. */
export const begin: Statement = { text: 'start transaction' }
export const commit: Statement = { text: 'commit' }
export const rollback: Statement = { text: 'rollback' }

/** What the server said to one statement: rows, where it has some. */
export interface Answer {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly affectedRows: number
}

/** Whether a lost answer may hide a commit: `commits` when what is sent ends a transaction, or is one by itself. */
export interface SendOptions {
  readonly commits: boolean
}

/** One connection, for one attempt. */
export interface Session {
  readonly server: ServerFacts
  /** Gives a packet for the values of a statement, which is taken back when the statement has gone well. Absent: the
   * connection prepares nothing. */
  readonly lendPacket?: (() => ExecutePacket) | undefined
  /** Sends statements, one after the other. Outside of a transaction they are one: all of them, or none. Rejects with the
   * error of the first that fails, after which those behind it are not sent. A transaction is begun by {@link begin} and ended
   * by {@link commit} or {@link rollback}; in it a statement that fails takes back what it did, and only that.
   *
   * @throws MysqlDriverError */
  run(statements: readonly Statement[], options: SendOptions): Promise<readonly Answer[]>
  /** Lets the server check a statement without running it. Absent where the client cannot.
   *
   * @throws MysqlDriverError */
  check?(text: string): Promise<void>
}

/** Where connections come from. */
export interface Sessions {
  /** The most that can be had at once, where it is known. */
  readonly max: number | undefined
  /** Lends a connection to `work`. When the signal is aborted the statement that runs is killed; if the server does not
   * answer, the connection is destroyed, so that `work` ends in any case.
   *
   * @throws MysqlDriverError when no connection can be had */
  use<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T>
  stats?(): PoolStats
}
