/** The numbers of rows that batches of one table usually have: those of full batches. Only statements for these are worth
 * preparing; a statement for each number that ever comes up would fill the server's memory.
 *
 * A number is usual from the second time on that it comes twice in a row, which batches of accidental sizes hardly do. Of
 * more than four the one that was seen least lately is dropped. */
export class UsualCounts {
  readonly #usual = new Set<number>()
  #last = 0

  /** Takes note of a batch, and says whether its number of rows is usual. */
  saw(rows: number): boolean {
    const isUsual = this.#usual.delete(rows) || rows === this.#last
    this.#last = rows
    if (!isUsual) return false
    this.#usual.add(rows)
    const [oldest] = this.#usual
    if (this.#usual.size > maxUsual && oldest !== undefined) this.#usual.delete(oldest)
    return true
  }

  has(rows: number): boolean {
    return this.#usual.has(rows)
  }
}

const maxUsual = 4
