import type { RowOf, Target } from '../driver/target.ts'
import type { FlowStats } from '../engine/ledger.ts'
import type { RetuneOptions } from './options.ts'

/** Options of calls that wait. */
export interface SubmitOptions {
  /** Ends the waiting: the call rejects with `signal.reason` and nothing was taken. */
  readonly signal?: AbortSignal
}

/** Options of `flush`. */
export interface FlushOptions<T extends Target> extends SubmitOptions {
  /** Only the rows of this target. @defaultValue all targets */
  readonly target?: T
}

/** Rows settled. `failed` = dead-lettered + dropped. */
export interface Settled {
  /** Rows that are in the database; coalesced ones are not counted. */
  readonly written: number
  /** Rows that were dead-lettered or dropped. */
  readonly failed: number
}

/** What became of a row, from `submitAndSettle`. */
export interface SettledRow {
  readonly outcome: 'written' | 'coalesced'
  /** Columns that the database generated, when the target asks for them. */
  readonly returned?: Readonly<Record<string, unknown>>
}

/** Takes rows one at a time and writes them in batches. Made by `createBatchFlow`. */
export interface BatchFlow<T extends Target> extends AsyncDisposable {
  /** Takes a row: resolves when it is accepted, at once while there is room, else in order of arrival.
   * @throws BatchFlowError `BATCHFLOW_CLOSED`, `BATCHFLOW_INVALID_ROW`, `BATCHFLOW_INVALID_TARGET`,
   * `BATCHFLOW_OVERLOADED` (too many calls wait), `BATCHFLOW_FULL` (with `overflow: 'reject'`), or `signal.reason`. */
  submit<U extends T>(target: U, row: NoInfer<RowOf<U>>, options?: SubmitOptions): Promise<void>
  /** Takes a row if there is room now. false: full or closing, the row was not taken.
   * @throws BatchFlowError `BATCHFLOW_INVALID_ROW`, `BATCHFLOW_INVALID_TARGET` */
  trySubmit<U extends T>(target: U, row: NoInfer<RowOf<U>>): boolean
  /** Like `submit`, and resolves when the row is settled. Rejects with the row's error when it is dead-lettered, with
   * `BATCHFLOW_DROPPED` when it is dropped; a coalesced row settles with its replacement. */
  submitAndSettle<U extends T>(
    target: U,
    row: NoInfer<RowOf<U>>,
    options?: SubmitOptions,
  ): Promise<SettledRow>
  /** Flushes every lane, or that of one target, and resolves when everything accepted before this call is settled, with
   * the counts of those rows. The signal ends the waiting, not the writing.
   * @throws CloseTimeoutError when the flow gives the rows up meanwhile, or `signal.reason`. */
  flush(options?: FlushOptions<T>): Promise<Settled>
  /** Changes limits while the flow runs. Targets with an option of their own keep it.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  retune(options: RetuneOptions): void
  /** Probes a lane that stopped on a configuration error now, instead of after `configurationRetryMs`; does nothing
   * to a lane that is not stopped.
   * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET` */
  resume(target: T): void
  /** A reading of the flow, consistent in itself; also after it was closed. */
  stats(): FlowStats
  /** Refuses new rows, writes what is there, and resolves when all is settled. Once: later calls get the same promise.
   * @throws CloseTimeoutError at the deadline, with the rows that were not settled. */
  close(options?: { /** @defaultValue closeTimeoutMs */ readonly timeoutMs?: number }): Promise<Settled>
}
