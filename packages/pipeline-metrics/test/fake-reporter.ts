import type { Labels, Metric } from '../src/metric.ts'
import type { MetricsReporter } from '../src/metrics-reporter.ts'

/** A reporter that keeps everything in maps, keyed as a page would show it: `name{label="value"}`. */
export class FakeReporter implements MetricsReporter {
  readonly counters = new Map<string, number>()
  readonly histograms = new Map<string, [value: number, count: number][]>()
  readonly readings = new Map<string, () => number>()
  readonly exemplars: [name: string, exemplar: Labels][] = []
  bindings = 0
  readonly #extraLabels: readonly string[]

  constructor(extraLabels: readonly string[] = []) {
    this.#extraLabels = extraLabels
  }

  counter(metric: Metric, labels: Labels) {
    const key = this.#bind(metric, labels)
    this.counters.set(key, this.counters.get(key) ?? 0)
    return { add: (n: number) => void this.counters.set(key, (this.counters.get(key) ?? 0) + n) }
  }

  histogram(metric: Metric, labels: Labels) {
    const key = this.#bind(metric, labels)
    const records = this.histograms.get(key) ?? []
    this.histograms.set(key, records)
    return {
      record: (value: number, count = 1, exemplar?: Labels) => {
        records.push([value, count])
        if (exemplar !== undefined) this.exemplars.push([metric.name, exemplar])
      },
    }
  }

  gauge(metric: Metric, labels: Labels, read: () => number) {
    const key = this.#bind(metric, labels)
    this.readings.set(key, read)
    return {
      [Symbol.dispose]: () => {
        if (metric.type === 'counter') this.counters.set(key, (this.counters.get(key) ?? 0) + read())
        this.readings.delete(key)
      },
    }
  }

  /** The value of a counter, or of what is read. */
  value(key: string): number | undefined {
    return this.readings.get(key)?.() ?? this.counters.get(key)
  }

  get keys(): string[] {
    return [...this.counters.keys(), ...this.histograms.keys(), ...this.readings.keys()]
  }

  #bind(metric: Metric, labels: Labels): string {
    this.bindings++
    const own = metric.labels.filter((label) => metric.labelAliases?.[label] === undefined)
    const names = [...own, ...this.#extraLabels.filter((name) => name in labels)]
    if (names.length !== Object.keys(labels).length || !names.every((name) => name in labels)) {
      throw new Error(`${metric.name} is labelled ${names.join()}, not ${Object.keys(labels).join()}`)
    }
    const shown = names.filter((name) => labels[name] !== '')
    const text = shown.map((name) => `${name}="${labels[name]}"`).join(',')
    return text === '' ? metric.name : `${metric.name}{${text}}`
  }
}
