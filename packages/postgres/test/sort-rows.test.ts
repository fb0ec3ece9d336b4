import { expect, test } from '@jest/globals'
import { sortByKey } from '../src/sort-rows.ts'
import { encoderOf } from '../src/types/index.ts'

const int = { name: 'id', declaredType: 20, encoder: encoderOf({ oid: 20, name: 'bigint', kind: 'b' }) }
const text = { name: 'name', declaredType: 25, encoder: encoderOf({ oid: 25, name: 'text', kind: 'b' }) }

function sorted(key: Parameters<typeof sortByKey>[0], rows: readonly Record<string, unknown>[]) {
  return sortByKey(key, rows, [...rows.keys()])
}

test('rows that rise already stay as they are', () => {
  expect(sorted([int], [{ id: 1 }, { id: 2 }, { id: 10 }])).toEqual([[0, 1, 2]])
})

test('numbers are ordered by value, whatever they are written as', () => {
  expect(sorted([int], [{ id: '10' }, { id: 9n }, { id: 2 }])).toEqual([[2, 1, 0]])
})

test('a key that is the same only in the database goes into a later wave, in order', () => {
  expect(sorted([int], [{ id: 2 }, { id: '1' }, { id: 1n }, { id: 1 }])).toEqual([[1, 0], [2], [3]])
})

test('keys of several columns are ordered column by column, and NULL is like no other', () => {
  const rows = [
    { id: 1, name: 'b' },
    { id: 1, name: null },
    { id: 1, name: null },
    { id: 1, name: 'a' },
    { id: 0, name: 'z' },
  ]
  expect(sorted([int, text], rows)).toEqual([[4, 1, 2, 3, 0]])
})

test('without a conflict key rows keep their order', () => {
  expect(sorted([], [{ id: 2 }, { id: 1 }])).toEqual([[0, 1]])
})
