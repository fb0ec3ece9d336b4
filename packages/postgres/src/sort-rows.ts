import type { PlannedColumn } from './planned-column.ts'

type Row = Readonly<Record<string, unknown>>

/** Rows in the order in which they lock: by key, so that two writers of the same rows never wait for each other. Each
 * wave has every key once; a later row whose key is the same only in the database ('1' and 1) is in a later wave. */
export function sortByKey(
  key: readonly PlannedColumn[],
  rows: readonly Row[],
  indices: readonly number[],
): readonly (readonly number[])[] {
  const [first] = key
  if (first === undefined || indices.length < 2) return [indices]
  if (key.length === 1 && isAscending(first.name, rows, indices)) return [indices]
  return waves(key, rows, indices)
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

interface Keyed {
  readonly index: number
  /** Its key in text form; undefined where a column of it has none: it is like no other. */
  readonly texts: readonly (string | undefined)[]
}

function waves(
  key: readonly PlannedColumn[],
  rows: readonly Row[],
  indices: readonly number[],
): readonly (readonly number[])[] {
  const compare = (one: Keyed, other: Keyed) => {
    for (const [place, { encoder }] of key.entries()) {
      const left = one.texts[place]
      const right = other.texts[place]
      if (left === undefined || right === undefined) {
        if (left !== right) return left === undefined ? -1 : 1
        continue
      }
      const order = left === right ? 0 : encoder.compare(left, right)
      if (order !== 0) return order
    }
    return 0
  }
  const keyed = indices.map((index) => ({ index, texts: key.map((column) => keyText(column, rows[index])) }))
  keyed.sort(compare)
  const result: number[][] = [[]]
  let wave = 0
  let previous: Keyed | undefined
  for (const row of keyed) {
    const isRepeated =
      previous !== undefined && !row.texts.includes(undefined) && compare(previous, row) === 0
    wave = isRepeated ? wave + 1 : 0
    ;(result[wave] ??= []).push(row.index)
    previous = row
  }
  return result
}

function keyText({ name, encoder }: PlannedColumn, row: Row | undefined): string | undefined {
  const value = row?.[name]
  if (value === undefined || value === null) return undefined
  try {
    return encoder.text(value)
  } catch {
    // The row is refused, with this error, when it is encoded.
    return undefined
  }
}
