import { tableOf } from '@batchflow/sql'
import { expect, test } from '@jest/globals'
import { rowCounts, statementText } from '../src/dialect.ts'
import { checkOptions } from '../src/options.ts'
import { previewRows } from '../src/preview.ts'

const users = tableOf<{ id: number; name?: string }>()('users', {
  columns: ['id', 'name'],
  schema: 'main',
  conflict: { strategy: 'replace', columns: ['id'] },
})

test('one statement has 100 rows, fewer where the variables would not do', () => {
  expect(rowCounts(7)).toEqual([100, 10, 1])
  expect(rowCounts(327)).toEqual([100, 10, 1])
  expect(rowCounts(328)).toEqual([99, 10, 1])
  expect(rowCounts(2000)).toEqual([16, 10, 1])
  expect(rowCounts(32_766)).toEqual([1])
  for (const columns of [7, 328, 2000, 20_000])
    expect((rowCounts(columns)[0] ?? 0) * columns).toBeLessThanOrEqual(32_766)
})

test('names are quoted and the schema is a part of its own', () => {
  expect(statementText(users, { columns: ['id', 'name'], rows: 2 })).toBe(
    'insert into "main"."users" ("id", "name") values (?, ?), (?, ?) on conflict ("id") do update set "name" = "excluded"."name"',
  )
})

test('a preview has the statements in order, and one fingerprint for any number of rows', () => {
  const rows = [...Array.from({ length: 112 }, (_, id) => ({ id, name: 'x' })), { id: 200 }]
  const preview = previewRows(users, rows, true)
  expect(preview.statements.map(({ values }) => values?.length)).toEqual([200, 20, 2, 2, 1])
  expect(preview).toMatchObject({ rows: 113, values: 225, conflictColumns: ['id'] })
  expect(preview.fingerprint).toMatch(/^[0-9a-f]{16}$/)
  const fingerprint = (count: number) => previewRows(users, rows.slice(0, count), false).fingerprint
  expect(fingerprint(1)).toBe(fingerprint(112))
  expect(fingerprint(1)).not.toBe(preview.fingerprint)
})

test.each([
  [{}, "path must be a file path or ':memory:', got undefined"],
  [{ path: '' }, 'path must be a file path or \':memory:\', got ""'],
  [{ path: 'x', synchronous: 'off' }, "synchronous must be 'full' or 'normal', got \"off\""],
  [{ path: 'x', setup: 1 }, 'setup must be SQL text, got 1'],
  [{ path: 'x', ledger: true }, 'options must be only path, synchronous, setup, got "ledger"'],
])('refuses the options %j by option, rule and value', (options, message) => {
  expect(() => checkOptions(options as never)).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION', message }),
  )
})
