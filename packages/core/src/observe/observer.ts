import type { Failure } from '../driver/failure.ts'
import type { BreakerState } from '../engine/breaker.ts'
import type { FlowStats, Ledger } from '../engine/ledger.ts'
import type { PressureLevel } from '../engine/pressure.ts'

/** Why a batch was cut: full in rows or bytes, its oldest row was due, room was needed, or somebody asked. */
export type FlushTrigger = 'size' | 'bytes' | 'interval' | 'capacity' | 'flush' | 'close'

/** Why `submit` refused a row. */
export type RejectReason = 'full' | 'closed' | 'aborted' | 'invalid_row' | 'too_large' | 'overloaded'

/** Values with the number of rows that each stands for: one entry per chunk of at most 64 rows. Worked out when they are
 * read, so whoever sends an event elsewhere (to a worker, as JSON) has to read them before. */
export interface WeightedValues {
  readonly values: Float64Array
  readonly counts: Float64Array
}

/** Events of a flow, for metrics and logs. Called per batch, never per accepted row. All are optional and synchronous; one that
 * throws is contained and counted in `stats().observerErrors`, and changes nothing. */
export interface FlowObserver {
  /** Once, when the flow is created. `stats` may be called at any time, also after the flow was closed. */
  flowOpened?(flow: { readonly driver: string; stats(): FlowStats }): void
  /** A batch was cut from its lane. `waitMs`: how long its oldest row waited for company. `enqueueMs`: mean time per
   * row spent in `submit` waiting for room. */
  batchFlushed?(event: {
    readonly target: string
    readonly rows: number
    readonly bytes: number
    readonly trigger: FlushTrigger
    readonly waitMs: number
    readonly enqueueMs: number
  }): void
  /** Rows with the same key were joined: `inputRows` were accepted, `outputRows` go to the driver. */
  batchPrepared?(event: {
    readonly target: string
    readonly inputRows: number
    readonly outputRows: number
    readonly durationMs: number
  }): void
  /** An attempt failed and there will be another, after `delayMs`. */
  attemptFailed?(event: {
    readonly target: string
    readonly rows: number
    readonly attempt: number
    readonly failure: Failure
    /** What the driver threw. It may quote row values: not for logs or labels as it is. */
    readonly cause?: unknown
    readonly delayMs: number
    readonly durationMs: number
  }): void
  /** Every row of a batch is settled. `rows = written + failed + coalesced`. `durationMs` runs from the cut, retries
   * and back-off included. `failure` is that of the rows that failed, when some did. */
  batchSettled?(event: {
    readonly target: string
    readonly rows: number
    readonly written: number
    readonly failed: number
    readonly coalesced: number
    readonly attempts: number
    readonly bytes: number
    readonly durationMs: number
    /** Time from acceptance to commit, for the rows that were committed. */
    readonly commitLatenciesMs: WeightedValues
    readonly failure?: Failure
  }): void
  /** The dead-letter handler has taken rows. */
  rowsDeadLettered?(event: {
    readonly target: string
    readonly rows: number
    readonly failure: Failure
  }): void
  /** The buffer has got full, or has emptied again: `high` from four fifths of its rows or bytes, `normal` from half of
   * them. `rows` and `bytes` are what is not settled. */
  pressureChanged?(event: {
    readonly pressure: PressureLevel
    readonly rows: number
    readonly bytes: number
    readonly waitingSubmits: number
  }): void
  /** Another number of batches may be written at once: fewer because the database is overloaded, which is then the
   * `failure`, or one more because it no longer is. Not told for a `retune`. */
  concurrencyChanged?(event: {
    readonly concurrency: number
    readonly concurrencyLimit: number
    readonly failure?: Failure
  }): void
  /** The circuit breaker changed. With `open`: the `failure` that opened it, and for how long it is open. */
  breakerChanged?(event: {
    readonly state: BreakerState
    readonly failure?: Failure
    readonly openMs?: number
  }): void
  /** Rows were dropped under the overflow policy that the user chose; once for those of a turn of the event loop. */
  rowsDropped?(event: {
    readonly target: string
    readonly rows: number
    readonly policy: 'dropNewest' | 'dropOldest' | 'shutdown'
  }): void
  /** A row was not taken. The one event that is told per row, and only for rows that are refused. */
  submitRejected?(event: { readonly target: string; readonly reason: RejectReason }): void
  /** Once, when `close` settles, in time or not. */
  flowClosed?(event: { readonly durationMs: number; readonly ledger: Ledger }): void
}
