import type { Failure } from './driver/failure.ts'
import type { Target } from './driver/target.ts'
import type { Ledger } from './engine/ledger.ts'

/** Every code that an error thrown by BatchFlow can carry. Branch on the code, never on the message or the class. */
export type ErrorCode =
  | 'BATCHFLOW_INVALID_OPTION'
  | 'BATCHFLOW_INVALID_TARGET'
  | 'BATCHFLOW_INVALID_ROW'
  | 'BATCHFLOW_OVERLOADED'
  | 'BATCHFLOW_FULL'
  | 'BATCHFLOW_CLOSED'
  | 'BATCHFLOW_CLOSE_TIMEOUT'
  | 'BATCHFLOW_BATCH_FAILED'
  | 'BATCHFLOW_DROPPED'
  | 'BATCHFLOW_FENCED'

/** The base of every error that BatchFlow throws. Messages name options, tables and columns, never row values.
 *
 * @example
 * ```ts
 * try {
 *   await flow.submit(users, row)
 * } catch (error) {
 *   if (BatchFlowError.is(error) && error.code === 'BATCHFLOW_CLOSED') return
 *   throw error
 * }
 * ``` */
export class BatchFlowError extends Error {
  /** What went wrong, from the closed list {@link ErrorCode}. */
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BatchFlowError'
    this.code = code
  }

  /** True for an error of BatchFlow, also for one from another installed copy of the package: it looks at the code. */
  static is(error: unknown): error is BatchFlowError {
    return (
      typeof error === 'object' &&
      error !== null &&
      'code' in error &&
      typeof error.code === 'string' &&
      error.code.startsWith('BATCHFLOW_')
    )
  }
}

/** What a {@link BatchError} knows beside its message. */
export interface BatchErrorDetails {
  /** Name of the table or target. */
  readonly target: string
  /** Attempts made, from 1. */
  readonly attempts: number
  /** Why the rows were given up. */
  readonly failure: Failure
  /** The driver's own error. */
  readonly cause?: unknown
}

/** Rows were not written: which target, after how many attempts, and why. The driver's own error is the `cause`;
 * it may quote row values (PostgreSQL does), so log `message` and `failure`, not the cause. */
export class BatchError extends BatchFlowError {
  /** Name of the table or target. */
  readonly target: string
  /** Attempts made; 1 means that the first failure was final. */
  readonly attempts: number
  /** The classified failure of the last attempt. */
  readonly failure: Failure

  constructor(message: string, details: BatchErrorDetails) {
    super('BATCHFLOW_BATCH_FAILED', message, { cause: details.cause })
    this.name = 'BatchError'
    this.target = details.target
    this.attempts = details.attempts
    this.failure = details.failure
  }
}

/** A row that `close` hands back because its deadline came first. */
export interface ReturnedRow {
  readonly target: Target
  readonly row: unknown
  /** An attempt was out when the deadline came: the row may be in the database. */
  readonly ambiguous: boolean
}

/** `close` reached its deadline. The rows that were not settled come back with the error, counted as `returned`. The
 * `cause` is the last error that some of them met, if they met any. */
export class CloseTimeoutError extends BatchFlowError {
  /** The row ledger at the deadline. */
  readonly ledger: Ledger
  /** Every row that was accepted and not settled. */
  readonly rows: readonly ReturnedRow[]

  constructor(
    message: string,
    details: { readonly ledger: Ledger; readonly rows: readonly ReturnedRow[]; readonly cause?: unknown },
  ) {
    super('BATCHFLOW_CLOSE_TIMEOUT', message, { cause: details.cause })
    this.name = 'CloseTimeoutError'
    this.ledger = details.ledger
    this.rows = details.rows
  }
}
