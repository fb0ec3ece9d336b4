import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { copiesOf } from '../src/encode-copy.ts'

const plain = { watchesStatements: false }

test.each([
  [1, { count: 1, size: 1 }],
  [300, { count: 1, size: 300 }],
  [301, { count: 2, size: 151 }],
  [1_000, { count: 4, size: 250 }],
  [1_500, { count: 5, size: 300 }],
  [1_501, { count: 1, size: 1_501 }],
])('%d rows are divided among as many COPYs as pay', (rows, expected) => {
  expect(copiesOf(plain, rows)).toEqual(expected)
})

test('rows of a table that watches statements stay together', () => {
  expect(copiesOf({ watchesStatements: true }, 1_000)).toEqual({ count: 1, size: 1_000 })
})

test('no COPY is left without rows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), (rows) => {
      const { count, size } = copiesOf(plain, rows)
      expect(Math.ceil(rows / size)).toBe(count)
    }),
  )
})
