import { BatchFlowError, type Failure } from '@batchflow/core'
import { attemptAborted, batchTooLarge, type PlainError, workerLost } from './protocol.ts'

/** Failures by SQLite's result code. An extended code that is not listed counts as its basic one
 * (https://www.sqlite.org/rescode.html). */
const failures: Readonly<Record<string, Failure>> = {
  // Another connection holds the write lock, or switches the journal: it lets go.
  SQLITE_BUSY: { kind: 'transient', reason: 'lock_timeout' },
  // A table is locked inside this process (shared cache): it is let go.
  SQLITE_LOCKED: { kind: 'transient', reason: 'lock_timeout' },
  // Many processes raced for the WAL's locks.
  SQLITE_PROTOCOL: { kind: 'transient', reason: 'lock_timeout' },
  // The schema changed between preparing and running, more often than SQLite tries again by itself.
  SQLITE_SCHEMA: { kind: 'transient', reason: 'serialization' },
  // We gave the attempt up, and it was rolled back.
  [attemptAborted]: { kind: 'transient', reason: 'processor_timeout' },
  // The texts of the batch have more characters than one string can.
  [batchTooLarge]: { kind: 'split', reason: 'too_large' },

  // No room on the disk, or max_page_count; SQLite has rolled the transaction back.
  SQLITE_FULL: { kind: 'overload', reason: 'disk_full' },
  // The operating system refused a read or a write; a full quota shows as SQLITE_IOERR_WRITE.
  SQLITE_IOERR: { kind: 'overload', reason: 'io' },
  // No memory for now.
  SQLITE_NOMEM: { kind: 'overload', reason: 'throttled' },

  // A row with this key is there.
  SQLITE_CONSTRAINT_PRIMARYKEY: { kind: 'poison', reason: 'duplicate_key' },
  // A row with this value of a unique index is there.
  SQLITE_CONSTRAINT_UNIQUE: { kind: 'poison', reason: 'duplicate_key' },
  // A row with this rowid is there.
  SQLITE_CONSTRAINT_ROWID: { kind: 'poison', reason: 'duplicate_key' },
  // NOT NULL, CHECK, FOREIGN KEY, a STRICT table's type, a trigger that raised.
  SQLITE_CONSTRAINT: { kind: 'poison', reason: 'constraint' },
  // Something else than an integer for a rowid.
  SQLITE_MISMATCH: { kind: 'poison', reason: 'invalid_row' },
  // A value over SQLITE_MAX_LENGTH (1e9 bytes).
  SQLITE_TOOBIG: { kind: 'poison', reason: 'too_large' },
  // More values than the statement has places for.
  SQLITE_RANGE: { kind: 'poison', reason: 'invalid_row' },

  // The file or its file system is read-only. _DBMOVED: it was deleted or moved under us.
  SQLITE_READONLY: { kind: 'configuration', reason: 'readonly' },
  // The path does not exist, is a directory, or must not be opened.
  SQLITE_CANTOPEN: { kind: 'configuration', reason: 'io' },
  // The file holds something else than a database.
  SQLITE_NOTADB: { kind: 'configuration', reason: 'io' },
  // The file is damaged.
  SQLITE_CORRUPT: { kind: 'configuration', reason: 'io' },
  // An authorizer forbids it.
  SQLITE_AUTH: { kind: 'configuration', reason: 'permission' },
  // The operating system forbids it.
  SQLITE_PERM: { kind: 'configuration', reason: 'permission' },
  // A missing table or column, or SQL that does not parse; told apart in `failureOfMessage`.
  SQLITE_ERROR: { kind: 'configuration', reason: 'syntax' },

  // The worker ended with the batch in its hands: it may have committed.
  [workerLost]: { kind: 'ambiguous', reason: 'connection' },
}

/** Failures by the codes of errors that this driver words itself. */
const ownFailures: Readonly<Record<string, Failure>> = {
  // The table, its columns or its conflict policy do not fit the database.
  BATCHFLOW_INVALID_TARGET: { kind: 'configuration', reason: 'schema' },
  // The database cannot be opened, or `setup` fails; the cause says more where it can.
  BATCHFLOW_INVALID_OPTION: { kind: 'configuration', reason: 'schema' },
  // The driver was closed, by a flow that shares it perhaps, or its in-memory database is gone: no row is at fault.
  BATCHFLOW_CLOSED: { kind: 'configuration', reason: 'connection' },
  // A value that its column does not take.
  BATCHFLOW_INVALID_ROW: { kind: 'poison', reason: 'invalid_row' },
}

/** What an error of this driver means for the rows. undefined: not one of ours. */
export function classify(error: unknown): Failure | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  return BatchFlowError.is(error) ? failureOfOwn(error) : failureOfSqlite(error)
}

/** What an error of SQLite, of better-sqlite3 or of the worker means. */
export function failureOfSqlite(error: Partial<PlainError>): Failure | undefined {
  const { code, name, message } = error
  if (typeof code === 'string')
    return code === 'SQLITE_ERROR' ? failureOfMessage(String(message)) : failureOfCode(code)
  // better-sqlite3 12 refuses to bind a value with a TypeError or RangeError that has no code.
  return name === 'TypeError' || name === 'RangeError' ? { kind: 'poison', reason: 'invalid_row' } : undefined
}

function failureOfOwn({ code, cause }: BatchFlowError): Failure | undefined {
  if (code === 'BATCHFLOW_INVALID_OPTION' && typeof cause === 'object' && cause !== null) {
    // A setup that breaks a constraint is no bad row.
    const failure = failureOfSqlite(cause)
    if (failure?.kind === 'configuration') return failure
  }
  return Object.hasOwn(ownFailures, code) ? ownFailures[code] : undefined
}

function failureOfCode(code: string): Failure | undefined {
  for (let known = code; known.startsWith('SQLITE_'); known = known.slice(0, known.lastIndexOf('_'))) {
    if (Object.hasOwn(failures, known)) return failures[known]
  }
  return undefined
}

/** SQLITE_ERROR has no finer codes; the words are those of SQLite 3.53 (better-sqlite3 12), and only choose between
 * failures that keep the rows. */
function failureOfMessage(message: string): Failure | undefined {
  if (message.includes('too many SQL variables')) return { kind: 'split', reason: 'too_large' }
  if (/no such (table|column)|has no column named|ON CONFLICT clause does not match/.test(message))
    return { kind: 'configuration', reason: 'schema' }
  return failures['SQLITE_ERROR']
}
