import type { Labels, Metric } from '@batchflow/pipeline-metrics'
import { canonicalLabels, exportedLabels, type Profile } from './profile.ts'
import type { SeriesLines } from './series-lines.ts'
import { labelText } from './text-format.ts'

/** The labels that a family's series have on pages of one profile: aliases and constant labels come in, empty values,
 * which stand for no label, go out. */
export class ExportedLabels {
  readonly #pairs: readonly (readonly [string, string])[]
  readonly #own: ReadonlySet<string>
  readonly #constant: Labels
  readonly #lines = new WeakMap<Labels, SeriesLines>()

  constructor(metric: Metric, profile: Profile, constantLabels: Labels) {
    this.#pairs = exportedLabels(metric, profile)
    this.#own = new Set(canonicalLabels(metric))
    this.#constant = constantLabels
  }

  of(labels: Labels): Labels {
    const own = this.#pairs.map(([name, source]): [string, string] => [name, labels[source] ?? ''])
    const extra = Object.entries(labels).filter(([name]) => !this.#own.has(name))
    const entries = [...own, ...extra, ...Object.entries(this.#constant)]
    return Object.fromEntries(entries.filter(([, value]) => value !== ''))
  }

  /** What writes the lines of the series with these labels, which stand there as text (`a="1",b="2"`). Made once. */
  linesFor(labels: Labels, make: (text: string) => SeriesLines): SeriesLines {
    let lines = this.#lines.get(labels)
    if (lines === undefined) {
      lines = make(labelText(this.of(labels)))
      this.#lines.set(labels, lines)
    }
    return lines
  }
}
