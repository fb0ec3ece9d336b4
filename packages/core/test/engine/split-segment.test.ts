import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Barrier, Segment } from '../../src/engine/segment.ts'
import { splitSegment } from '../../src/engine/split-segment.ts'

function segmentOf(sizes: readonly number[], dropped = 0): Segment {
  const segment = new Segment()
  for (const [index, size] of sizes.entries()) {
    if (index % 64 === 0) segment.stamps.push(index)
    segment.rows.push({ index, size })
    segment.bytes += size
  }
  for (let n = 0; n < dropped; n++) segment.dropOldest(sizeOf)
  return segment.trimmed()
}

const sizeOf = (row: unknown): number => (row as { size: number }).size
const indexesOf = ({ rows }: Segment): number[] => rows.map((row) => (row as { index: number }).index)

test('a segment is divided into parts within the limits, in order, without losing a row or a byte', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 500 }),
      fc.nat(299),
      (sizes, flushSize, flushBytes, drops) => {
        const dropped = Math.min(drops, sizes.length - 1)
        const segment = segmentOf(sizes, dropped)
        const total = segment.bytes
        expect(total).toBe(sizes.slice(dropped).reduce((sum, size) => sum + size, 0))
        const parts = splitSegment(segment, { flushSize, flushBytes }, sizeOf)
        expect(parts.flatMap(indexesOf)).toEqual([...sizes.keys()].slice(dropped))
        expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(total)
        for (const part of parts) {
          expect(part.rows.length).toBeLessThanOrEqual(flushSize)
          expect(part.bytes <= flushBytes || part.rows.length === 1).toBe(true)
          // One stamp per 64 rows, none later than its rows.
          expect(part.stamps).toHaveLength(Math.ceil(part.rows.length / 64))
          for (const [chunk, stamp] of part.stamps.entries())
            expect(stamp).toBeLessThanOrEqual(indexesOf(part)[chunk * 64] as number)
        }
      },
    ),
  )
})

test('who waits for the whole waits for every part', async () => {
  const segment = segmentOf([1, 1, 1, 1, 1])
  let counts: unknown
  const barrier = new Barrier(
    (settled) => (counts = settled),
    () => {},
  )
  segment.await(barrier)
  barrier.arm()
  const parts = splitSegment(segment, { flushSize: 2, flushBytes: 100 }, sizeOf)
  for (const { barriers, rows } of parts) {
    expect(counts).toBeUndefined()
    for (const waiting of barriers ?? []) waiting.settle(rows.length, 0)
  }
  await Promise.resolve()
  expect(counts).toEqual({ written: 5, failed: 0 })
})
