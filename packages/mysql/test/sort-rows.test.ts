import { expect, test } from '@jest/globals'
import type { PlannedColumn } from '../src/planned-column.ts'
import { sortByKey } from '../src/sort-rows.ts'
import { type ColumnType, type Encoder, encoderOf } from '../src/types/index.ts'

function column(name: string, type: Partial<ColumnType> & { readonly name: string }): PlannedColumn {
  const rules = { timestampOffset: '' as const, nullIsNow: false, zeroIsNext: true }
  const full = { declared: type.name, notNull: true, maxCharacters: 99, ...type }
  return { name, encoder: encoderOf(full, undefined, rules) as Encoder }
}

const id = column('id', { name: 'bigint' })
const all = (rows: readonly unknown[]) => [...rows.keys()]
const sorted = (key: readonly PlannedColumn[], rows: readonly Record<string, unknown>[]) =>
  sortByKey(key, rows, all(rows))

test('rows that are in order stay as they are', () => {
  const rows = [{ id: 1 }, { id: 2 }, { id: 9 }]
  const indices = all(rows)
  expect(sortByKey([id], rows, indices)).toBe(indices)
})

test('numbers go by value, in whatever form they came', () => {
  const rows = [{ id: 10n }, { id: '9' }, { id: 2 }, { id: 2n ** 60n }, { id: -1 }]
  expect(sorted([id], rows)).toEqual([4, 2, 1, 0, 3])
})

test('rows whose keys are equal to the database keep their order', () => {
  const name = column('name', { name: 'varchar', collation: 'utf8mb4_general_ci' })
  const rows = [{ name: 'b' }, { name: 'A' }, { name: 'B ' }, { name: 'á' }, { name: 'a' }]
  expect(sorted([name], rows)).toEqual([1, 3, 4, 0, 2])
})

test('several columns go one after the other; a row without a key is like no other', () => {
  const at = column('at', { name: 'datetime', fraction: 3 })
  const rows = [
    { id: 2, at: new Date(5) },
    { id: 1, at: new Date(9) },
    { id: 2, at: '1970-01-01T00:00:00.001Z' },
    { id: null, at: new Date(1) },
    { id: 'no key', at: new Date(1) },
  ]
  expect(sorted([id, at], rows)).toEqual([3, 4, 1, 2, 0])
})
