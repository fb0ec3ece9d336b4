import type { LaneLimits } from './lane.ts'
import { Segment } from './segment.ts'

/** The rows of a segment, in order, in segments that are within the limits; the segment itself when it is. Sizes are not
 * kept per row: they are estimated again, and the last part has what is left of the whole. */
export function splitSegment(
  segment: Segment,
  { flushSize, flushBytes }: Pick<LaneLimits, 'flushSize' | 'flushBytes'>,
  bytesOf: (row: unknown) => number,
): readonly Segment[] {
  const { rows } = segment
  if (rows.length <= flushSize && (segment.bytes <= flushBytes || rows.length === 1)) return [segment]
  let part = new Segment()
  const parts = [part]
  let bytesLeft = segment.bytes
  for (const [index, row] of rows.entries()) {
    const bytes = Math.min(bytesLeft, bytesOf(row))
    const full = part.rows.length >= flushSize || part.bytes + bytes > flushBytes
    if (full && part.rows.length > 0) parts.push((part = new Segment()))
    part.take(segment, index)
    part.bytes += bytes
    bytesLeft -= bytes
  }
  part.bytes += bytesLeft
  const [first] = parts as [Segment]
  first.blockedMs = segment.blockedMs
  segment.handOver()
  return parts
}
