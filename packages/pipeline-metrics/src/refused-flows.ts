import type { FlowStats } from '@batchflow/core'

/** How many are kept: whoever tries again for days to open a flow must not fill the memory with refusals. */
const maxKept = 16

/** The flows that an observer refused because it serves another one. `createBatchFlow` throws then, and there is no
 * such flow. An engine that contained the error would go on with it and tell the observer of its events too, and
 * events do not say whose they are. */
export class RefusedFlows {
  #stats: readonly (() => FlowStats)[] = []

  add(stats: () => FlowStats): void {
    this.#stats = [...this.#stats, stats].slice(-maxKept)
  }

  get none(): boolean {
    return this.#stats.length === 0
  }

  /** True while one of them is used all the same: events may be its own. */
  get inUse(): boolean {
    return this.#stats.some((stats) => {
      const { state, ledger } = stats()
      return state !== 'closed' && ledger.submitted > 0
    })
  }
}
