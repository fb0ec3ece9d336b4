import type { Labels, Metric, MetricAggregator } from '@batchflow/pipeline-metrics'
import { type Bounds, boundsOf } from '../cells/bounds.ts'
import type { FamilyReading, SeriesReading } from '../cells/reading.ts'
import type { FamilySnapshot, SeriesSnapshot } from './snapshot.ts'

/** One series over all workers. */
interface MergedSeries extends SeriesReading {
  readonly labels: Labels
  values: number[]
  value?: number | undefined
  distribution?: { readonly counts: Float64Array; sum: number }
  summary?: { readonly window: Float64Array; count: number; sum: number }
}

/** One family over all workers: counters and histograms are added up, gauges combine as the catalogue says, and of
 * summaries what they counted is added up, so that their quantiles are those of all. */
export class MergedFamily implements FamilyReading {
  readonly metric: Metric
  readonly bounds?: Bounds
  readonly #series = new Map<string, MergedSeries>()

  constructor({ metric, bounds }: FamilySnapshot) {
    this.metric = metric
    if (bounds !== undefined) this.bounds = boundsOf(bounds)
  }

  get series(): readonly SeriesReading[] {
    return [...this.#series.values()]
  }

  /** Adds what one worker has of the family; false when it cannot be added, because its buckets are others.
   * @param labelsOf answers one object for equal labels, always the same one */
  add(snapshot: FamilySnapshot, labelsOf: (labels: Labels) => Labels): boolean {
    if (!sameBounds(this.bounds, snapshot.bounds)) return false
    for (const series of snapshot.series) this.#add(series, labelsOf(series.labels))
    return true
  }

  #add({ value, distribution, summary }: SeriesSnapshot, labels: Labels): void {
    const key = JSON.stringify(Object.entries(labels))
    let merged = this.#series.get(key)
    if (merged === undefined) {
      merged = { labels, values: [] }
      this.#series.set(key, merged)
    }
    if (value !== undefined) {
      merged.values.push(value)
      merged.value = combined(merged.values, this.metric.aggregator ?? 'sum')
    }
    if (distribution !== undefined) {
      merged.distribution ??= { counts: new Float64Array(distribution.counts.length), sum: 0 }
      addTo(merged.distribution.counts, distribution.counts)
      merged.distribution.sum += distribution.sum
    }
    if (summary !== undefined) {
      merged.summary ??= { window: new Float64Array(summary.window.length), count: 0, sum: 0 }
      addTo(merged.summary.window, summary.window)
      merged.summary.count += summary.count
      merged.summary.sum += summary.sum
    }
  }
}

/** The readings of one series in several workers as one; undefined where there is no such thing. */
export function combined(values: readonly number[], aggregator: MetricAggregator): number | undefined {
  const sum = () => values.reduce((total, value) => total + value, 0)
  switch (aggregator) {
    case 'sum':
      return sum()
    case 'max':
      return Math.max(...values)
    case 'min':
      return Math.min(...values)
    case 'average':
      return sum() / values.length
    case 'omit':
      return undefined
  }
}

function addTo(counts: Float64Array, more: readonly number[]): void {
  for (const [i, count] of more.entries()) (counts[i] as number) += count
}

function sameBounds(bounds: Bounds | undefined, others: readonly number[] | undefined): boolean {
  if (bounds === undefined || others === undefined) return bounds === others
  return bounds.values.length === others.length && others.every((bound, i) => bound === bounds.values[i])
}
