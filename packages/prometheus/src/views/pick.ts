import type { CatalogueMetric, Labels, Metric } from '@batchflow/pipeline-metrics'
import { type Bounds, boundsOf } from '../cells/bounds.ts'
import type { Distribution, FamilyReading, Readings, SeriesReading } from '../cells/reading.ts'
import { Relabel, type Renames } from './relabel.ts'
import type { View } from './view.ts'

/** What a view takes from its source. */
export interface PickOptions {
  /** Only series with these labels: one of several values, for a label that is named here. */
  readonly where?: Readonly<Record<string, readonly string[]>>
  readonly renames?: Renames
  /** What values, bounds and sums are multiplied by. */
  readonly scale?: number
}

/** A view of the series of one family under another name, in another unit, with fewer labels. Series that meet on one
 * label set are summed. */
export class Pick implements View {
  readonly metric: CatalogueMetric
  readonly sources: readonly [string]
  readonly #options: PickOptions
  readonly #relabel: Relabel
  #buckets: { readonly of: Bounds; readonly rebucket: Rebucket } | undefined

  constructor(metric: CatalogueMetric, source: string, options: PickOptions = {}) {
    this.metric = metric
    this.sources = [source]
    this.#options = options
    this.#relabel = new Relabel(metric, options.renames ?? {})
  }

  read(readings: Readings): FamilyReading | undefined {
    const source = readings(this.sources[0])
    if (source === undefined) return undefined
    const { metric } = this
    if (source.bounds === undefined) return { metric, series: this.#values(source) }
    const rebucket = this.#rebucket(source.bounds)
    return { metric, bounds: rebucket.bounds, series: this.#distributions(source, rebucket) }
  }

  #values(source: FamilyReading): SeriesReading[] {
    const { scale = 1 } = this.#options
    const sums = new Map<Labels, number>()
    for (const { labels, value } of this.#picked(source)) {
      if (value === undefined) continue
      const to = this.#relabel.of(labels, source.metric.labels)
      sums.set(to, (sums.get(to) ?? 0) + value * scale)
    }
    return [...sums].map(([labels, value]) => ({ labels, value }))
  }

  #distributions(source: FamilyReading, rebucket: Rebucket): SeriesReading[] {
    const { scale = 1 } = this.#options
    const sums = new Map<Labels, Distribution>()
    for (const { labels, distribution } of this.#picked(source)) {
      if (distribution === undefined) continue
      const to = this.#relabel.of(labels, source.metric.labels)
      const sum = distribution.sum * scale
      const known = sums.get(to)
      if (known === undefined) sums.set(to, { counts: rebucket.counts(distribution.counts), sum })
      else
        sums.set(to, {
          counts: added(known.counts, rebucket.counts(distribution.counts)),
          sum: known.sum + sum,
        })
    }
    return [...sums].map(([labels, distribution]) => ({ labels, distribution }))
  }

  #picked({ series }: FamilyReading): readonly SeriesReading[] {
    const conditions = Object.entries(this.#options.where ?? {})
    if (conditions.length === 0) return series
    return series.filter(({ labels }) =>
      conditions.every(([label, values]) => values.includes(labels[label] ?? '')),
    )
  }

  /** Made once: a source keeps its bounds. */
  #rebucket(bounds: Bounds): Rebucket {
    if (this.#buckets?.of !== bounds)
      this.#buckets = { of: bounds, rebucket: rebucketOf(this.metric, bounds, this.#options.scale ?? 1) }
    return this.#buckets.rebucket
  }
}

interface Rebucket {
  readonly bounds: Bounds
  /** Counts of the source as those of the view; the same where the buckets are. */
  counts(counts: ArrayLike<number>): ArrayLike<number>
}

/** Buckets of the source to those of the view. They are exact where every bound of the view is one of the source's; where
 * a user has chosen other buckets for the source, the view has those. */
function rebucketOf(metric: Metric, source: Bounds, scale: number): Rebucket {
  const scaled = Array.from(source.values, (bound) => rounded(bound * scale))
  const wanted = metric.buckets ?? []
  const bounds = boundsOf(wanted.every((bound) => scaled.includes(bound)) ? wanted : scaled)
  const places = [...scaled, Infinity].map((bound) => {
    const place = bounds.values.findIndex((upper) => bound <= upper)
    return place < 0 ? bounds.values.length : place
  })
  const isSame = bounds.values.length === source.values.length
  return {
    bounds,
    counts(counts) {
      if (isSame) return counts
      const to = new Float64Array(bounds.values.length + 1)
      for (let i = 0; i < places.length; i++) (to[places[i] as number] as number) += counts[i] as number
      return to
    },
  }
}

function added(counts: ArrayLike<number>, more: ArrayLike<number>): Float64Array {
  return Float64Array.from(counts, (count, i) => count + (more[i] as number))
}

/** What a product of decimal numbers was meant to be: 0.0645 * 1000 is not 64.5 in binary. */
function rounded(bound: number): number {
  return Number(bound.toPrecision(12))
}
