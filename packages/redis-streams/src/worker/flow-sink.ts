import { type BatchFlow, BatchFlowError, type Target } from '@batchflow/core'
import type { Row } from '../entry/row.ts'
import type { Entry } from './entry.ts'
import type { ShardSink, SinkHooks } from './sink.ts'

/** How long, in milliseconds, a row waits that the flow had no room for. */
const fullPauseMs = 50

/** Hands rows to the user's flow: each at least once. An entry is settled when the flow has settled its last row, written or
 * dead-lettered. */
export class FlowSink implements ShardSink {
  readonly #flow: BatchFlow<Target>
  readonly #targets: ReadonlyMap<string, Target>
  readonly #hooks: SinkHooks
  #abandoned = false

  constructor(flow: BatchFlow<Target>, targets: ReadonlyMap<string, Target>, hooks: SinkHooks) {
    this.#flow = flow
    this.#targets = targets
    this.#hooks = hooks
  }

  async open(): Promise<void> {}

  take(entry: Entry): void {
    for (const row of entry.rows) this.#submit(entry, row)
  }

  /** The flow has an interval of its own. */
  flush(): void {}

  /** What the flow has, it goes on writing. */
  abandon(): void {
    this.#abandoned = true
  }

  async close(): Promise<void> {}

  #submit(entry: Entry, row: Row): void {
    const target = this.#targets.get(entry.target) as Target
    this.#flow.submitAndSettle(target, row).then(
      () => this.#settled(entry),
      (error: unknown) => this.#failed(entry, row, error),
    )
  }

  #failed(entry: Entry, row: Row, error: unknown): void {
    switch (BatchFlowError.is(error) ? error.code : undefined) {
      // The flow's own dead-letter handler has the row, or a policy that the user chose.
      case 'BATCHFLOW_BATCH_FAILED':
      case 'BATCHFLOW_DROPPED':
        return this.#settled(entry)
      case 'BATCHFLOW_INVALID_ROW':
      case 'BATCHFLOW_INVALID_TARGET':
        entry.letters.push(entry.refuse([row]))
        return this.#settled(entry)
      case 'BATCHFLOW_FULL':
      case 'BATCHFLOW_OVERLOADED':
        setTimeout(() => this.#again(entry, row), fullPauseMs)
        return
      // It is closed, or has never said such a thing: the entry is delivered again, to somebody.
      default:
        return this.#hooks.onClosed()
    }
  }

  #again(entry: Entry, row: Row): void {
    if (!this.#abandoned) this.#submit(entry, row)
  }

  #settled(entry: Entry): void {
    if (--entry.left > 0) return
    // Also when the shard is somebody else's by now: the rows are written, and need not be again.
    this.#hooks.settle([entry], entry.letters).catch(() => {})
  }
}
