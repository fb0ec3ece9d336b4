import type { Labels, Metric } from '@batchflow/pipeline-metrics'
import type { Bounds } from './bounds.ts'
import type { Exemplar } from './exemplar.ts'

/** What a histogram has counted: one count per bucket, the last one above all bounds. */
export interface Distribution {
  readonly counts: ArrayLike<number>
  readonly sum: number
  /** The last exemplar of each bucket that has one. */
  readonly exemplars?: readonly (Exemplar | undefined)[]
}

/** What a summary has counted: in its window, for the quantiles, and ever. */
export interface Summary {
  readonly window: ArrayLike<number>
  readonly count: number
  readonly sum: number
}

/** One label set of a family, as of the last pass. It has the one of `value`, `distribution` and `summary` that goes
 * with the family's type; a gauge or counter without `value` has nothing to show. */
export interface SeriesReading {
  /** Without aliases. The same object at each reading, so that what is made of it can be kept. */
  readonly labels: Labels
  readonly value?: number | undefined
  readonly distribution?: Distribution
  readonly summary?: Summary
}

/** One family, as of the last pass: a stored one, or a view of others. */
export interface FamilyReading {
  readonly metric: Metric
  /** Of its buckets, in the family's unit. */
  readonly bounds?: Bounds
  readonly series: readonly SeriesReading[]
}

/** Finds the reading of a family by its name without prefix. */
export type Readings = (name: string) => FamilyReading | undefined
