import type { Labels, Metric } from '@batchflow/pipeline-metrics'
import type { FamilyReading, SeriesReading } from '../cells/reading.ts'
import type { ForeignFamily } from '../page/foreign-family.ts'

/** One series as plain data: what can be sent to another thread or process. */
export interface SeriesSnapshot {
  readonly labels: Labels
  readonly value?: number
  readonly distribution?: { readonly counts: readonly number[]; readonly sum: number }
  readonly summary?: { readonly window: readonly number[]; readonly count: number; readonly sum: number }
}

/** One family as plain data. */
export interface FamilySnapshot {
  readonly metric: Metric
  readonly bounds?: readonly number[]
  readonly series: readonly SeriesSnapshot[]
}

/** Everything that one worker has to tell: its stored families, from one pass, and the metrics of others in its
 * registry. Views are not sent; they are computed from the sums. */
export interface Snapshot {
  readonly families: readonly FamilySnapshot[]
  readonly foreign: readonly ForeignFamily[]
}

/** A family as of the last pass. */
export function snapshotOf({ metric, bounds, series }: FamilyReading): FamilySnapshot {
  return {
    metric,
    ...(bounds === undefined ? {} : { bounds: [...bounds.values] }),
    series: series.map(seriesSnapshot),
  }
}

function seriesSnapshot({ labels, value, distribution, summary }: SeriesReading): SeriesSnapshot {
  return {
    labels,
    ...(value === undefined ? {} : { value }),
    ...(distribution === undefined
      ? {}
      : { distribution: { counts: Array.from(distribution.counts), sum: distribution.sum } }),
    ...(summary === undefined ? {} : { summary: { ...summary, window: Array.from(summary.window) } }),
  }
}
