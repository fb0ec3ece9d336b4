import type { RowKey } from '@batchflow/core'

/** The order in which rows are to be written so that two writers lock the same rows in the same order, and neither waits
 * for the other: ascending by key, numbers before texts, rows without a key at the end; equal keys keep their order. Any
 * order would do that is the same for all; that of the database's index it need not be.
 *
 * Answers 0-based indices into `keys`, or `undefined` when they are in order.
 *
 * @example
 * ```ts
 * const order = keyOrder(rows.map(keyOf))
 * const sorted = order === undefined ? rows : order.map((index) => rows[index])
 * ``` */
export function keyOrder(keys: readonly RowKey[]): readonly number[] | undefined {
  if (isInOrder(keys)) return undefined
  return Array.from(keys.keys()).sort((one, other) => compareKeys(keys[one], keys[other]))
}

function isInOrder(keys: readonly RowKey[]): boolean {
  for (let index = 1; index < keys.length; index++)
    if (compareKeys(keys[index - 1], keys[index]) > 0) return false
  return true
}

function compareKeys(one: RowKey, other: RowKey): number {
  // JavaScript compares numbers with bigints exactly, and texts by code unit; between the two it would guess.
  const difference = rankOf(one) - rankOf(other)
  if (difference !== 0 || one === undefined || other === undefined) return difference
  return one < other ? -1 : one > other ? 1 : 0
}

function rankOf(key: RowKey): number {
  if (key === undefined) return 2
  return typeof key === 'string' ? 1 : 0
}
