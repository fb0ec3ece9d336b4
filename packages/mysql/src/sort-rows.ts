import type { PlannedColumn } from './planned-column.ts'

type Row = Readonly<Record<string, unknown>>

/** Rows in the order in which they lock: by key, so that two writers of the same rows never wait for each other. Rows whose
 * keys are equal keep their order, for the server applies them one after the other. */
export function sortByKey(
  key: readonly PlannedColumn[],
  rows: readonly Row[],
  indices: readonly number[],
): readonly number[] {
  const [first] = key
  if (first === undefined || indices.length < 2) return indices
  if (key.length === 1 && isAscending(first.name, rows, indices)) return indices
  const keyed = indices.map((index) => ({
    index,
    orders: key.map((column) => orderOf(column, rows[index])),
  }))
  keyed.sort((one, other) => compareOrders(one.orders, other.orders))
  return keyed.map(({ index }) => index)
}

/** The common case, at a comparison per row: numbers that rise. */
function isAscending(name: string, rows: readonly Row[], indices: readonly number[]): boolean {
  let last = Number.NEGATIVE_INFINITY
  for (const index of indices) {
    const value = rows[index]?.[name]
    if (typeof value !== 'number' || !(value > last)) return false
    last = value
  }
  return true
}

/** undefined: the row has no key there, and is like no other. */
type Order = number | bigint | string | undefined

function orderOf({ name, encoder }: PlannedColumn, row: Row | undefined): Order {
  const value = row?.[name]
  if (value === undefined || value === null) return undefined
  try {
    return encoder.orderOf(encoder.encode(value))
  } catch {
    // The row is refused, with this error, when it is encoded.
    return undefined
  }
}

function compareOrders(one: readonly Order[], other: readonly Order[]): number {
  for (const [place, left] of one.entries()) {
    const right = other[place]
    if (left === right) continue
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1
    return left < right ? -1 : 1
  }
  return 0
}
