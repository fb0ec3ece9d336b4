import type { RawEntry } from './entry.ts'

/** How Redis answers a read:
 *
 * - `lost`: the lease is another one's, or nobody's
 * - `group`: the group was not there, and has been made
 * - `none`: nothing new; the last id of the stream
 * - `some`: entries; when older ones are claimed, also where to go on, which of them are in the stream no more, and pairs of id
 *   and number of deliveries */
export type Answer =
  | readonly ['lost']
  | readonly ['group']
  | readonly ['none', lastId: string]
  | readonly [
      'some',
      entries: readonly RawEntry[],
      next: string,
      deleted: readonly string[],
      pairs: readonly (string | number)[],
    ]

/** How often entries were delivered, by id. */
export function deliveriesIn(pairs: readonly (string | number)[]): ReadonlyMap<string, number> {
  const deliveries = new Map<string, number>()
  for (let at = 0; at + 1 < pairs.length; at += 2) deliveries.set(String(pairs[at]), Number(pairs[at + 1]))
  return deliveries
}
