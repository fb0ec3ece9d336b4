import type { Labels, MetricCombination } from '@batchflow/pipeline-metrics'
import type { Cell } from './cell.ts'

/** A gauge: nothing but the sources that it reads. Without a reading it has nothing to show. */
export class GaugeCell implements Cell {
  readonly labels: Labels
  readonly #combine: MetricCombination
  readonly #sources = new Set<{ readonly read: () => number | undefined }>()
  #value: number | undefined

  constructor(labels: Labels, combine: MetricCombination) {
    this.labels = labels
    this.#combine = combine
  }

  get value(): number | undefined {
    return this.#value
  }

  /** Adds a source; `undefined` is a source that has nothing to show yet. */
  pull(read: () => number | undefined): Disposable {
    const source = { read }
    this.#sources.add(source)
    return {
      [Symbol.dispose]: () => {
        this.#sources.delete(source)
        // Not before the next collection, but at once: a page may be half written.
        if (this.#sources.size === 0) this.#value = undefined
      },
    }
  }

  collect(onError: () => void): void {
    this.#value = undefined
    for (const { read } of this.#sources) {
      const reading = readOr(read, onError)
      if (reading === undefined) continue
      if (this.#value === undefined) this.#value = reading
      else this.#value = this.#combine === 'max' ? Math.max(this.#value, reading) : this.#value + reading
    }
  }

  reset(): void {}
}

function readOr(read: () => number | undefined, onError: () => void): number | undefined {
  try {
    const reading = read()
    if (reading === undefined || Number.isFinite(reading)) return reading
  } catch {
    // The page is served all the same; onError counts it.
  }
  onError()
  return undefined
}
