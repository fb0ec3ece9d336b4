import { BatchFlowError } from '@batchflow/core'
import type { Labels, Metric } from '@batchflow/pipeline-metrics'
import { boundsOf } from '../cells/bounds.ts'
import type { Cell } from '../cells/cell.ts'
import { CounterCell } from '../cells/counter-cell.ts'
import { GaugeCell } from '../cells/gauge-cell.ts'
import { HistogramCell } from '../cells/histogram-cell.ts'
import type { FamilyReading, Readings } from '../cells/reading.ts'
import { SummaryCell } from '../cells/summary-cell.ts'
import { invalidOption } from '../options/invalid-option.ts'
import type { ReporterOptions } from '../options/options.ts'
import { Family } from './family.ts'
import { collectErrorsMetric, droppedLabelsMetric } from './own-metrics.ts'

type Recording = HistogramCell | SummaryCell

/** Families and their cells, and how they are read for a page.
 *
 * Everything that is pulled is read in one synchronous pass (`collect`), and a page is written from that pass without
 * waiting in between: so values of one source fit together on it. */
export class MetricStore {
  /** Called with each new family. */
  onFamily: (metric: Metric) => void = () => {}
  readonly #options: ReporterOptions
  readonly #counters = new Map<string, Family<CounterCell>>()
  readonly #gauges = new Map<string, Family<GaugeCell>>()
  readonly #recordings = new Map<string, Family<Recording>>()
  /** In order of first use, which is the order of the page. */
  readonly #families = new Map<string, Family<Cell>>()
  readonly #collectErrors: CounterCell

  constructor(options: ReporterOptions) {
    this.#options = options
    this.#collectErrors = this.counterFamily(collectErrorsMetric).bind({}).cell
    this.counterFamily(droppedLabelsMetric)
  }

  /** The stored families, in order of first use. */
  readonly families: Iterable<FamilyReading> = { [Symbol.iterator]: () => this.#families.values() }

  /** The reading of a stored family, as of the last pass. */
  readonly reading: Readings = (name) => this.#families.get(name)

  /** Counts a collector that failed. */
  readonly collectFailed = (): void => this.#collectErrors.add(1)

  /** The counter behind which folded observations of a family are counted. */
  droppedLabelsOf(family: string): CounterCell {
    return this.counterFamily(droppedLabelsMetric).bind({ family }).cell
  }

  counterFamily(metric: Metric): Family<CounterCell> {
    const known = this.#counters.get(metric.name)
    if (known !== undefined) return known
    checkUse(metric, ['counter'], 'counter')
    const createCell = (labels: Labels) => new CounterCell(labels)
    return this.#added(this.#counters, new Family({ ...this.#shape(metric), createCell }))
  }

  gaugeFamily(metric: Metric): Family<GaugeCell> {
    const known = this.#gauges.get(metric.name)
    if (known !== undefined) return known
    checkUse(metric, ['gauge'], 'gauge')
    const { combine = 'sum' } = metric
    const createCell = (labels: Labels) => new GaugeCell(labels, combine)
    return this.#added(this.#gauges, new Family({ ...this.#shape(metric), createCell }))
  }

  /** A family that values are recorded in: a histogram or a summary. */
  recordingFamily(metric: Metric): Family<Recording> {
    const known = this.#recordings.get(metric.name)
    if (known !== undefined) return known
    checkUse(metric, ['histogram', 'summary'], 'histogram')
    const bounds = boundsOf(this.#options.buckets[metric.name] ?? metric.buckets ?? [])
    const createCell =
      metric.type === 'summary'
        ? (labels: Labels): Recording => new SummaryCell(labels, () => performance.now())
        : (labels: Labels): Recording => new HistogramCell(labels, bounds)
    return this.#added(this.#recordings, new Family({ ...this.#shape(metric), createCell, bounds }))
  }

  /** Takes a reading of everything that is pulled. */
  collect(): void {
    for (const family of this.#families.values()) family.collect(this.collectFailed)
  }

  /** Takes a reading of some families only, for no page: what fails is counted by the page that lacks it. */
  collectOnly(names: readonly string[]): void {
    for (const name of names) this.#families.get(name)?.collect(() => {})
  }

  /** Lets summaries forget what has grown too old. */
  turnSummaries(): void {
    for (const family of this.#recordings.values())
      if (family.metric.type === 'summary') family.collect(() => {})
  }

  /** Sets a family back to zero. */
  reset(name: string): void {
    this.#families.get(name)?.reset()
  }

  #shape(metric: Metric): { metric: Metric; extraLabels: readonly string[]; tableLabel: boolean } {
    const { extraLabels, tableLabel } = this.#options
    return { metric, extraLabels, tableLabel }
  }

  #added<C extends Cell>(kind: Map<string, Family<C>>, family: Family<C>): Family<C> {
    const { metric } = family
    for (const label of Object.keys(this.#options.labels)) {
      if (metric.labels.includes(label))
        throw invalidOption('labels', `named unlike the labels of ${metric.name}`, JSON.stringify(label))
    }
    this.onFamily(metric)
    kind.set(metric.name, family)
    this.#families.set(metric.name, family)
    // At zero from the start for the label that made-up values come in by; for others from the first fold on.
    if (metric.labels.includes('table') && this.#options.tableLabel)
      this.droppedLabelsOf(this.#options.prefix + metric.name)
    return family
  }
}

function checkUse({ name, type }: Metric, types: readonly string[], use: string): void {
  if (types.includes(type)) return
  throw new BatchFlowError(
    'BATCHFLOW_INVALID_OPTION',
    `${name} must be used as a ${type}, got its use as a ${use}`,
  )
}
