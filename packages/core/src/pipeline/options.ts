import type { RowOutcome, Failure } from '../driver/failure.ts'
import type { WriteContext } from '../driver/driver.ts'
import type { BatchError } from '../errors.ts'
import type { BreakerOptions, RetryOptions } from '../flow/options.ts'
import type { FlowObserver } from '../observe/observer.ts'

/** What `flush` gets beside the items. */
export interface FlushContext extends WriteContext {
  /** Names the batch: a batch that is tried again has the same, halves of it have ids of their own. With it a receiver can
   * recognise what it has already. */
  readonly batchId: string
}

/** Items that were given up, with the reason. */
export interface ItemLetter<Item> {
  readonly items: readonly Item[]
  readonly error: BatchError
  /** false: the search for the bad items stopped at its cap, so good ones may be among these. */
  readonly isolated: boolean
}

/** Options of `createPipeline`. Those that a flow has too mean the same there. Checked once; a wrong one throws
 * `BATCHFLOW_INVALID_OPTION` with option, rule and value. */
export interface PipelineOptions<Item> {
  /** Does what is to be done with a batch: resolves with nothing when all of it is done, or with one outcome per item, in
   * their order; rejects when the batch failed as a whole. The array is the batch's own and is never used again.
   *
   * An error that neither `classify` nor the table of Node's network codes knows counts as a bad item: the halves of the
   * batch are tried, so that the bad one is found and the others get through. */
  readonly flush: (items: readonly Item[], context: FlushContext) => Promise<void | readonly RowOutcome[]>
  /** Takes the items that failed for good. They are settled when it resolves; when it throws or rejects it is called again
   * with back-off, and they stay pending and take up room. */
  readonly onDeadLetter: (letter: ItemLetter<Item>) => void | Promise<void>
  /** Items per batch; from 1 to `bufferSize`. @defaultValue 500 */
  readonly flushSize?: number
  /** Estimated bytes at which a batch is full before it has `flushSize` items. @defaultValue 1048576 */
  readonly flushBytes?: number
  /** Longest time, in milliseconds, that the oldest item waits for company. @defaultValue 100 */
  readonly flushIntervalMs?: number
  /** Items accepted and not yet settled, in-flight and retrying ones included. @defaultValue 10000 */
  readonly bufferSize?: number
  /** The same in estimated bytes. @defaultValue 67108864 */
  readonly bufferBytes?: number
  /** A larger item is refused, in estimated bytes. @defaultValue 16777216 */
  readonly maxRowBytes?: number
  /** Calls of `flush` at once. @defaultValue 4 */
  readonly concurrencyLimit?: number
  /** Time for one call of `flush`, in milliseconds; then its signal is aborted. @defaultValue 10000 */
  readonly timeoutMs?: number
  /** How failed batches are tried again; `false`: once only. */
  readonly retry?: RetryOptions | false
  /** Stops trying while nothing goes well; `{}` for the defaults. @defaultValue false */
  readonly breaker?: BreakerOptions | false
  /** Says what an error of `flush` means; `undefined`: Node's network codes, else a bad item. */
  readonly classify?: (error: unknown) => Failure | undefined
  /** Items with equal keys go in the order of submission, across batches and retries, and are one where `coalesce` says
   * how; `undefined` is no key. Keys are equal by `===`. */
  readonly key?: (item: Item) => string | number | bigint | undefined
  /** Makes one of the items with the same key that are in one batch: the first, the last, or what a function makes of two.
   * Needs `key`. @defaultValue none is joined */
  readonly coalesce?: 'first' | 'last' | ((earlier: Item, later: Item) => Item)
  /** Estimated bytes of an item. @defaultValue an estimate over its own properties */
  readonly sizeOf?: (item: Item) => number
  /** What `submit` does when there is no room; see the option of a flow. @defaultValue 'wait' */
  readonly overflow?: 'wait' | 'reject' | 'dropNewest' | 'dropOldest'
  /** Submits that may wait for room; beyond it they reject with BATCHFLOW_OVERLOADED. @defaultValue 10000 */
  readonly maxWaitingSubmits?: number
  /** Calls of `flush` that may be spent on finding the bad items of one batch; 0 gives the whole batch up at once.
   * @defaultValue 1024 */
  readonly maxIsolationStatements?: number
  /** Pause in milliseconds before a pipeline that a `configuration` failure stopped is tried again. @defaultValue 5000 */
  readonly configurationRetryMs?: number
  /** Time for `close()`, in milliseconds, when the call does not say. @defaultValue 30000 */
  readonly closeTimeoutMs?: number
  /** Closes the pipeline when aborted. */
  readonly signal?: AbortSignal
  /** After `signal`: true flushes what is buffered, false returns it at once. @defaultValue true */
  readonly drainOnAbort?: boolean
  /** Time for that drain, in milliseconds. @defaultValue closeTimeoutMs */
  readonly drainGraceMs?: number
  /** Told of every batch; see {@link FlowObserver}. `target` and `driver` are the pipeline's `name`. */
  readonly observers?: readonly FlowObserver[]
  /** Names the pipeline in metrics, errors and logs. @defaultValue 'pipeline' */
  readonly name?: string
}

/** What `retune` can change while a pipeline runs. */
export interface PipelineRetuneOptions {
  /** Items per batch; from 1 to `bufferSize`. What waits in larger batches is divided. */
  readonly flushSize?: number
  /** Estimated bytes at which a batch is full. */
  readonly flushBytes?: number
  /** Longest wait, in milliseconds, of the oldest item. */
  readonly flushIntervalMs?: number
  /** Calls of `flush` at once; from 1. A smaller one takes effect as they end. */
  readonly concurrencyLimit?: number
}
