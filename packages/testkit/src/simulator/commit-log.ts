import type { ModelLane } from './model-lane.ts'
import type { ModelRow } from './model-row.ts'

/** Rows that reached the database together, and the attempt that brought them. */
export interface Commit {
  readonly target: string
  readonly rows: readonly ModelRow[]
  readonly batch: string
  readonly attempt: number
  /** Nobody listened any more: the attempt had been given up. */
  readonly late: boolean
}

/** Hears of a broken claim. */
export type OnBroken = (claim: string, detail: string) => void

interface Table {
  /** Copies of each row, by its number. */
  readonly copies: Map<number, number>
  /** Numbers of all rows that the committed ones hold. */
  readonly held: Set<number>
  /** By key, the lowest and the highest row committed, and the last one that came in time. */
  readonly ofKey: Map<number, { min: number; max: number; last: number; batch: string }>
}

/** What is in the database of a simulation: what was committed, in order. */
export class CommitLog {
  readonly commits: Commit[] = []
  readonly #tables = new Map<string, Table>()
  /** Rows with an attempt whose outcome nobody knew. */
  readonly #doubted = new Set<number>()
  readonly #onBroken: OnBroken

  constructor(onBroken: OnBroken) {
    this.#onBroken = onBroken
  }

  /** Different rows that were committed. */
  get rows(): number {
    let rows = 0
    for (const { copies } of this.#tables.values()) rows += copies.size
    return rows
  }

  doubt(rows: readonly ModelRow[]): void {
    for (const { id } of rows) this.#doubted.add(id)
  }

  add(commit: Commit): void {
    const { target, rows, late } = commit
    const batch = wholeOf(commit.batch)
    this.commits.push(commit)
    const table = this.#table(target)
    /** By key, its last row in this commit. */
    const lasts = new Map<number, number>()
    for (const { id, ids, key } of rows) {
      const copies = (table.copies.get(id) ?? 0) + 1
      table.copies.set(id, copies)
      for (const held of ids) table.held.add(held)
      if (copies > 1 && !this.#doubted.has(id))
        this.#onBroken('a row is written once where no answer was lost', `row ${id} of ${target}`)
      if (key === null) continue
      if (id < (lasts.get(key) ?? -1)) this.#outOfOrder(target, id)
      lasts.set(key, id)
    }
    for (const [key, id] of lasts) {
      const known = table.ofKey.get(key) ?? { min: id, max: id, last: -1, batch }
      table.ofKey.set(key, known)
      known.min = Math.min(known.min, id)
      known.max = Math.max(known.max, id)
      if (late) continue
      if (id < known.last) {
        // After a lost answer a batch comes again, perhaps in halves: older rows of it, and then the last one.
        const again = known.batch === batch && this.#doubted.has(id)
        if (!again) this.#outOfOrder(target, id)
      } else Object.assign(known, { last: id, batch })
    }
  }

  #outOfOrder(target: string, id: number): void {
    this.#onBroken(
      'rows with one key are written in the order of submission',
      `row ${id} of ${target} is late`,
    )
  }

  /** This very row was committed. */
  has(target: string, id: number): boolean {
    return this.#tables.get(target)?.copies.has(id) ?? false
  }

  /** The row was committed, on its own or within a merged one. */
  holds(target: string, id: number): boolean {
    return this.#tables.get(target)?.held.has(id) ?? false
  }

  /** The row was committed, or another one with its key that may stand for it. */
  covers(lane: ModelLane, row: ModelRow): boolean {
    const { name } = lane.target
    if (this.holds(name, row.id)) return true
    if (!lane.joins || row.key === null) return false
    const known = this.#tables.get(name)?.ofKey.get(row.key)
    if (known === undefined) return false
    if (lane.kind === 'first') return known.min < row.id
    return lane.kind !== 'merge' && known.max > row.id
  }

  #table(target: string): Table {
    let table = this.#tables.get(target)
    if (table === undefined) {
      table = { copies: new Map(), held: new Set(), ofKey: new Map() }
      this.#tables.set(target, table)
    }
    return table
  }
}

/** Parts of a batch have its id, and a suffix for each division. */
function wholeOf(batch: string): string {
  return batch.split('.', 1)[0] as string
}
