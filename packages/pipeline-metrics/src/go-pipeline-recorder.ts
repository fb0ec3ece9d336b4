import * as families from './catalogue/go-pipeline.ts'
import type { FlowEvent } from './flow-event.ts'
import type { BoundCounter, BoundHistogram, MetricsReporter } from './metrics-reporter.ts'

/** The instruments named as go-pipeline names them. A flush is a batch here: a pipeline has one lane.
 *
 * Two families stay at zero, since dashboards ask for them and there is nothing behind them here: no bounded channel
 * carries errors, so none can be dropped, and it is never full. */
export class GoPipelineRecorder {
  readonly #succeeded: BoundHistogram
  readonly #failed: BoundHistogram
  readonly #batchSize: BoundHistogram
  readonly #successes: BoundCounter
  readonly #failures: BoundCounter
  readonly #errors: BoundCounter
  readonly #finalTimeouts: BoundCounter
  readonly #drains: BoundCounter
  readonly #drainTimeouts: BoundCounter
  readonly #saturation: Disposable

  constructor(reporter: MetricsReporter) {
    this.#succeeded = reporter.histogram(families.flushLatencySeconds, { result: 'ok' })
    this.#failed = reporter.histogram(families.flushLatencySeconds, { result: 'fail' })
    this.#batchSize = reporter.histogram(families.batchSizeObserved, {})
    this.#successes = reporter.counter(families.flushSuccessTotal, {})
    this.#failures = reporter.counter(families.flushFailureTotal, {})
    this.#errors = reporter.counter(families.errorCountTotal, {})
    this.#finalTimeouts = reporter.counter(families.finalFlushTimeoutTotal, {})
    this.#drains = reporter.counter(families.drainFlushTotal, {})
    this.#drainTimeouts = reporter.counter(families.drainFlushTimeoutTotal, {})
    reporter.counter(families.droppedErrorEstimateTotal, {})
    this.#saturation = reporter.gauge(families.errorChanSaturationRatio, {}, () => 0)
  }

  batchFlushed({ rows, trigger }: FlowEvent<'batchFlushed'>): void {
    this.#batchSize.record(rows)
    if (trigger === 'close') this.#drains.add(1)
  }

  attemptFailed(): void {
    this.#errors.add(1)
  }

  batchSettled({ failed, failure, durationMs }: FlowEvent<'batchSettled'>): void {
    const hasFailed = failed > 0 || failure !== undefined
    ;(hasFailed ? this.#failed : this.#succeeded).record(durationMs / 1000)
    ;(hasFailed ? this.#failures : this.#successes).add(1)
    if (hasFailed) this.#errors.add(1)
  }

  /** Rows that a close hands back were in its last flushes, or waited for them: it counts under both names. */
  flowClosed({ ledger }: FlowEvent<'flowClosed'>): void {
    if (ledger.returned > 0) {
      this.#finalTimeouts.add(1)
      this.#drainTimeouts.add(1)
    }
    this.#saturation[Symbol.dispose]()
  }
}
