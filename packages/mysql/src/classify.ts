import { BatchFlowError, type Failure } from '@batchflow/core'
import { MysqlDriverError } from './driver-error.ts'
import { classes, clientFailures, endings, failures } from './failures.ts'

/** Failures by the codes of errors that this driver words itself. */
const ownFailures: Readonly<Record<string, Failure>> = {
  // The table, its columns or its conflict policy do not fit the database.
  BATCHFLOW_INVALID_TARGET: { kind: 'configuration', reason: 'schema' },
  // The server, or what its sessions are set to, is of a kind that this driver cannot use; a position without a ledger.
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
  if (MysqlDriverError.is(error)) return failureOf(error)
  // A caller's own `classify` may pass on what mysql2 threw: nothing is known of how far it came.
  const { errno, sqlState } = (error ?? {}) as { readonly errno?: unknown; readonly sqlState?: unknown }
  if (typeof errno !== 'number' || errno <= 0 || typeof sqlState !== 'string') return undefined
  return endings.has(errno) ? { kind: 'ambiguous', reason: 'connection' } : failureOfServer(errno, sqlState)
}

function failureOf({ errno, sqlState, code, phase, row, message }: MysqlDriverError): Failure {
  if (errno === undefined) return failureOfConnection(phase, code === undefined ? message : code)
  // Of the end of a transaction nobody knows whether it was reached before.
  if (phase === 'committing' && endings.has(errno)) return { kind: 'ambiguous', reason: 'connection' }
  const failure = failureOfServer(errno, sqlState) ?? { kind: 'poison', reason: 'non_retryable' }
  return row === undefined || failure.kind !== 'poison' ? failure : { ...failure, row }
}

function failureOfServer(errno: number, sqlState: string | undefined): Failure | undefined {
  return failures.get(errno) ?? classes.get(sqlState?.slice(0, 2) ?? '')
}

/** The connection failed. What was open is rolled back; only what commits may have come to its end. */
function failureOfConnection(phase: MysqlDriverError['phase'], word: string): Failure {
  if (phase === 'unsent' && clientFailures.has(word)) return clientFailures.get(word) as Failure
  return phase === 'autocommit' || phase === 'committing'
    ? { kind: 'ambiguous', reason: 'connection' }
    : { kind: 'transient', reason: 'connection' }
}
