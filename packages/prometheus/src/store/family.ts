import { BatchFlowError } from '@batchflow/core'
import type { Labels, Metric } from '@batchflow/pipeline-metrics'
import type { Bounds } from '../cells/bounds.ts'
import type { Cell } from '../cells/cell.ts'
import type { FamilyReading } from '../cells/reading.ts'
import { canonicalLabels } from '../page/profile.ts'
import { LabelGuard, otherValue } from './label-guard.ts'
import { labelValue } from './label-value.ts'

/** What a family is made of. */
export interface FamilyOptions<C extends Cell> {
  readonly metric: Metric
  readonly createCell: (labels: Labels) => C
  /** Of its buckets, in the family's unit. */
  readonly bounds?: Bounds
  /** Labels that may be given beside those of the metric. */
  readonly extraLabels: readonly string[]
  /** false: every table is told under an empty name, which stands for no label. */
  readonly tableLabel: boolean
}

/** One metric family that is stored: its label sets and their cells. */
export class Family<C extends Cell> implements FamilyReading {
  readonly metric: Metric
  readonly bounds?: Bounds
  /** In order of first use, which is the order of the page. */
  readonly series: C[] = []
  readonly #options: FamilyOptions<C>
  readonly #guard: LabelGuard
  readonly #labelNames: readonly string[]
  readonly #cells = new Map<string, C>()

  constructor(options: FamilyOptions<C>) {
    this.metric = options.metric
    if (options.bounds !== undefined) this.bounds = options.bounds
    this.#options = options
    this.#guard = new LabelGuard(options.metric)
    this.#labelNames = canonicalLabels(options.metric)
  }

  /** The cell of a label set; made when it is new. `folded`: a value was beyond its cap, here
   * or where the observation comes from.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when the labels are not those of the metric */
  bind(labels: Labels): { readonly cell: C; readonly folded: boolean } {
    const admitted = this.#admit(labels)
    const folded = Object.values(admitted).includes(otherValue)
    const key = JSON.stringify(Object.entries(admitted))
    let cell = this.#cells.get(key)
    if (cell === undefined) {
      cell = this.#options.createCell(admitted)
      this.#cells.set(key, cell)
      this.series.push(cell)
    }
    return { cell, folded }
  }

  collect(onError: () => void): void {
    for (const cell of this.series) cell.collect(onError)
  }

  reset(): void {
    for (const cell of this.series) cell.reset()
  }

  #admit(labels: Labels): Labels {
    const names = this.#labelNames
    const extras = this.#options.extraLabels.filter((name) => Object.hasOwn(labels, name))
    const given = Object.keys(labels)
    if (
      given.length !== names.length + extras.length ||
      !names.every((name) => Object.hasOwn(labels, name))
    ) {
      throw new BatchFlowError(
        'BATCHFLOW_INVALID_OPTION',
        `labels of ${this.metric.name} must be ${names.join(', ') || 'none'}, got ${given.join(', ') || 'none'}`,
      )
    }
    const entries = [...names, ...extras].map((name): [string, string] => {
      if (name === 'table' && !this.#options.tableLabel) return [name, '']
      return [name, this.#guard.admit(name, labelValue(String(labels[name])))]
    })
    return Object.freeze(Object.fromEntries(entries))
  }
}
