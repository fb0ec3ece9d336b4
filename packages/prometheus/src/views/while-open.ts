import type { CatalogueMetric } from '@batchflow/pipeline-metrics'
import type { FamilyReading, Readings } from '../cells/reading.ts'
import { openFlows, openFlowsIn } from './open-flows.ts'
import { labelsKey, Relabel } from './relabel.ts'
import type { View } from './view.ts'

/** A view with the series of open flows only: it may be computed from counters, which stay, but a gauge goes when its
 * flow does. */
export class WhileOpen implements View {
  readonly metric: CatalogueMetric
  readonly sources: readonly string[]
  readonly #view: View
  readonly #relabel: Relabel

  constructor(view: View) {
    this.metric = view.metric
    this.sources = [...view.sources, openFlows]
    this.#view = view
    this.#relabel = new Relabel(view.metric, {})
  }

  read(readings: Readings): FamilyReading | undefined {
    const flows = readings(openFlows)
    const reading = this.#view.read(readings)
    if (flows === undefined || reading === undefined) return undefined
    const open = new Set(
      openFlowsIn(flows).map((labels) => labelsKey(this.#relabel.of(labels, flows.metric.labels))),
    )
    return { ...reading, series: reading.series.filter(({ labels }) => open.has(labelsKey(labels))) }
  }
}
