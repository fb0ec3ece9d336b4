import type { Driver } from '../driver/driver.ts'
import type { BatchError } from '../errors.ts'
import type { Failure } from '../driver/failure.ts'
import type { RowOf, Target } from '../driver/target.ts'
import type { FlowObserver } from '../observe/observer.ts'

/** Rows that were given up, with the reason. */
export interface DeadLetter<T extends Target> {
  readonly target: T
  readonly rows: readonly RowOf<T>[]
  readonly error: BatchError
  /** false: isolation stopped at its cap, so good rows may be among these. */
  readonly isolated: boolean
}

/** A place for dead letters, such as a file or a table. */
export interface DeadLetterSink {
  /** Resolves when the letter is safe. When it rejects, it is called again with back-off and the rows stay pending. */
  write(letter: DeadLetter<Target>): Promise<void>
  /** Called once by `flow.close()`. */
  close?(): Promise<void>
}

/** How a batch is tried again. */
export interface RetryOptions {
  /** Attempts in all, the first included; from 1. @defaultValue 5 */
  readonly maxAttempts?: number
  /** Upper bound, in milliseconds, of the pause after the first attempt; doubles each time. @defaultValue 20 */
  readonly backoffMs?: number
  /** Upper bound, in milliseconds, of any pause. @defaultValue 2000 */
  readonly maxBackoffMs?: number
  /** No further attempt later than this many milliseconds after the first began. @defaultValue 60000 */
  readonly maxElapsedMs?: number
}

/** When a flow stops trying, and for how long. Only failures that are the database's own count: transient, overload,
 * ambiguous. A bad row, a table that is not there or a batch that is too large never opens it.
 *
 * While it is open nothing is tried, rows wait, and the buffer fills. Then one batch is tried. Failures that show the
 * outage are not counted against `retry.maxAttempts` (unless that is 1); `retry.maxElapsedMs` holds all the same. A target
 * that has not failed itself may always try one batch, so that one table's trouble is not another's. */
export interface BreakerOptions {
  /** Attempts that fail in a row, over all targets, before it opens; from 1. @defaultValue 5 */
  readonly maxFailures?: number
  /** Upper bound, in milliseconds, of the time that it stays open; doubles with each probe that fails; at least half of
   * it is waited. @defaultValue 500 */
  readonly openMs?: number
  /** Upper bound, in milliseconds, of any such time. @defaultValue 30000 */
  readonly maxOpenMs?: number
}

/** Options that can differ per target. */
export interface TargetOptions {
  /** Rows per batch; from 1 to `bufferSize`. @defaultValue that of the flow */
  readonly flushSize?: number
  /** Estimated bytes at which a batch is full. @defaultValue that of the flow */
  readonly flushBytes?: number
  /** Longest wait, in milliseconds, of the oldest row. @defaultValue that of the flow */
  readonly flushIntervalMs?: number
}

interface CommonOptions<T extends Target> {
  /** The database. One driver serves one flow. */
  readonly driver: Driver<T>
  /** Rows per batch; from 1 to `bufferSize`. @defaultValue 500 */
  readonly flushSize?: number
  /** Estimated bytes at which a batch is full before it has `flushSize` rows. @defaultValue 1048576 */
  readonly flushBytes?: number
  /** Longest time, in milliseconds, that the oldest row of a lane waits for company before its batch is flushed.
   * `0` flushes at the end of the current turn of the event loop. @defaultValue 100 */
  readonly flushIntervalMs?: number
  /** Rows accepted and not yet settled, in-flight and retrying ones included. @defaultValue 10000 */
  readonly bufferSize?: number
  /** The same in estimated bytes. @defaultValue 67108864 */
  readonly bufferBytes?: number
  /** The most rows that one lane may hold, in-flight ones included; from 1 to `bufferSize`.
   * @defaultValue bufferSize, and half of it once a second lane exists */
  readonly maxLaneRows?: number
  /** A row of more estimated bytes is refused. @defaultValue 16777216 */
  readonly maxRowBytes?: number
  /** Submits that may wait for room; beyond it they reject with BATCHFLOW_OVERLOADED. @defaultValue 10000 */
  readonly maxWaitingSubmits?: number
  /** What `submit` does when there is no room:
   *
   * - `'wait'`: waits, in order of arrival
   * - `'reject'`: rejects with BATCHFLOW_FULL
   * - `'dropNewest'`: drops the row and resolves. `trySubmit` answers false, and the row is still the caller's
   * - `'dropOldest'`: drops the oldest rows that wait (of the target when it holds `maxLaneRows`, else of the whole flow)
   *   until the row has room; when nothing waits that could make room, it drops the row like `'dropNewest'`
   *
   * A row that was cut for a batch is never dropped. Dropped rows are counted in the ledger and told in `rowsDropped`, and
   * `submitAndSettle` rejects for them with BATCHFLOW_DROPPED. @defaultValue 'wait' */
  readonly overflow?: 'wait' | 'reject' | 'dropNewest' | 'dropOldest'
  /** Batches being written at once. @defaultValue 4 */
  readonly concurrencyLimit?: number
  /** Time for one attempt, in milliseconds; then its signal is aborted. @defaultValue 10000 */
  readonly timeoutMs?: number
  /** Time for `close()`, in milliseconds, when the call does not say. @defaultValue 30000 */
  readonly closeTimeoutMs?: number
  /** How failed batches are tried again; `false`: once only. */
  readonly retry?: RetryOptions | false
  /** Stops trying while the database is away; `{}` for the defaults. @defaultValue false */
  readonly breaker?: BreakerOptions | false
  /** Writes that may be spent on finding the bad rows of one batch; the rest of it is then dead-lettered as
   * `non_retryable`. Not used with drivers that isolate rows themselves. @defaultValue 1024 */
  readonly maxIsolationStatements?: number
  /** Pause in milliseconds before a lane that stopped on a configuration error is probed with one batch.
   * @defaultValue 5000 */
  readonly configurationRetryMs?: number
  /** Asked before the driver; `undefined` passes the error on to it. */
  readonly classify?: (error: unknown) => Failure | undefined
  /** Closes the flow when aborted. */
  readonly signal?: AbortSignal
  /** After `signal`: true writes what is buffered, false returns it at once. @defaultValue true */
  readonly drainOnAbort?: boolean
  /** Time for that drain, in milliseconds. @defaultValue closeTimeoutMs */
  readonly drainGraceMs?: number
  /** Told of every batch; see {@link FlowObserver}. */
  readonly observers?: readonly FlowObserver[]
  /** Per target name, over the options above. */
  readonly targets?: Readonly<Record<string, TargetOptions>>
}

type DeadLetters<T extends Target> =
  | {
      /** Takes the rows that could not be written. Rows are settled when it resolves; when it throws or rejects it is
       * called again with back-off, and the rows stay pending and take up room. */
      readonly onDeadLetter: (letter: DeadLetter<T>) => void | Promise<void>
      readonly deadLetters?: never
    }
  | { readonly deadLetters: DeadLetterSink; readonly onDeadLetter?: never }

/** Options of `createBatchFlow`. Checked once; a wrong one throws `BATCHFLOW_INVALID_OPTION` with option, rule and value. */
export type BatchFlowOptions<T extends Target> = CommonOptions<T> & DeadLetters<T>

/** What `retune` can change while the flow runs. */
export interface RetuneOptions extends TargetOptions {
  /** Batches being written at once; from 1. A smaller one takes effect as batches end. */
  readonly concurrencyLimit?: number
}
