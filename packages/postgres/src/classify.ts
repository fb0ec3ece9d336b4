import { BatchFlowError, type Failure } from '@batchflow/core'
import { PostgresDriverError } from './driver-error.ts'
import { endsConnection, errorFields, isState } from './sql-state.ts'

/** Failures by SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
const failures: Readonly<Record<string, Failure>> = {
  // The transaction met another one under REPEATABLE READ or SERIALIZABLE.
  '40001': { kind: 'transient', reason: 'serialization' },
  // Two transactions waited for each other, and this one was chosen to end.
  '40P01': { kind: 'transient', reason: 'deadlock' },
  // lock_timeout, or NOWAIT.
  '55P03': { kind: 'transient', reason: 'lock_timeout' },
  // An object is in use: it is let go.
  '55006': { kind: 'transient', reason: 'lock_timeout' },
  // The server is starting, recovering or shutting down.
  '57P03': { kind: 'transient', reason: 'connection' },
  // idle_session_timeout ended the connection.
  '57P05': { kind: 'transient', reason: 'connection' },
  // idle_in_transaction_session_timeout ended it; the transaction is rolled back.
  '25P03': { kind: 'transient', reason: 'timeout' },
  // A prepared statement is gone (a pooler, DISCARD): the next attempt prepares it again.
  '26000': { kind: 'transient', reason: 'connection' },
  // A prepared statement of that name is there, from another client behind a pooler.
  '42P05': { kind: 'transient', reason: 'connection' },
  // The database of a foreign table cannot be reached.
  '08001': { kind: 'transient', reason: 'connection' },
  HV00N: { kind: 'transient', reason: 'connection' },
  // The server became a standby, or the database is read-only for now: a failover.
  '25006': { kind: 'transient', reason: 'readonly' },

  // Nobody knows whether the transaction was committed.
  '08007': { kind: 'ambiguous', reason: 'connection' },
  '40003': { kind: 'ambiguous', reason: 'connection' },

  // max_connections, or a limit of the role or the database.
  '53300': { kind: 'overload', reason: 'throttled' },
  // No room on the server's disk.
  '53100': { kind: 'overload', reason: 'disk_full' },
  // The server has no memory left.
  '53200': { kind: 'overload', reason: 'throttled' },
  // A limit such as temp_file_limit.
  '53400': { kind: 'overload', reason: 'throttled' },
  // statement_timeout, pg_cancel_backend, or the cancel request of an attempt that took too long: rolled back.
  '57014': { kind: 'overload', reason: 'timeout' },

  // One key twice in one upsert, where the database calls keys equal that differ as text: smaller statements can do it.
  '21000': { kind: 'split', reason: 'duplicate_key' },
  // A statement is too large or too complex.
  '54001': { kind: 'split', reason: 'too_large' },
  // More columns or arguments than a statement can have.
  '54011': { kind: 'configuration', reason: 'schema' },

  // A row with this key is there.
  '23505': { kind: 'poison', reason: 'duplicate_key' },
  // An exclusion constraint.
  '23P01': { kind: 'poison', reason: 'constraint' },
  // A row, or a value of an index, over a size limit.
  '54000': { kind: 'poison', reason: 'too_large' },

  // The table does not exist.
  '42P01': { kind: 'configuration', reason: 'schema' },
  // A column does not exist.
  '42703': { kind: 'configuration', reason: 'schema' },
  // No unique index for ON CONFLICT.
  '42P10': { kind: 'configuration', reason: 'schema' },
  // A column has another type than when the table was looked at.
  '42804': { kind: 'configuration', reason: 'schema' },
  // An operator or a function is missing, for a rule or a default.
  '42883': { kind: 'configuration', reason: 'schema' },
  // The schema does not exist.
  '3F000': { kind: 'configuration', reason: 'schema' },
  // The database does not exist.
  '3D000': { kind: 'configuration', reason: 'schema' },
  // No privilege.
  '42501': { kind: 'configuration', reason: 'permission' },
  // The name or the password is wrong.
  '28000': { kind: 'configuration', reason: 'permission' },
  '28P01': { kind: 'configuration', reason: 'permission' },
}

/** Failures by SQLSTATE's class, for codes that are not listed. */
const classes: Readonly<Record<string, Failure>> = {
  // A value that its column does not take.
  '22': { kind: 'poison', reason: 'invalid_row' },
  // A constraint that a row breaks.
  '23': { kind: 'poison', reason: 'constraint' },
  // A row that a view's or a policy's check refuses.
  '44': { kind: 'poison', reason: 'constraint' },
  // Raised by a trigger or function of the database, about a row as a rule.
  P0: { kind: 'poison', reason: 'constraint' },
  '2F': { kind: 'poison', reason: 'constraint' },
  '38': { kind: 'poison', reason: 'constraint' },
  '39': { kind: 'poison', reason: 'constraint' },
  // Rolled back by the server.
  '40': { kind: 'transient', reason: 'serialization' },
  // Resources.
  '53': { kind: 'overload', reason: 'throttled' },
  // Names, syntax, rights.
  '42': { kind: 'configuration', reason: 'syntax' },
  // A feature that this server, or this table, does not have.
  '0A': { kind: 'configuration', reason: 'schema' },
  // A server that could not read or write a file.
  '58': { kind: 'overload', reason: 'io' },
  // An operator stepped in.
  '57': { kind: 'transient', reason: 'connection' },
  // Objects in a state in which they cannot be written: a view without a rule, a setting of the server.
  '55': { kind: 'configuration', reason: 'schema' },
  // A foreign table that does not fit what it stands for.
  HV: { kind: 'configuration', reason: 'schema' },
  // The transaction is in a state that this driver did not leave it in.
  '25': { kind: 'transient', reason: 'connection' },
  // A bind message that the server does not understand: our mistake, and the same the next time.
  '08': { kind: 'poison', reason: 'non_retryable' },
  // An error of the server's inside.
  XX: { kind: 'poison', reason: 'non_retryable' },
}

/** Failures that share their code with others: told apart by the function of the server that reports them, whose name,
 * unlike the message, is the same in every language. */
const failuresByRoutine: Readonly<Record<string, Failure>> = {
  // A row that a policy of row-level security refuses; a privilege that is missing has the same code.
  '42501 ExecWithCheckOptions': { kind: 'poison', reason: 'constraint' },
  // A prepared statement answers with other columns since its table was altered: the next attempt prepares it again.
  '0A000 RevalidateCachedQuery': { kind: 'transient', reason: 'connection' },
  // A file cannot grow: a quota or a limit of the system is reached, which has no code of its own.
  'XX000 mdextend': { kind: 'overload', reason: 'disk_full' },
  'XX000 mdzeroextend': { kind: 'overload', reason: 'disk_full' },
}

/** Certificates (https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes). */
const tlsFailure = /^(?:CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_TLS_)/

/** Failures by the codes of errors that this driver words itself. */
const ownFailures: Readonly<Record<string, Failure>> = {
  // The table, its columns or its conflict policy do not fit the database.
  BATCHFLOW_INVALID_TARGET: { kind: 'configuration', reason: 'schema' },
  // The pool is of a kind that this driver cannot use; a table of the ledger is missing; a position without a ledger.
  BATCHFLOW_INVALID_OPTION: { kind: 'configuration', reason: 'schema' },
  // The driver was closed.
  BATCHFLOW_CLOSED: { kind: 'configuration', reason: 'connection' },
  // The source of the rows was claimed by another writer, who writes them.
  BATCHFLOW_FENCED: { kind: 'configuration', reason: 'context' },
  // A value that its column does not take.
  BATCHFLOW_INVALID_ROW: { kind: 'poison', reason: 'invalid_row' },
}

/** What an error of this driver means for the rows. undefined: not one of ours. */
export function classify(error: unknown): Failure | undefined {
  if (BatchFlowError.is(error))
    return Object.hasOwn(ownFailures, error.code) ? ownFailures[error.code] : undefined
  if (PostgresDriverError.is(error)) return failureOf(error)
  const { code, name } = errorFields(error) as { readonly code?: unknown; readonly name?: unknown }
  // Rows that are together longer than a string or a buffer can be.
  if (name === 'RangeError') return { kind: 'split', reason: 'too_large' }
  // A caller's own `classify` may pass on what pg threw: nothing is known of how far it came.
  return typeof code === 'string' && isState(code) ? failureOfState(error) : undefined
}

function failureOf({ code, phase, row, original }: PostgresDriverError): Failure {
  if (code !== undefined && isState(code) && !endsConnection(errorFields(original))) {
    const failure = failureOfState(original) ?? { kind: 'poison', reason: 'non_retryable' }
    return row === undefined || failure.kind !== 'poison' ? failure : { ...failure, row }
  }
  // Somebody has to mend it; no row was sent.
  if (code !== undefined && tlsFailure.test(code)) return { kind: 'configuration', reason: 'permission' }
  // The connection failed. What was open is rolled back; only an end of a transaction may have been reached.
  return { kind: phase === 'committing' ? 'ambiguous' : 'transient', reason: 'connection' }
}

function failureOfState(error: unknown): Failure | undefined {
  const fields = errorFields(error)
  const { code, routine } = fields as { readonly code: string; readonly routine?: unknown }
  if (endsConnection(fields)) return { kind: 'ambiguous', reason: 'connection' }
  const byRoutine = `${code} ${String(routine)}`
  if (Object.hasOwn(failuresByRoutine, byRoutine)) return failuresByRoutine[byRoutine]
  if (Object.hasOwn(failures, code)) return failures[code]
  const group = code.slice(0, 2)
  return Object.hasOwn(classes, group) ? classes[group] : undefined
}
