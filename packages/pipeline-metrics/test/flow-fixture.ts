import type { FlowObserver, FlowStats, Ledger } from '@batchflow/core'
import type { FlowEvent } from '../src/flow-event.ts'

/** A flow whose statistics a test sets by hand. */
export class FlowFixture {
  readonly driver = 'sqlite'
  reads = 0
  current: FlowStats = statsOf({})

  stats(): FlowStats {
    this.reads++
    return this.current
  }

  ledger(ledger: Partial<Ledger>): void {
    this.current = { ...this.current, ledger: { ...this.current.ledger, ...ledger } }
  }
}

export function statsOf(stats: Partial<FlowStats>): FlowStats {
  return {
    state: 'open',
    bufferedRows: 0,
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
    ledger: { submitted: 0, written: 0, coalesced: 0, deadLettered: 0, dropped: 0, returned: 0, pending: 0 },
    ...stats,
  }
}

export function settled(event: Partial<FlowEvent<'batchSettled'>> = {}): FlowEvent<'batchSettled'> {
  return {
    target: 'users',
    rows: 10,
    written: 10,
    failed: 0,
    coalesced: 0,
    attempts: 1,
    bytes: 1_000,
    durationMs: 20,
    commitLatenciesMs: { values: Float64Array.of(), counts: Float64Array.of() },
    ...event,
  }
}

/** The observer, opened on the fixture. */
export function opened(observer: FlowObserver, flow: FlowFixture): FlowObserver {
  observer.flowOpened?.(flow)
  return observer
}
