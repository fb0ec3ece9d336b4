/** How many batches may be written at once: as many as the options say, fewer while the database is overloaded. Additive
 * increase, multiplicative decrease, as TCP does it: an overload halves the number, and every round of as many attempts that
 * went well adds one.
 * Source: https://www.rfc-editor.org/rfc/rfc5681#section-3.1 */
export class Throttle {
  #limit: number
  #allowed: number
  /** When it was last lowered: what was begun before that knew nothing of it. */
  #loweredAt: number = Number.NEGATIVE_INFINITY
  #wentWell = 0

  constructor(limit: number) {
    this.#limit = limit
    this.#allowed = limit
  }

  /** Batches that may be written now. */
  get allowed(): number {
    return this.#allowed
  }

  get limit(): number {
    return this.#limit
  }

  /** Another limit holds; one that is throttled goes on from where it is. */
  set limit(limit: number) {
    this.#allowed = this.#allowed === this.#limit ? limit : Math.min(limit, this.#allowed)
    this.#limit = limit
  }

  /** The database said that it has too much to do. Answers whether that lowered the number: of batches that were begun
   * together only the first does. */
  overloaded(begunAt: number, now: number): boolean {
    this.#wentWell = 0
    if (begunAt <= this.#loweredAt || this.#allowed === 1) return false
    this.#loweredAt = now
    this.#allowed = Math.max(1, Math.floor(this.#allowed / 2))
    return true
  }

  /** An attempt went well. Answers whether that raised the number. */
  wentWell(): boolean {
    if (this.#allowed === this.#limit || ++this.#wentWell < this.#allowed) return false
    this.#wentWell = 0
    this.#allowed++
    return true
  }
}
