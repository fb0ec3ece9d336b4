import type { Failure } from '../driver/failure.ts'
import type { Casualty } from './dead-letters.ts'
import type { Part } from './parts.ts'

/** What goes wrong with one batch: the parts that are given up, those of which nobody knows whether they were written, and
 * what the search for bad rows has cost. */
export class Losses {
  readonly #maxSearchWrites: number
  readonly #casualties: Casualty[] = []
  /** Parts of which an attempt ended without a definite answer: what of them is not settled may be in the database. */
  readonly #doubts: Part[] = []
  #searching: { readonly cause: unknown } | undefined
  #searchWrites = 0

  /** @param maxSearchWrites Writes that may be spent on finding the bad rows. */
  constructor(maxSearchWrites: number) {
    this.#maxSearchWrites = maxSearchWrites
  }

  get casualties(): readonly Casualty[] {
    return this.#casualties
  }

  /** An attempt at these rows may have written them. */
  doubt(part: Part): void {
    this.#doubts.push(part)
  }

  /** Whether the row at a place may be in the database; `out` is the part that the driver has now. */
  doubtAbout(out: Part | undefined): (place: number) => boolean {
    const doubts = out === undefined ? this.#doubts : [...this.#doubts, out]
    if (doubts.some(({ places }) => places === undefined)) return () => true
    const doubtful = new Set(doubts.flatMap(({ places }) => places ?? []))
    return (place) => doubtful.has(place)
  }

  /** Gives rows up. Where an earlier attempt may have written them, the letter says so, whatever the last one said. */
  lose(casualty: Casualty): void {
    const { places } = casualty.part
    const isDoubtful = this.doubtAbout(undefined)
    const doubted = places === undefined ? this.#doubts.length > 0 : places.some(isDoubtful)
    const failure: Failure = doubted ? { ...casualty.failure, kind: 'ambiguous' } : casualty.failure
    this.#casualties.push({ ...casualty, failure })
  }

  /** From here on, writes are spent on finding the rows that cause this. */
  search(cause: unknown): void {
    this.#searching = { cause }
  }

  /** Counts the writes of a search; when the allowance is used up, the part is given up unwritten. */
  maySpendOn(part: Part, attempts: number): boolean {
    if (this.#searching === undefined || this.#searchWrites++ < this.#maxSearchWrites) return true
    const failure: Failure = { kind: 'poison', reason: 'non_retryable' }
    this.lose({ part, failure, cause: this.#searching.cause, attempts, isolated: false })
    return false
  }
}
