import type { Labels } from '@batchflow/pipeline-metrics'
import type { FamilyReading, Readings, SeriesReading } from '../cells/reading.ts'
import { windowBatches, windowRowsPerSecond } from '../views/hidden-families.ts'
import { openFlows, openFlowsIn } from '../views/open-flows.ts'
import { labelsKey } from '../views/relabel.ts'

const rows = 'batchflow_records_processed_total'
const batches = 'batchflow_batches_total'

/** What has to be read before a sample is taken. */
export const sampledFamilies: readonly string[] = [rows, batches, openFlows]

interface Totals {
  readonly at: number
  readonly rows: number
  readonly success: number
  readonly fail: number
}

/** Rates of the open flows over the time between two samples. Samples are taken on a timer and never by a scrape, or two
 * scrapers would each see the other's windows. */
export class RateSampler {
  readonly #now: () => number
  #last: ReadonlyMap<string, Totals> = new Map()
  #rowsPerSecond: readonly SeriesReading[] = []
  #batches: readonly SeriesReading[] = []

  /** @param now a clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /** The rates as readings of hidden families. */
  get families(): readonly FamilyReading[] {
    return [
      { metric: windowRowsPerSecond, series: this.#rowsPerSecond },
      { metric: windowBatches, series: this.#batches },
    ]
  }

  /** The same by name. */
  readonly reading: Readings = (name) => this.families.find(({ metric }) => metric.name === name)

  /** Takes a sample. A flow has rates from its second sample on. */
  sample(readings: Readings): void {
    const flows = readings(openFlows)
    const labels = flows === undefined ? [] : openFlowsIn(flows)
    const totals = new Map<string, Totals>()
    const rates: SeriesReading[] = []
    const finished: SeriesReading[] = []
    for (const flow of labels) {
      const now = this.#totalsOf(flow, readings)
      const before = this.#last.get(labelsKey(flow))
      totals.set(labelsKey(flow), now)
      if (before === undefined || now.at <= before.at) continue
      const seconds = (now.at - before.at) / 1000
      rates.push({ labels: flow, value: (now.rows - before.rows) / seconds })
      for (const status of ['success', 'fail'] as const)
        finished.push({ labels: { ...flow, status }, value: now[status] - before[status] })
    }
    this.#last = totals
    this.#rowsPerSecond = rates
    this.#batches = finished
  }

  #totalsOf(flow: Labels, readings: Readings): Totals {
    const byStatus = (status: string) => sumOf(readings(batches), { ...flow, status })
    return {
      at: this.#now(),
      rows: sumOf(readings(rows), { ...flow, status: 'processed' }),
      success: byStatus('success'),
      fail: byStatus('fail'),
    }
  }
}

function sumOf(family: FamilyReading | undefined, where: Labels): number {
  const wanted = Object.entries(where)
  let sum = 0
  for (const { labels, value = 0 } of family?.series ?? [])
    if (wanted.every(([name, text]) => labels[name] === text)) sum += value
  return sum
}
