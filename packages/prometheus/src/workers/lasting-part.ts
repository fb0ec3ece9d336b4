import type { FamilySnapshot, SeriesSnapshot, Snapshot } from './snapshot.ts'

/** What stays of a worker that is gone: what it counted. Its gauges go with it, and so does what its summaries have in
 * their window. */
export function lastingPartOf({ families }: Snapshot): Snapshot {
  return {
    families: families.filter(({ metric }) => metric.type !== 'gauge').map(withoutWindows),
    foreign: [],
  }
}

function withoutWindows(family: FamilySnapshot): FamilySnapshot {
  if (family.metric.type !== 'summary') return family
  const series = family.series.map((one): SeriesSnapshot => {
    if (one.summary === undefined) return one
    return { ...one, summary: { ...one.summary, window: one.summary.window.map(() => 0) } }
  })
  return { ...family, series }
}
