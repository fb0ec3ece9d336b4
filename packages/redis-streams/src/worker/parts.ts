import type { RowSemantics } from '@batchflow/core'
import type { Row } from '../entry/row.ts'
import type { Span, StreamRow } from './position.ts'

/** Rows that follow each other and can be written by one call of the driver. */
export interface Part {
  readonly members: readonly StreamRow[]
  /** Joined where keys are equal. */
  readonly rows: readonly Row[]
  /** By member: which of `rows` stands for it. */
  readonly places: readonly number[]
  readonly again: boolean
}

/** What decides on where a part ends. */
export interface PartRules {
  /** Of the table. */
  readonly semantics: Pick<RowSemantics<Row>, 'key' | 'coalesce' | 'bytesOf'>
  /** The driver takes rows with one key in one batch. */
  readonly repeatedKeys: boolean
  readonly maxRows: number
  readonly maxBytes: number
}

/** Divides rows into parts, without changing their order: a ledger knows one position, and everything before it is written.
 * A row with a key that the part has already is joined, or begins the next part. */
export function partsOf(rows: readonly StreamRow[], rules: PartRules): readonly Part[] {
  const parts: Part[] = []
  let part: GrowingPart | undefined
  for (const row of rows) {
    if (part !== undefined && row.again === part.again && part.take(row)) continue
    part = new GrowingPart(row, rules)
    parts.push(part)
  }
  return parts
}

export function spanOfPart({ members }: Part): Span {
  const [first, last] = [members[0] as StreamRow, members.at(-1) as StreamRow]
  return { first: first.place, last: last.place, rows: members.length }
}

/** The halves of a part. */
export function halvesOf({ members }: Part, rules: PartRules): readonly Part[] {
  const middle = Math.ceil(members.length / 2)
  return [members.slice(0, middle), members.slice(middle)].flatMap((half) => partsOf(half, rules))
}

class GrowingPart implements Part {
  readonly members: StreamRow[] = []
  readonly rows: Row[] = []
  readonly places: number[] = []
  readonly again: boolean
  readonly #rules: PartRules
  readonly #byKey = new Map<unknown, number>()
  #bytes = 0

  constructor(first: StreamRow, rules: PartRules) {
    this.again = first.again
    this.#rules = rules
    this.#add(first, this.#keyOf(first))
  }

  /** false: it has to begin another part. */
  take(row: StreamRow): boolean {
    const key = this.#keyOf(row)
    const place = key === undefined ? undefined : this.#byKey.get(key)
    if (place !== undefined) return this.#join(row, place)
    const { maxRows, maxBytes, semantics } = this.#rules
    if (this.rows.length >= maxRows) return false
    if (maxBytes < Number.POSITIVE_INFINITY && this.#bytes + semantics.bytesOf(row.row) > maxBytes)
      return false
    this.#add(row, key)
    return true
  }

  #join(row: StreamRow, place: number): boolean {
    const joined = this.#rules.semantics.coalesce?.(this.rows[place] as Row, row.row)
    if (joined === undefined) return false
    this.rows[place] = joined
    this.members.push(row)
    this.places.push(place)
    return true
  }

  #add(row: StreamRow, key: unknown): void {
    if (key !== undefined) this.#byKey.set(key, this.rows.length)
    if (this.#rules.maxBytes < Number.POSITIVE_INFINITY) this.#bytes += this.#rules.semantics.bytesOf(row.row)
    this.members.push(row)
    this.places.push(this.rows.length)
    this.rows.push(row.row)
  }

  #keyOf({ row }: StreamRow): unknown {
    return this.#rules.repeatedKeys ? undefined : this.#rules.semantics.key?.(row)
  }
}
