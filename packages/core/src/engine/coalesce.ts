import type { RowKey, RowSemantics } from '../driver/target.ts'

/** Rows of a segment, joined by key. */
export interface Coalesced {
  /** What goes to the driver. */
  readonly rows: readonly unknown[]
  /** For each accepted row its place in `rows`; `undefined`: none was joined and the places are the same. */
  readonly placeOf: Uint32Array | undefined
  /** For each row that goes to the driver the accepted row that counts as it: the very row, or of rows that were merged
   * into a new one the last. */
  readonly representatives: Uint32Array | undefined
}

/** What came of joining: `left` are the indices of rows that have a key of the batch and cannot be joined with its row.
 * They are not in `coalesced`, which is about the others only, in their order. */
export interface Joined {
  readonly coalesced: Coalesced
  readonly left: readonly number[]
}

/** Rows of which none stands for another. */
export function alone(rows: readonly unknown[]): Coalesced {
  return { rows, placeOf: undefined, representatives: undefined }
}

/** Joins rows with the same key, each at the place of the first of them, where the target can join rows at all. Where two
 * cannot be joined, the later one stands beside the earlier one if `repeatedKeys` allows that; else it is left, with
 * everything of its key that comes after it. */
export function coalesce(
  rows: readonly unknown[],
  semantics: RowSemantics<unknown>,
  repeatedKeys: boolean,
): Joined {
  const { key: keyOf, coalesce: join } = semantics
  if (keyOf === undefined || join === undefined) return { coalesced: alone(rows), left: [] }
  const places = new Map<RowKey, number>()
  const leftKeys = new Set<RowKey>()
  const joined: unknown[] = []
  const left: number[] = []
  const placeOf = new Uint32Array(rows.length)
  const representatives = new Uint32Array(rows.length)
  let kept = 0
  for (const [index, row] of rows.entries()) {
    const key: RowKey = keyOf(row)
    const place = key === undefined ? undefined : places.get(key)
    const merged = place === undefined || leftKeys.has(key) ? undefined : join(joined[place], row)
    if (place !== undefined && merged !== undefined) {
      if (merged !== joined[place]) representatives[place] = kept
      joined[place] = merged
      placeOf[kept++] = place
    } else if (place !== undefined && !repeatedKeys) {
      leftKeys.add(key)
      left.push(index)
    } else {
      if (key !== undefined) places.set(key, joined.length)
      representatives[joined.length] = kept
      placeOf[kept++] = joined.length
      joined.push(row)
    }
  }
  const coalesced =
    joined.length === kept
      ? alone(joined)
      : { rows: joined, placeOf: placeOf.subarray(0, kept), representatives }
  return { coalesced, left }
}
