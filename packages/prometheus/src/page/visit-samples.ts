import type { Exemplar } from '../cells/exemplar.ts'
import type { FamilyReading, SeriesReading } from '../cells/reading.ts'
import { quantileOf } from '../cells/summary-cell.ts'

/** Takes one sample: the end of its name (`_bucket`, `_sum`, `_count` or nothing), its value, and, for buckets and
 * quantiles, the value of the label `le` or `quantile`. */
export type Visit = (suffix: string, value: number, bound?: string, exemplar?: Exemplar) => void

/** The label that tells the samples of one series apart. */
export const boundLabels: Readonly<Record<string, string>> = { histogram: 'le', summary: 'quantile' }

/** Visits the samples of one series, in the order of a page. */
export function visitSamples({ metric, bounds }: FamilyReading, series: SeriesReading, visit: Visit): void {
  const { value, distribution, summary } = series
  if (value !== undefined) visit('', value)
  if (distribution !== undefined && bounds !== undefined) {
    const { counts, sum, exemplars } = distribution
    const { texts } = bounds
    let cumulative = 0
    for (let i = 0; i < texts.length; i++) {
      cumulative += counts[i] as number
      visit('_bucket', cumulative, texts[i], exemplars?.[i])
    }
    cumulative += counts[texts.length] as number
    visit('_bucket', cumulative, '+Inf', exemplars?.[texts.length])
    visit('_sum', sum)
    visit('_count', cumulative)
  }
  if (summary === undefined) return
  for (const quantile of metric.quantiles ?? []) {
    const at = quantileOf(summary, quantile)
    // An empty window has no quantiles; NaN would draw a gap too, and break sums.
    if (at !== undefined) visit('', at, String(quantile))
  }
  visit('_sum', summary.sum)
  visit('_count', summary.count)
}

/** Samples of a family: as many as are visited. */
export function samplesIn({ metric, series }: FamilyReading): number {
  let samples = 0
  for (const { value, distribution, summary } of series) {
    if (value !== undefined) samples++
    if (distribution !== undefined) samples += distribution.counts.length + 2
    if (summary !== undefined)
      samples += 2 + (quantileOf(summary, 1) === undefined ? 0 : (metric.quantiles ?? []).length)
  }
  return samples
}
