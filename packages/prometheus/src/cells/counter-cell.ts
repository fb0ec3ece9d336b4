import type { BoundCounter, Labels } from '@batchflow/pipeline-metrics'
import type { Cell } from './cell.ts'

interface Source {
  readonly read: () => number
  last: number
}

/** A counter: what was added, plus the totals of the sources that it pulls from. */
export class CounterCell implements Cell, BoundCounter {
  readonly labels: Labels
  #added = 0
  readonly #sources = new Set<Source>()

  constructor(labels: Labels) {
    this.labels = labels
  }

  get value(): number {
    let value = this.#added
    for (const source of this.#sources) value += source.last
    return value
  }

  /** Adds `n`. Values that would make a counter go down or turn it into NaN are ignored. */
  add(n: number): void {
    if (n > 0 && n < Infinity) this.#added += n
  }

  /** Adds a source. Disposal reads it once more, so that what happened since the last scrape counts, and keeps the
   * total without keeping the source. */
  pull(read: () => number, onError: () => void): Disposable {
    const source: Source = { read, last: 0 }
    this.#sources.add(source)
    return {
      [Symbol.dispose]: () => {
        if (!this.#sources.delete(source)) return
        advance(source, onError)
        this.#added += source.last
      },
    }
  }

  collect(onError: () => void): void {
    for (const source of this.#sources) advance(source, onError)
  }

  reset(): void {
    this.#added = 0
  }
}

/** A reading below the last one is taken for an error of the source: a counter that goes down looks like a restart
 * of the process, and every rate() over it would jump. */
function advance(source: Source, onError: () => void): void {
  try {
    const reading = source.read()
    if (reading >= source.last && reading < Infinity) source.last = reading
    else onError()
  } catch {
    // The page is served all the same; onError counts it.
    onError()
  }
}
