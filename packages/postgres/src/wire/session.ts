import type { PoolStats, WriteContext } from '@batchflow/core'

/** A parameter: in PostgreSQL's text form, or as bytes in its binary form. */
export type Parameter = string | Uint8Array | null

/** One statement, with its parameters. */
export interface Statement {
  readonly text: string
  readonly values?: readonly Parameter[]
  /** Prepared under this name, once per connection. Absent: unnamed. */
  readonly name?: string
  /** It answers with rows. */
  readonly returns?: boolean
}

/** What the server said to one statement. */
export interface Answer {
  /** The command tag: `INSERT 0 3`, `COMMIT`, … */
  readonly tag: string
  /** Rows, where the statement `returns`, with their values as the client reads them. */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** Rows for COPY … FROM STDIN. */
export interface Copy {
  /** Statements that go before them, in the same transaction and without parameters. */
  readonly before: readonly string[]
  /** COPY statements, each for some of the rows. */
  readonly texts: readonly string[]
  /** Statements that go behind them. */
  readonly after: readonly string[]
  /** Called when the statements are on their way: sends the messages CopyData and CopyDone of each COPY. Answers false when
   * there is more that cannot be sent: all of it fails then. */
  readonly write: (send: (messages: Uint8Array) => void) => boolean
  /** Called with every COPY that is done. */
  readonly onDone?: () => void
}

/** Whether a lost answer may hide a commit: `commits` when what is sent ends a transaction. */
export interface SendOptions {
  readonly commits: boolean
}

/** One connection, for one attempt. */
export interface Session {
  /** Sends statements at once. Outside of a transaction they are one: all of them, or none. Rejects with the error of the
   * first that fails, after which those behind it were not run. A transaction is begun by `begin` and ended by `commit`
   * or `rollback`, in these words.
   *
   * @throws PostgresDriverError */
  run(statements: readonly Statement[], options: SendOptions): Promise<readonly Answer[]>
  /** Sends COPYs with their data behind them. Absent where the client cannot; there, parameters must be texts.
   *
   * @throws PostgresDriverError */
  copy?(copy: Copy): Promise<void>
  /** Lets the server check a statement without running it. Absent where the client cannot.
   *
   * @throws PostgresDriverError */
  check?(text: string): Promise<void>
}

/** What can be aborted, for `onceAborted`: a WriteContext makes its signal for those only who ask for it. */
export type Aborting = Pick<WriteContext, 'signal'>

/** Where connections come from. */
export interface Sessions {
  /** The most that can be had at once, where it is known. */
  readonly max: number | undefined
  /** Lends a connection to `work`. When the attempt is aborted the server is asked to cancel; if it does not answer, the
   * connection is destroyed, so that `work` ends in any case.
   *
   * @throws PostgresDriverError when no connection can be had */
  use<T>(attempt: Aborting, work: (session: Session) => Promise<T>): Promise<T>
  stats?(): PoolStats
  /** No more connections will be asked for. */
  close?(): void
}
