import type { FlowStats } from '../engine/ledger.ts'
import type { Settled, SubmitOptions } from '../flow/batch-flow.ts'
import type { PipelineRetuneOptions } from './options.ts'

/** What became of an item, from `submitAndSettle`. */
export interface SettledItem {
  readonly outcome: 'written' | 'coalesced'
  /** What `flush` answered for the item, when it answers outcomes. */
  readonly returned?: Readonly<Record<string, unknown>>
}

/** Takes items one at a time and hands them to a function in batches. Made by `createPipeline`. It keeps the promises of a
 * flow, of which it is one lane. */
export interface Pipeline<Item> extends AsyncDisposable {
  /** Takes an item: resolves when it is accepted, at once while there is room, else in order of arrival.
   * @throws BatchFlowError `BATCHFLOW_CLOSED`, `BATCHFLOW_INVALID_ROW` (larger than `maxRowBytes`),
   * `BATCHFLOW_OVERLOADED` (too many calls wait), `BATCHFLOW_FULL` (with `overflow: 'reject'`), or `signal.reason`. */
  submit(item: Item, options?: SubmitOptions): Promise<void>
  /** Takes an item if there is room now. false: full or closing, the item was not taken.
   * @throws BatchFlowError `BATCHFLOW_INVALID_ROW` */
  trySubmit(item: Item): boolean
  /** Like `submit`, and resolves when the item is settled. Rejects with the item's error when it is dead-lettered, with
   * `BATCHFLOW_DROPPED` when it is dropped. */
  submitAndSettle(item: Item, options?: SubmitOptions): Promise<SettledItem>
  /** Flushes what is buffered, and resolves when everything accepted before this call is settled, with the counts of it.
   * The signal ends the waiting, not the flushing.
   * @throws CloseTimeoutError when the pipeline gives the items up meanwhile, or `signal.reason`. */
  flush(options?: SubmitOptions): Promise<Settled>
  /** Changes limits while the pipeline runs; takes effect at once, and loses nothing.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  retune(options: PipelineRetuneOptions): void
  /** Tries again now, instead of after a pause, when a `configuration` failure stopped the pipeline or the breaker is
   * open. */
  resume(): void
  /** A reading of the pipeline, consistent in itself; also after it was closed. */
  stats(): FlowStats
  /** Refuses new items, flushes what is there, and resolves when all is settled. Once: later calls get the same promise.
   * @throws CloseTimeoutError at the deadline, with the items that were not settled. */
  close(options?: { /** @defaultValue closeTimeoutMs */ readonly timeoutMs?: number }): Promise<Settled>
}
