import type { PackedValues } from './packed-values.ts'

// What crosses the boundary between the caller's thread and the worker. Plain data, copied by structured clone.

/** How the worker opens its database. */
export interface WorkerSettings {
  /** As given by the user, for messages. */
  readonly path: string
  /** Absolute, so that a later start opens the same file wherever the process has gone since. */
  readonly file: string
  readonly synchronous: 'full' | 'normal'
  readonly setup?: string
  /** One cell for each slot: 1 asks the worker to give up the batch in it. */
  readonly aborts: Int32Array
}

/** Statements for rows with the same columns. `texts` holds one for each row count in use, 1 always among them. */
export interface StatementForm {
  /** Places of the columns among those of the table. */
  readonly columns: readonly number[]
  readonly texts: readonly { readonly rows: number; readonly text: string }[]
}

/** Rows in their order, without their columns' names. */
export interface EncodedRows {
  readonly forms: readonly StatementForm[]
  /** Pairs: an index into `forms`, and how many rows in a row have it. */
  readonly runs: readonly number[]
  readonly values: PackedValues
}

/** What the worker is asked to do. */
export type Work =
  | { readonly kind: 'describe'; readonly table: string; readonly schema?: string }
  | { readonly kind: 'check'; readonly texts: readonly string[] }
  | { readonly kind: 'write'; readonly slot: number; readonly rows: EncodedRows }
  | { readonly kind: 'query'; readonly sql: string; readonly params: readonly unknown[] }
  | { readonly kind: 'close' }

/** One message to the worker. */
export interface Request {
  readonly id: number
  readonly work: Work
}

/** An error as data, without its stack. */
export interface PlainError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly cause?: PlainError
}

/** One message from the worker. */
export interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly error?: PlainError
}

/** A row that was not written. */
export interface RowFailure {
  /** 0-based place among the encoded rows. */
  readonly position: number
  readonly error: PlainError
  /** The row itself is at fault. */
  readonly poison: boolean
}

/** What the database says about a table. */
export interface TableDescription {
  /** `table`, `view`, `virtual` or `shadow`. */
  readonly kind: string
  readonly strict: boolean
  readonly columns: readonly ColumnDescription[]
  /** Columns of the primary key and of every unique index that a conflict clause can name. */
  readonly keys: readonly (readonly string[])[]
}

/** What the database says about a column. */
export interface ColumnDescription {
  readonly name: string
  /** As declared; empty when it was not. */
  readonly type: string
  readonly generated: boolean
}

/** Code of an attempt that was given up at the caller's wish: nothing of it was written. */
export const attemptAborted = 'SQLITE_ATTEMPT_ABORTED'
/** Code of a worker that ended before it answered. */
export const workerLost = 'SQLITE_WORKER_LOST'
/** Code of a batch that is too large to be sent: nothing of it was written. */
export const batchTooLarge = 'SQLITE_BATCH_TOO_LARGE'
