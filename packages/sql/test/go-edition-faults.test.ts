// The faults that were found in the Go edition, each by its number, where they are a matter of tables and SQL text.
import { rowSemantics } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SqliteQueryCompiler } from 'kysely'
import {
  type InsertForm,
  insertStatement,
  maxColumnSets,
  tableOf,
  type TableDefinition,
} from '../src/index.ts'

interface Row {
  readonly id?: unknown
  readonly name?: unknown
  readonly email?: unknown
}

const columns = ['id', 'name', 'email'] as const
const plain = tableOf<Row>()('users', { columns })
const update = tableOf<Row>()('users', {
  columns,
  conflict: { strategy: 'update', columns: ['id'], update: ['name', 'email'] },
})

function textOf(table: TableDefinition, form: InsertForm = { columns, rows: 2 }): string {
  return insertStatement(new SqliteQueryCompiler(), table, form)
}

/** Every way to define the table: no conflict policy, or one with any key. */
const tables = fc
  .record({
    strategy: fc.constantFrom(undefined, 'ignore' as const, 'replace' as const, 'update' as const),
    key: fc.subarray([...columns], { minLength: 1 }),
    changed: fc.subarray([...columns], { minLength: 1 }),
  })
  .map(({ strategy, key, changed }) => {
    if (strategy === undefined) return plain
    const conflict =
      strategy === 'update' ? { strategy, columns: key, update: changed } : { strategy, columns: key }
    return tableOf<Row>()('users', { columns, conflict })
  })

test('L13 L17 a table has no key, no conflict clause and joins no rows unless it is told to', () => {
  expect(plain).not.toHaveProperty('conflict')
  expect(plain[rowSemantics]?.key).toBeUndefined()
  expect(plain[rowSemantics]?.coalesce).toBeUndefined()
  expect(textOf(plain)).not.toContain('conflict')
  expect(() => tableOf<Row>()('users', { columns, coalesce: 'last' })).toThrow(
    'coalesce must be left out without conflict, got "last"',
  )
})

test('L14 a row with NULL anywhere in its key is never the same as another', () => {
  const pair = tableOf<Row>()('users', { columns, conflict: { strategy: 'ignore', columns: ['id', 'name'] } })
  for (const [id, name] of [
    [null, 'x'],
    [1, null],
    [null, null],
    [undefined, 'x'],
  ])
    expect(pair[rowSemantics]?.key?.({ id, name })).toBeUndefined()
})

test('L15 a column that a row lacks is neither inserted nor updated', () => {
  const text = textOf(update, { columns: ['id', 'email'], rows: 1 })
  expect(text).toContain('"email"')
  expect(text).not.toContain('"name"')
})

test('L16 a later partial row joins an earlier one without wiping what only that one has', () => {
  const { snapshot, coalesce } = update[rowSemantics] ?? {}
  const joined = coalesce?.(
    snapshot?.({ id: 1, name: 'Ada' }) as Row,
    snapshot?.({ id: 1, email: 'a@b' }) as Row,
  )
  expect(joined).toEqual({ id: 1, name: 'Ada', email: 'a@b' })
})

test('L19 L20 L21 no policy makes a statement that skips bad rows or deletes good ones', () => {
  fc.assert(
    fc.property(tables, (table) => {
      expect(textOf(table)).toMatch(/^insert into "users" /)
      expect(textOf(table)).not.toMatch(/\b(or (ignore|replace)|insert ignore|replace into|delete)\b/i)
    }),
  )
})

test('D5 an integer is one key whatever its JavaScript type, and a text of its digits is another', () => {
  const key = (id: unknown) => update[rowSemantics]?.key?.({ id })
  expect(key(1n)).toBe(key(1))
  expect(key('1')).not.toBe(key(1))
  expect(key(new Date('2024-06-01T12:00:00Z'))).toBe(key(new Date('2024-06-01T14:00:00+02:00')))
  expect(key(new Uint8Array([1]))).toBe(key(Buffer.from([1])))
})

test('D6 a conflict clause always names its columns, so that no other unique index sets it off', () => {
  fc.assert(
    fc.property(tables, (table) => {
      const key = table.conflict?.columns.map((name) => `"${name}"`).join(', ')
      const [, clause] = textOf(table).split(' on conflict ')
      if (key === undefined) expect(clause).toBeUndefined()
      else expect(clause).toMatch(new RegExp(`^\\(${key}\\) do `))
    }),
  )
})

test('H7 the column sets of a table are bounded, and so are the statements made for them', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const snapshot = tableOf<Record<string, number>>()('t', { columns: names })[rowSemantics]?.snapshot
  const rows = Array.from({ length: 63 }, (_, index) =>
    Object.fromEntries(names.filter((_name, bit) => (index + 1) & (1 << bit)).map((name) => [name, 1])),
  )
  const taken = rows.filter((row) => {
    try {
      return snapshot?.(row)
    } catch {
      // Refused: its statements would be some more.
      return false
    }
  })
  expect(taken).toHaveLength(maxColumnSets)
})
