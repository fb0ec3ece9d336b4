import type { FlowObserver, FlowStats, Ledger } from '@batchflow/core'

/** A flow whose ledger a test moves by hand; it balances by construction, as the engine's does. */
export class FlowFixture {
  readonly driver = 'sqlite'
  readonly #ledger = { submitted: 0, written: 0, coalesced: 0, deadLettered: 0, dropped: 0, returned: 0 }

  move(rows: Partial<Record<Exclude<keyof Ledger, 'pending'>, number>>): void {
    for (const [name, count] of Object.entries(rows)) {
      this.#ledger[name as keyof typeof rows] += count
    }
  }

  get ledger(): Ledger {
    const { submitted, written, coalesced, deadLettered, dropped, returned } = this.#ledger
    const pending = submitted - written - coalesced - deadLettered - dropped - returned
    return { ...this.#ledger, pending }
  }

  stats(): FlowStats {
    return {
      state: 'open',
      bufferedRows: this.ledger.pending,
      bufferedBytes: 0,
      inFlightBatches: 0,
      retryingBatches: 0,
      waitingSubmits: 0,
      highWaterRows: 0,
      highWaterBytes: 0,
      pressure: 'normal',
      concurrency: 4,
      breaker: 'closed',
      oldestRowAgeMs: 0,
      busyMs: 0,
      observerErrors: 0,
      limits: {
        flushSize: 500,
        flushBytes: 1_048_576,
        flushIntervalMs: 100,
        bufferSize: 10_000,
        bufferBytes: 67_108_864,
        concurrencyLimit: 4,
      },
      ledger: this.ledger,
    }
  }

  open(observer: FlowObserver): FlowObserver {
    observer.flowOpened?.(this)
    return observer
  }
}

/** Tells the observer of a batch of `rows` that was written. */
export function settle(observer: FlowObserver, target: string, rows = 10): void {
  observer.batchSettled?.({
    target,
    rows,
    written: rows,
    failed: 0,
    coalesced: 0,
    attempts: 1,
    bytes: 100 * rows,
    durationMs: 3,
    commitLatenciesMs: { values: Float64Array.of(5), counts: Float64Array.of(rows) },
  })
}
