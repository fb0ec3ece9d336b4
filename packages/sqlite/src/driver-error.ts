import { BatchFlowError } from '@batchflow/core'
import { failureOfSqlite } from './classify.ts'
import { invalidOption } from './plain-error.ts'
import type { PlainError } from './protocol.ts'

/** An error of SQLite or of its worker, as it arrived from the other thread. `code` is SQLite's extended result code
 * (`SQLITE_CONSTRAINT_UNIQUE`), or one of the worker's own. SQLite's messages quote no values of rows; what a trigger
 * raises is up to the trigger. */
export class SqliteDriverError extends Error {
  /** Absent for an error without one, such as a value that cannot be bound. */
  readonly code?: string

  constructor({ name, message, code }: PlainError) {
    super(message)
    this.name = name
    if (code !== undefined) this.code = code
  }
}

/** The worker's error on the caller's side. What the driver has worded itself is a BatchFlowError, unless the database
 * could not be opened for a reason that passes, such as another connection's lock. */
export function driverError(error: PlainError): BatchFlowError | SqliteDriverError {
  const { code, message, cause } = error
  if (code !== invalidOption) return new SqliteDriverError(error)
  if (!cause) return new BatchFlowError(code, message)
  const kind = failureOfSqlite(cause)?.kind
  return kind === 'transient' || kind === 'overload'
    ? new SqliteDriverError({ ...cause, message })
    : new BatchFlowError(code, message, { cause: new SqliteDriverError(cause) })
}
