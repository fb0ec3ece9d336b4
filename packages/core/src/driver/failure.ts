/** What a failure means for the rows, and so what the engine does:
 *
 * - `transient`: heals by itself (a deadlock, a restart): retried with back-off
 * - `overload`: the database has too much to do: retried with back-off
 * - `poison`: a row is bad: isolated and dead-lettered, never retried
 * - `split`: the batch is too large: written as halves
 * - `configuration`: nothing can be written to this target until somebody mends it: the lane stops, its rows stay
 * - `ambiguous`: nobody knows whether the batch was written (an answer was lost): retried as it was, never split before */
export type FailureKind = 'transient' | 'overload' | 'poison' | 'split' | 'configuration' | 'ambiguous'

/** The label-safe names of failures, as data: what {@link Reason} lists. */
export const reasons = [
  'deadlock',
  'lock_timeout',
  'serialization',
  'timeout',
  'processor_timeout',
  'connection',
  'throttled',
  'io',
  'context',
  'duplicate_key',
  'constraint',
  'invalid_row',
  'too_large',
  'syntax',
  'schema',
  'permission',
  'readonly',
  'disk_full',
  'non_retryable',
  'unknown',
] as const

/** A failure's short, label-safe name, from a closed list. */
export type Reason = (typeof reasons)[number]

/** A classified error. */
export interface Failure {
  readonly kind: FailureKind
  readonly reason: Reason
  /** Milliseconds that the server asked to wait; the back-off is at least this long. */
  readonly retryAfterMs?: number
  /** 0-based index into `batch.rows`, when the server names the row. */
  readonly row?: number
}

/** What became of one row of a batch. */
export type RowOutcome =
  | { readonly outcome: 'written'; readonly returned?: Readonly<Record<string, unknown>> }
  | { readonly outcome: 'failed'; readonly failure: Failure; readonly cause?: unknown }
