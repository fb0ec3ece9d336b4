import type { CatalogueMetric } from '@batchflow/pipeline-metrics'
import type { FamilyReading, Readings, SeriesReading } from '../cells/reading.ts'
import { openFlows, openFlowsIn } from './open-flows.ts'
import { Pick, type PickOptions } from './pick.ts'
import { Relabel } from './relabel.ts'
import type { View } from './view.ts'

/** A view that repeats values of the process for each open flow, as the guides' dashboards ask for them. */
export class PerFlow implements View {
  readonly metric: CatalogueMetric
  readonly sources: readonly string[]
  readonly #values: Pick
  readonly #relabel: Relabel

  /** @param source a family of the process; its labels stand beside those of the flow */
  constructor(metric: CatalogueMetric, source: string, options: PickOptions = {}) {
    this.metric = metric
    this.sources = [source, openFlows]
    this.#values = new Pick(metric, source, { ...options, renames: {} })
    this.#relabel = new Relabel(metric, options.renames ?? {})
  }

  read(readings: Readings): FamilyReading | undefined {
    const values = this.#values.read(readings)
    const flows = readings(openFlows)
    if (values === undefined || flows === undefined) return undefined
    const series: SeriesReading[] = []
    for (const flow of openFlowsIn(flows))
      for (const { labels, value } of values.series) {
        const own = Object.entries(labels).filter(([, text]) => text !== '')
        const joined = { ...flow, ...Object.fromEntries(own) }
        series.push({
          labels: this.#relabel.of(joined, [...flows.metric.labels, ...this.metric.labels]),
          value,
        })
      }
    return { metric: this.metric, series }
  }
}
