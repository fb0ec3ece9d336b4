import type { Labels, Metric } from '@batchflow/pipeline-metrics'
import { canonicalLabels } from '../page/profile.ts'

/** Which label of the source a label of the view takes its value from, where the names differ. */
export type Renames = Readonly<Record<string, string>>

/** Turns labels of one family into those of another: labels that the other lacks fall away, labels of the user's own are
 * carried along. Equal results are one object, always the same one, so that series meet on it and texts can be kept. */
export class Relabel {
  readonly #names: readonly string[]
  readonly #renames: Renames
  readonly #made = new Map<string, Labels>()
  readonly #known = new WeakMap<Labels, Labels>()

  constructor(to: Metric, renames: Renames) {
    this.#names = canonicalLabels(to)
    this.#renames = renames
  }

  /** @param own names of the labels that belong to the source; others are the user's */
  of(labels: Labels, own: readonly string[]): Labels {
    const known = this.#known.get(labels)
    if (known !== undefined) return known
    const entries = this.#names.map((name): [string, string] => [
      name,
      labels[this.#renames[name] ?? name] ?? '',
    ])
    for (const entry of Object.entries(labels)) if (!own.includes(entry[0])) entries.push(entry)
    const made: Labels = Object.freeze(Object.fromEntries(entries))
    const key = labelsKey(made)
    const equal = this.#made.get(key)
    if (equal === undefined) this.#made.set(key, made)
    this.#known.set(labels, equal ?? made)
    return equal ?? made
  }
}

/** Equal for equal labels of one family. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels))
}
