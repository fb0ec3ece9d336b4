import { expect, test } from '@jest/globals'
import { array, assert, integer, property, tuple, uniqueArray } from 'fast-check'
import { boundsOf } from '../../src/cells/bounds.ts'
import { HistogramCell } from '../../src/cells/histogram-cell.ts'

test('every value is counted in the first bucket whose bound is not below it', () => {
  const bounds = uniqueArray(integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 25 })
  const values = array(tuple(integer({ min: -60, max: 60 }), integer({ min: 1, max: 64 })))
  assert(
    property(bounds, values, (unsorted, records) => {
      const sorted = unsorted.toSorted((a, b) => a - b)
      const cell = new HistogramCell({}, boundsOf(sorted))
      for (const [value, count] of records) cell.record(value, count)
      const expected = [...sorted, Infinity].map((bound, i) => {
        const below = sorted[i - 1] ?? -Infinity
        return records.reduce(
          (sum, [value, count]) => (value > below && value <= bound ? sum + count : sum),
          0,
        )
      })
      expect([...cell.counts]).toEqual(expected)
      expect(cell.sum).toBe(records.reduce((sum, [value, count]) => sum + value * count, 0))
    }),
  )
})

test('a bucket keeps the last exemplar that can be written', () => {
  const cell = new HistogramCell({}, boundsOf([1, 10]))
  cell.record(5, 1, { trace_id: 'a' })
  cell.record(6, 3, { trace_id: 'b' })
  cell.record(7, 1, { trace_id: 'x'.repeat(200) })
  cell.record(8, 1, { 'trace-id': 'c' })
  cell.record(9)
  expect(cell.exemplars[0]).toBeUndefined()
  expect(cell.exemplars[1]).toMatchObject({ labels: { trace_id: 'b' }, value: 6 })
  expect(cell.exemplars[1]?.timestamp).toBeGreaterThan(1.7e9)
})
