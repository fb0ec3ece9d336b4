import type { FlowObserver } from '@batchflow/core'
import { createHistogram } from 'node:perf_hooks'

/** Durations of batches, kept for their percentiles. */
export interface BatchTimes {
  readonly observer: FlowObserver
  /** 95th percentile in milliseconds; 0 before the first batch. */
  readonly p95: () => number
}

export function batchTimes(): BatchTimes {
  // In microseconds: the histogram takes integers from 1.
  const histogram = createHistogram()
  return {
    observer: {
      batchSettled: ({ durationMs }) => histogram.record(Math.max(1, Math.round(durationMs * 1_000))),
    },
    p95: () => (histogram.count === 0 ? 0 : histogram.percentile(95) / 1_000),
  }
}
