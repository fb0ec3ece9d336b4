import type { Exemplar } from '../cells/exemplar.ts'
import type { Distribution, FamilyReading, SeriesReading, Summary } from '../cells/reading.ts'
import { quantileOf } from '../cells/summary-cell.ts'
import { labelText } from './text-format.ts'
import { boundLabels } from './visit-samples.ts'

/** Writes the lines of one series, page after page. What they begin with is made once; and a series that has not changed
 * since the last page, as most on a large one have not, is not written again. */
export class SeriesLines {
  readonly #starts: readonly string[]
  readonly #quantiles: readonly number[]
  #lines = ''
  #value: number | undefined
  #sum = NaN
  #counts = new Float64Array()

  /** @param labels the series' own, as text without braces */
  constructor({ metric, bounds }: FamilyReading, name: string, labels: string) {
    this.#quantiles = metric.quantiles ?? []
    const boundLabel = boundLabels[metric.type] ?? ''
    const start = (suffix: string, bound?: string | number) => {
      const own = bound === undefined ? '' : `${boundLabel}="${bound}"`
      const all = [labels, own].filter((text) => text !== '').join(',')
      return all === '' ? `${name}${suffix} ` : `${name}${suffix}{${all}} `
    }
    const ends = () => [start('_sum'), start('_count')]
    if (metric.type === 'histogram')
      this.#starts = [
        ...[...(bounds?.texts ?? []), '+Inf'].map((bound) => start('_bucket', bound)),
        ...ends(),
      ]
    else if (metric.type === 'summary')
      this.#starts = [...this.#quantiles.map((quantile) => start('', quantile)), ...ends()]
    else this.#starts = [start('')]
  }

  /** The lines, each with its end; none when there is no reading. */
  of({ value, distribution, summary }: SeriesReading, withExemplars: boolean): string {
    if (distribution !== undefined) return this.#distributed(distribution, withExemplars)
    if (summary !== undefined) return this.#summed(summary)
    if (value === undefined) return ''
    if (value !== this.#value) {
      this.#value = value
      this.#lines = `${this.#starts[0]}${value}\n`
    }
    return this.#lines
  }

  #distributed({ counts, sum, exemplars = [] }: Distribution, withExemplars: boolean): string {
    if (withExemplars && exemplars.length > 0) return this.#written(counts, sum, exemplars)
    if (sum !== this.#sum || !equal(counts, this.#counts)) {
      this.#sum = sum
      this.#counts = Float64Array.from(counts)
      this.#lines = this.#written(counts, sum, [])
    }
    return this.#lines
  }

  #written(counts: ArrayLike<number>, sum: number, exemplars: readonly (Exemplar | undefined)[]): string {
    const lines: string[] = []
    const buckets = counts.length
    let cumulative = 0
    for (let i = 0; i < buckets; i++) {
      cumulative += counts[i] as number
      const exemplar = exemplars[i]
      lines.push(`${this.#starts[i]}${cumulative}${exemplar === undefined ? '' : exemplarText(exemplar)}\n`)
    }
    lines.push(`${this.#starts[buckets]}${sum}\n`, `${this.#starts[buckets + 1]}${cumulative}\n`)
    // Joined it is one piece of memory, which goes into a page faster than a string that was put together.
    return lines.join('')
  }

  #summed(summary: Summary): string {
    const { length } = this.#quantiles
    const lines = this.#quantiles.map((quantile, i) => {
      const at = quantileOf(summary, quantile)
      // An empty window has no quantiles; NaN would draw a gap too, and break sums.
      return at === undefined ? '' : `${this.#starts[i]}${at}\n`
    })
    lines.push(`${this.#starts[length]}${summary.sum}\n`, `${this.#starts[length + 1]}${summary.count}\n`)
    return lines.join('')
  }
}

function equal(counts: ArrayLike<number>, others: Float64Array): boolean {
  if (counts.length !== others.length) return false
  for (let i = 0; i < others.length; i++) if (counts[i] !== others[i]) return false
  return true
}

function exemplarText({ labels, value, timestamp }: Exemplar): string {
  return ` # {${labelText(labels)}} ${value} ${timestamp.toFixed(3)}`
}
