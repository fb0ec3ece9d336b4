import { expect, test } from '@jest/globals'
import { fitted } from '../src/progress.ts'

const fields = ['[####----]', '1,000 rows', '270,000 rows/s', 'queue 500', 'dead letters 0']

test('a line that fits is shown whole', () => {
  expect(fitted(fields, 80)).toBe('[####----]  1,000 rows  270,000 rows/s  queue 500  dead letters 0')
})

test('on a narrow terminal the bar goes first, then whole fields: a number is never cut', () => {
  expect(fitted(fields, 60)).toBe('1,000 rows  270,000 rows/s  queue 500  dead letters 0')
  expect(fitted(fields, 40)).toBe('1,000 rows  270,000 rows/s  queue 500')
  expect(fitted(fields, 20)).toBe('1,000 rows')
  expect(fitted(fields, 5)).toBe('')
})
