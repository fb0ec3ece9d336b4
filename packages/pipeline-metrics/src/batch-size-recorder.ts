import type { FlowObserver } from '@batchflow/core'
import { batchProcessDurationSeconds } from './catalogue/harness.ts'
import type { FlowEvent } from './flow-event.ts'
import type { BoundHistogram, MetricsReporter } from './metrics-reporter.ts'

/** Upper ends of the classes of batch sizes: a size of its own per batch would be a label without bounds. */
const classes: readonly (readonly [upTo: number, name: string])[] = [
  [10, '1-10'],
  [100, '11-100'],
  [1_000, '101-1000'],
  [10_000, '1001-10000'],
  [Infinity, '10001+'],
]

/** Records the batch times of one flow by class of batch size. */
export class BatchSizeRecorder implements FlowObserver {
  readonly #reporter: MetricsReporter
  readonly #byClass = new Map<string, BoundHistogram>()
  #database = 'unknown'

  constructor(reporter: MetricsReporter) {
    this.#reporter = reporter
  }

  flowOpened({ driver }: FlowEvent<'flowOpened'>): void {
    this.#database = driver
  }

  batchSettled({ rows, coalesced, durationMs }: FlowEvent<'batchSettled'>): void {
    const size = rows - coalesced
    const [, name] = classes.find(([upTo]) => size <= upTo) ?? [Infinity, '10001+']
    this.#histogram(name).record(durationMs / 1000)
  }

  #histogram(sizeClass: string): BoundHistogram {
    let histogram = this.#byClass.get(sizeClass)
    if (histogram === undefined) {
      const labels = { database: this.#database, batch_size: sizeClass }
      histogram = this.#reporter.histogram(batchProcessDurationSeconds, labels)
      this.#byClass.set(sizeClass, histogram)
    }
    return histogram
  }
}
