import type { RowKey, RowSemantics } from '../driver/target.ts'
import { KeyTable, type KeyOwner } from './key-table.ts'

/** A batch's claim on its keys, held from its cut until its writes are over. */
export class Claim implements KeyOwner {
  done = false
  rows: readonly unknown[] = []
  /** Some of its keys may stand in it more than once. Known to be false only where the table was asked. */
  mayRepeat = true
}

/** Keeps rows of one key in order: while a batch with a key is being written, retries and back-off included, another row
 * with that key waits for a later batch. Rows with other keys go on.
 *
 * One batch at a time needs no table. It is made, with the keys of the batch that is out, when a second one is cut beside
 * it, or at the first cut where repeated keys may not stand in one batch. */
export class KeyGuard {
  readonly #keyOf: (row: unknown) => RowKey
  /** Repeated keys stay in one batch, because they are joined or the driver takes them in order. */
  readonly #repeatsStay: boolean
  readonly #tableRows: () => number
  readonly #claims = new Set<Claim>()
  #table: KeyTable | undefined

  /** `undefined` for targets without a key. */
  static of(
    semantics: RowSemantics<unknown>,
    options: { readonly repeatedKeys: boolean; readonly tableRows: () => number },
  ): KeyGuard | undefined {
    const { key, coalesce } = semantics
    if (key === undefined) return undefined
    return new KeyGuard(key, options.repeatedKeys || coalesce !== undefined, options.tableRows)
  }

  private constructor(keyOf: (row: unknown) => RowKey, repeatsStay: boolean, tableRows: () => number) {
    this.#keyOf = keyOf
    this.#repeatsStay = repeatsStay
    this.#tableRows = tableRows
  }

  /** Starts a batch. */
  claim(): Claim {
    if (this.#table === undefined && (this.#claims.size > 0 || !this.#repeatsStay)) {
      this.#table = new KeyTable(this.#tableRows())
      for (const claim of this.#claims) for (const row of claim.rows) this.take(row, claim)
    }
    const claim = new Claim()
    claim.mayRepeat = this.#table === undefined
    this.#claims.add(claim)
    return claim
  }

  /** The row may go with the batch. */
  take(row: unknown, claim: Claim): boolean {
    if (this.#table === undefined) return true
    const key = this.#keyOf(row)
    if (key === undefined) return true
    const answer = this.#table.claim(key, claim)
    if (answer !== 'mine') return answer === 'free'
    if (this.#repeatsStay) claim.mayRepeat = true
    return this.#repeatsStay
  }

  /** The batch's writes are over. */
  release(claim: Claim): void {
    claim.done = true
    claim.rows = []
    this.#claims.delete(claim)
  }
}
