import type { Claim, KeyGuard } from './key-guard.ts'
import { Segment } from './segment.ts'

/** What is cut from a keyed lane: the rows of a batch, and those that have to wait for a later one. */
export interface Cut {
  readonly batch: Segment
  readonly rest: Segment
}

/** Sorts the rows of segments, oldest first, into a batch of at most `flushSize` rows and a rest, each in order. A segment
 * that may go as a whole is the batch itself. Else it asks for segments until the batch is at least half full: a batch
 * that keys in flight cut short should not stay small while others wait behind it. */
export function cutByKeys(
  next: () => Segment | undefined,
  options: {
    readonly guard: KeyGuard
    readonly claim: Claim
    readonly flushSize: number
    readonly bytesOf: (row: unknown) => number
  },
): Cut {
  const { guard, claim, flushSize, bytesOf } = options
  const batch = new Segment()
  const rest = new Segment()
  let bytes = 0
  while (batch.rows.length < flushSize / 2) {
    const source = next()
    if (source === undefined) break
    const { rows } = source
    const goes = (index: number) => batch.rows.length < flushSize && guard.take(rows[index], claim)
    let index = 0
    if (batch.rows.length === 0 && rest.rows.length === 0) {
      // Most segments go as they are: nothing is copied until a row has to stay.
      while (index < rows.length && index < flushSize && guard.take(rows[index], claim)) index++
      if (index === rows.length) return { batch: source, rest }
      for (let taken = 0; taken < index; taken++) batch.take(source, taken)
    }
    for (; index < rows.length; index++) (goes(index) ? batch : rest).take(source, index)
    bytes += source.bytes
    batch.blockedMs += source.blockedMs
    source.handOver()
  }
  const estimate = rest.rows.reduce((sum: number, row) => sum + bytesOf(row), 0)
  // JSON that was changed after all must not make the parts larger than the whole.
  rest.bytes = batch.rows.length === 0 ? bytes : Math.min(bytes, estimate)
  batch.bytes = bytes - rest.bytes
  return { batch, rest }
}
