import { expect, test } from '@jest/globals'
import { array, assert, double, property } from 'fast-check'
import { quantileOf, SummaryCell } from '../../src/cells/summary-cell.ts'

function cellAt(start = 0) {
  const clock = { now: start }
  const cell = new SummaryCell({}, () => clock.now)
  const at = (quantile: number) => quantileOf(cell.summary, quantile)
  return { clock, cell, at }
}

test('a quantile is at most a fifth above the true one, and never below its bucket', () => {
  const values = array(double({ min: 2e-5, max: 600, noNaN: true }), { minLength: 1, maxLength: 200 })
  assert(
    property(values, double({ min: 0.01, max: 1, noNaN: true }), (observed, quantile) => {
      const { cell, at } = cellAt()
      for (const value of observed) cell.record(value)
      const sorted = observed.toSorted((a, b) => a - b)
      const exact = sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] as number
      expect(at(quantile)).toBeLessThanOrEqual(exact * 1.2)
      expect(at(quantile)).toBeGreaterThanOrEqual(exact / 1.2)
    }),
  )
})

test('what is older than ten minutes is forgotten, in steps of two minutes', () => {
  const { clock, cell, at } = cellAt(5_000)
  cell.record(1, 100)
  clock.now += 300_000
  cell.collect()
  cell.record(8, 100)
  expect(at(0.25)).toBeCloseTo(1, 0)
  clock.now += 300_000
  cell.collect()
  expect(at(0.25)).toBeGreaterThan(6)
  clock.now += 300_000
  cell.collect()
  expect(at(0.25)).toBeUndefined()
})

test('a long pause empties the window at once', () => {
  const { clock, cell, at } = cellAt()
  cell.record(1)
  clock.now += 86_400_000
  cell.collect()
  expect(at(0.5)).toBeUndefined()
  cell.record(2)
  expect(at(0.5)).toBeCloseTo(2, 0)
})

test('count and sum are of everything that was ever recorded', () => {
  const { clock, cell } = cellAt()
  cell.record(1, 3)
  clock.now += 900_000
  cell.collect()
  cell.record(2)
  for (const value of [NaN, Infinity]) cell.record(value)
  expect(cell.summary).toMatchObject({ count: 4, sum: 5 })
  cell.reset()
  expect(cell.summary).toMatchObject({ count: 0, sum: 0 })
})

test('values beyond all buckets are told as the last bound', () => {
  const { cell, at } = cellAt()
  cell.record(1e6)
  expect(at(0.5)).toBeGreaterThan(600)
})
