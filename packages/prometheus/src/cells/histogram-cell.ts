import type { BoundHistogram, Labels } from '@batchflow/pipeline-metrics'
import { type Bounds, bucketOf } from './bounds.ts'
import type { Cell } from './cell.ts'
import { type Exemplar, exemplarOf } from './exemplar.ts'
import type { Distribution } from './reading.ts'

/** A histogram: one count per bucket, made cumulative when it is written. */
export class HistogramCell implements Cell, BoundHistogram, Distribution {
  readonly labels: Labels
  readonly counts: Float64Array
  readonly #bounds: Float64Array
  #sum = 0
  #exemplars: (Exemplar | undefined)[] = []

  constructor(labels: Labels, bounds: Bounds) {
    this.labels = labels
    this.#bounds = bounds.values
    this.counts = new Float64Array(bounds.values.length + 1)
  }

  get distribution(): Distribution {
    return this
  }

  get sum(): number {
    return this.#sum
  }

  get exemplars(): readonly (Exemplar | undefined)[] {
    return this.#exemplars
  }

  /** Records a value `count` times. What is not a number, and counts that are not above 0, are ignored: one NaN would
   * stay in the sum for ever. */
  record(value: number, count = 1, exemplar?: Labels): void {
    if (!(value > -Infinity && value < Infinity && count > 0 && count < Infinity)) return
    const bucket = bucketOf(this.#bounds, value)
    ;(this.counts[bucket] as number) += count
    this.#sum += value * count
    if (exemplar !== undefined)
      this.#exemplars[bucket] = exemplarOf(exemplar, value) ?? this.#exemplars[bucket]
  }

  collect(): void {}

  reset(): void {
    this.counts.fill(0)
    this.#sum = 0
    this.#exemplars = []
  }
}
