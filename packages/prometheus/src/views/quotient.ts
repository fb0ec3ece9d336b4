import type { CatalogueMetric } from '@batchflow/pipeline-metrics'
import type { FamilyReading, Readings } from '../cells/reading.ts'
import { labelsKey } from './relabel.ts'
import { Pick, type PickOptions } from './pick.ts'
import type { View } from './view.ts'

/** One side of a quotient: series of a family, summed over the labels that the quotient lacks. */
export type Side = readonly [source: string, options?: PickOptions]

/** A view that divides one family by another, label set by label set. Nothing is divided by zero: then there is no
 * series, or the value that `whenZero` says. */
export class Quotient implements View {
  readonly metric: CatalogueMetric
  readonly sources: readonly string[]
  readonly #over: Pick
  readonly #under: Pick
  readonly #whenZero: number | undefined

  constructor(
    metric: CatalogueMetric,
    sides: { readonly over: Side; readonly under: Side; readonly whenZero?: number },
  ) {
    this.metric = metric
    this.sources = [sides.over[0], sides.under[0]]
    this.#over = new Pick(metric, ...sides.over)
    this.#under = new Pick(metric, ...sides.under)
    this.#whenZero = sides.whenZero
  }

  read(readings: Readings): FamilyReading | undefined {
    const over = this.#over.read(readings)
    const under = this.#under.read(readings)
    if (over === undefined || under === undefined) return undefined
    // The two sides have label objects of their own.
    const dividends = new Map(over.series.map(({ labels, value = 0 }) => [labelsKey(labels), value]))
    const series = under.series.flatMap(({ labels, value: divisor = 0 }) => {
      const dividend = dividends.get(labelsKey(labels)) ?? 0
      const value = divisor === 0 ? this.#whenZero : dividend / divisor
      return value === undefined ? [] : [{ labels, value }]
    })
    return { metric: this.metric, series }
  }
}
