import type { BoundHistogram, Labels } from '@batchflow/pipeline-metrics'
import { type Bounds, boundsOf, bucketOf } from './bounds.ts'
import type { Cell } from './cell.ts'
import type { Summary } from './reading.ts'

/** The window that quantiles are of, in milliseconds, and the parts that it is forgotten in. */
const windowMs = 600_000
const parts = 5

/** Fine enough for a quantile that is at most a tenth off: four buckets for each doubling, from 10 µs to 671 s. */
export const summaryBounds: Bounds = boundsOf(Array.from({ length: 105 }, (_, i) => 1e-5 * 2 ** (i / 4)))

/** A summary: quantiles over the last ten minutes, from a ring of histograms of two minutes each. Recording looks at no
 * clock: the ring is turned by `collect` and by the reporter's timer. */
export class SummaryCell implements Cell, BoundHistogram {
  readonly labels: Labels
  readonly #now: () => number
  readonly #ring = Array.from({ length: parts }, () => new Float64Array(summaryBounds.values.length + 1))
  #part = 0
  #partBegan: number
  #count = 0
  #sum = 0

  /** @param now a clock in milliseconds */
  constructor(labels: Labels, now: () => number) {
    this.labels = labels
    this.#now = now
    this.#partBegan = now()
  }

  get summary(): Summary {
    const window = new Float64Array(summaryBounds.values.length + 1)
    for (const counts of this.#ring) for (const [i, count] of counts.entries()) (window[i] as number) += count
    return { window, count: this.#count, sum: this.#sum }
  }

  /** Records a value `count` times, under the rules of a histogram. */
  record(value: number, count = 1): void {
    if (!(value > -Infinity && value < Infinity && count > 0 && count < Infinity)) return
    const counts = this.#ring[this.#part] as Float64Array
    ;(counts[bucketOf(summaryBounds.values, value)] as number) += count
    this.#count += count
    this.#sum += value * count
  }

  /** Forgets what has grown too old. */
  collect(): void {
    const partMs = windowMs / parts
    const turns = Math.floor((this.#now() - this.#partBegan) / partMs)
    if (turns <= 0) return
    this.#partBegan += turns * partMs
    for (let turn = 0; turn < Math.min(turns, parts); turn++) {
      this.#part = (this.#part + 1) % parts
      this.#ring[this.#part]?.fill(0)
    }
  }

  reset(): void {
    for (const counts of this.#ring) counts.fill(0)
    this.#count = 0
    this.#sum = 0
  }
}

/** The value that a share of the window's observations is not above, interpolated within its bucket; undefined when the
 * window is empty. */
export function quantileOf({ window }: Summary, quantile: number): number | undefined {
  const { values } = summaryBounds
  let total = 0
  for (let i = 0; i < window.length; i++) total += window[i] as number
  if (total === 0) return undefined
  const rank = quantile * total
  let below = 0
  for (let i = 0; i < window.length; i++) {
    const count = window[i] as number
    if (count > 0 && below + count >= rank) {
      const from = i === 0 ? 0 : (values[i - 1] as number)
      const to = values[i] ?? from
      return from + (to - from) * Math.max(0, (rank - below) / count)
    }
    below += count
  }
  return values.at(-1)
}
