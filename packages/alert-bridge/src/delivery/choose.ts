import type { Entry } from './pending.ts'

/** What leaves next. */
export type Choice =
  /** Gives the entry's messages. */
  | { readonly kind: 'single'; readonly entries: readonly [Entry] }
  /** Gives one message for all. */
  | { readonly kind: 'digest'; readonly entries: readonly Entry[] }
  /** Gives one message that only counts, since the robot refused the words of another. */
  | { readonly kind: 'counts'; readonly entries: readonly Entry[]; readonly code: string }

export interface Situation {
  /** Messages that may leave now; at least 1. */
  readonly free: number
  /** Messages that one notification may take. */
  readonly maxParts: number
  /** How many messages an entry still takes. Asked only of so few that rendering them costs little. */
  readonly partsOf: (entry: Entry) => number
}

/** Decides what leaves next of the entries, of which there is at least one: notifications one by one, worst first, while the messages that may leave are enough for all
 * of them; one digest of all when they are not. */
export function choose(entries: readonly Entry[], situation: Situation): Choice {
  const { free, maxParts, partsOf } = situation
  const refused = entries.filter(({ refusedText }) => refusedText !== undefined)
  if (refused.length > 0) return { kind: 'counts', entries: refused, code: refused[0]?.refusedText ?? '' }
  const [first] = entries
  const parts = entries.length > free ? undefined : entries.map((entry) => partsOf(entry))
  const enough =
    first !== undefined &&
    parts !== undefined &&
    parts.every((count) => count <= maxParts) &&
    parts.reduce((sum, count) => sum + count, 0) <= free
  if (enough) return { kind: 'single', entries: [mostUrgent(entries, first)] }
  return { kind: 'digest', entries }
}

/** The first entry of the worst rank, or what came before it from the same group: states of a group are told in order. */
function mostUrgent(entries: readonly Entry[], first: Entry): Entry {
  const worst = entries.reduce((best, entry) => (entry.rank < best.rank ? entry : best), first)
  return entries.find(({ notification }) => notification.groupKey === worst.notification.groupKey) ?? worst
}
