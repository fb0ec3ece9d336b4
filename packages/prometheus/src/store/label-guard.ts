import type { Metric } from '@batchflow/pipeline-metrics'

/** The value that stands for all values beyond a cap. */
export const otherValue = '__other__'

/** Distinct values of one label that one family may have, beside those that its catalogue entry lists. A histogram of a
 * table costs some twenty series, a counter one: so tables are capped lower there. */
export function maxValuesOf(metric: Metric, label: string): number {
  // As many as there are families: the values are not made up by anybody.
  if (label === 'family') return Infinity
  return label === 'table' && metric.type === 'histogram' ? 20 : 50
}

/** Caps the values of each label of one family. A value that got in stays in: were its place given away, a series
 * would change its meaning. */
export class LabelGuard {
  readonly #metric: Metric
  readonly #seen = new Map<string, Set<string>>()

  constructor(metric: Metric) {
    this.#metric = metric
  }

  /** The value to export: `value`, or {@link otherValue} beyond the cap. */
  admit(label: string, value: string): string {
    if (value === '' || value === otherValue) return value
    if (this.#metric.labelValues?.[label]?.includes(value) === true) return value
    let seen = this.#seen.get(label)
    if (seen === undefined) this.#seen.set(label, (seen = new Set<string>()))
    if (seen.has(value)) return value
    if (seen.size >= maxValuesOf(this.#metric, label)) return otherValue
    seen.add(value)
    return value
  }
}
