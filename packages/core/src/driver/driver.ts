import type { Failure, RowOutcome } from './failure.ts'
import type { RowOf, Target } from './target.ts'

/** How far a durable source has been written, such as one shard of a stream. */
export interface Position {
  /** Names the source, for all who may ever write from it. */
  readonly source: string
  /** The id of the last row of the batch. Ids of one source grow, compared as text by code unit. */
  readonly last: string
  /** What `claimPosition` answered to whoever writes from the source. */
  readonly epoch: number
}

/** What a driver with a ledger knows of a source that has just been taken over. */
export interface ClaimedPosition {
  /** Larger than that of anybody who had the source before: their batches are refused from now on. */
  readonly epoch: number
  /** The last row of the source that was committed; undefined: none was. */
  readonly last: string | undefined
}

/** Rows of one target that are written together. */
export interface Batch<T extends Target> {
  /** Frozen with the content; halves made by isolation get child ids. */
  readonly id: string
  readonly target: T
  readonly rows: readonly RowOf<T>[]
  /** Where the rows came from, when a durable source feeds the flow. A driver with a ledger writes it in the same
   * transaction. A batch whose `last` is not behind what was committed is not written again; one with an older epoch than
   * the source's is refused with BATCHFLOW_FENCED, as a `configuration` failure: nothing of it is written. */
  readonly position?: Position
}

/** What a driver gets beside the batch. */
export interface WriteContext {
  /** 1 is the first. */
  readonly attempt: number
  /** Aborted when the attempt's time is over or the flow gives up: roll back, then reject or answer. */
  readonly signal: AbortSignal
  /** Milliseconds after which the attempt is aborted: a limit set in the database belongs below it. */
  readonly timeoutMs?: number
  /** The most statements that a driver with `isolatesRows` spends on finding the bad rows of this batch; the rows that
   * are left then fail with the reason `non_retryable`. */
  readonly maxIsolationStatements?: number
}

/** What a driver can do, as data. */
export interface DriverCapabilities {
  /** `write` answers with one outcome per row. */
  readonly perRowOutcomes?: boolean
  /** `write` isolates bad rows itself and answers with outcomes; the engine does not bisect its batches. */
  readonly isolatesRows?: boolean
  /** false: a failed `write` may have written some rows; outcomes are then required. Default true. */
  readonly atomicBatches?: boolean
  /** A batch id is written in the same transaction, so that a repeated batch is recognised. */
  readonly ledger?: boolean
  /** Rows with one key may stand in one batch and are applied in their order; else the later one goes with a later batch,
   * where rows cannot be joined. */
  readonly repeatedKeys?: boolean
  /** The most rows that one `write` takes; caps `flushSize`. */
  readonly maxRowsPerBatch?: number
  /** The most estimated bytes that one `write` takes; caps `flushBytes`. */
  readonly maxBatchBytes?: number
  /** The client's own limit (pool size); caps `concurrencyLimit`. */
  readonly maxConcurrency?: number
}

/** The statements that a driver would send for some rows, for people and tests to read. */
export interface Preview {
  readonly statements: readonly { readonly text: string; readonly values?: readonly unknown[] }[]
  /** Equal for equal texts, whatever the values. */
  readonly fingerprint: string
  readonly rows: number
  readonly values: number
  readonly conflictColumns?: readonly string[]
}

/** Connections of a driver, read when metrics are scraped. */
export interface PoolStats {
  readonly inUse: number
  readonly idle: number
  /** Batches that wait for a connection. */
  readonly pending: number
  readonly max: number
}

/** All that the engine knows of a database. One driver serves one flow. */
export interface Driver<T extends Target = Target> {
  /** `sqlite`, `postgres`, …: the `database` label of the metrics. */
  readonly name: string
  readonly capabilities: DriverCapabilities
  /** Once per target, before its first batch. Errors go through `classify`; rows stay. */
  prepare?(target: T, context: { readonly signal: AbortSignal }): Promise<void>
  /** Writes the batch. Resolves with nothing when all rows are written, or with one outcome per row, in their order.
   * Rejects when the batch failed as a whole (see `atomicBatches`). */
  write(batch: Batch<T>, context: WriteContext): Promise<void | readonly RowOutcome[]>
  /** undefined: not mine; then core's table of Node network codes, else `unknown`, not retried. */
  classify(error: unknown): Failure | undefined
  /** The statements that would be sent for these rows; sends nothing. */
  preview?(target: T, rows: readonly RowOf<T>[], options?: { readonly values?: boolean }): Preview
  /** The state of the driver's connections, for the pool metrics. */
  pool?(): PoolStats
  /** Takes a durable source over, for batches with a `position`. Ledger drivers have it. */
  claimPosition?(source: string, context: { readonly signal: AbortSignal }): Promise<ClaimedPosition>
  /** Called once by `flow.close()`: what the driver itself opened. */
  close?(): Promise<void>
}
