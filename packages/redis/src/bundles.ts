import type { RowKey } from '@batchflow/core'
import type { Rows } from './rows.ts'

/** Places of rows that are carried out together or not at all: those of one key, or one on its own. */
export type Bundle = number | readonly number[]

/** Puts rows with one key together, in their order: Redis may refuse a command (no memory) and take the next one, and
 * the refused one would be tried again after it. */
export function bundlesOf({ keys, slots }: Rows, places: readonly number[]): readonly Bundle[] {
  if (keys === undefined) return places
  const bundles = new Map<RowKey | symbol, number | number[]>()
  for (const place of places) {
    const key = keys[place]
    const name = key === undefined ? Symbol() : nameOf(key, slots?.[place])
    const earlier = bundles.get(name)
    if (earlier === undefined) bundles.set(name, place)
    else if (typeof earlier === 'number') bundles.set(name, [earlier, place])
    else earlier.push(place)
  }
  return bundles.size === places.length ? places : [...bundles.values()]
}

/** No transaction reaches over two slots, so a key counts per slot. */
function nameOf(key: RowKey, slot: number | undefined): RowKey {
  return slot === undefined ? key : `${slot} ${typeof key} ${key}`
}

/** How many commands the rows of a bundle have. */
export function commandsIn(bundle: Bundle, { commands }: Rows): number {
  if (typeof bundle === 'number') return commands[bundle]?.length ?? 0
  let sum = 0
  for (const place of bundle) sum += commands[place]?.length ?? 0
  return sum
}
