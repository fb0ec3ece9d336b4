import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { UsualCounts } from '../src/usual-counts.ts'

test('a number of rows is usual from the second time on that it comes twice in a row', () => {
  const counts = new UsualCounts()
  expect([500, 500, 12, 500, 12, 12, 500].map((rows) => counts.saw(rows))).toEqual([
    false,
    true,
    false,
    true,
    false,
    true,
    true,
  ])
})

test('of more than four the one that was seen least lately is dropped', () => {
  const counts = new UsualCounts()
  for (const rows of [1, 2, 3, 4, 5]) {
    counts.saw(rows)
    counts.saw(rows)
  }
  expect([1, 2, 3, 4, 5].filter((rows) => counts.has(rows))).toEqual([2, 3, 4, 5])
})

test('never more than four are usual, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 200 }), (sizes) => {
      const counts = new UsualCounts()
      for (const rows of sizes) counts.saw(rows)
      expect(
        Array.from({ length: 20 }, (_, index) => index + 1).filter((rows) => counts.has(rows)).length,
      ).toBeLessThanOrEqual(4)
    }),
  )
})
