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

test('one statement has 20 rows, fewer where the variables would not do', () => {
  expect(rowCounts(7)).toEqual([20, 5, 1])
  expect(rowCounts(1_638)).toEqual([20, 5, 1])
  expect(rowCounts(1_639)).toEqual([19, 5, 1])
  expect(rowCounts(8_000)).toEqual([4, 1])
  expect(rowCounts(32_766)).toEqual([1])
  for (const columns of [7, 1_639, 8_000, 20_000])
    expect((rowCounts(columns)[0] ?? 0) * columns).toBeLessThanOrEqual(32_766)
})

test('names are quoted and the schema is a part of its own', () => {
  expect(statementText(users, { columns: ['id', 'name'], rows: 2 })).toBe(
    'insert into "main"."users" ("id", "name") values (?, ?), (?, ?) on conflict ("id") do update set "name" = "excluded"."name"',
  )
})

test('a preview has the statements in order, and one fingerprint for any number of rows', () => {
  const rows = [...Array.from({ length: 32 }, (_, id) => ({ id, name: 'x' })), { id: 200 }]
  const preview = previewRows(users, rows, true)
  expect(preview.statements.map(({ values }) => values?.length)).toEqual([40, 10, 10, 2, 2, 1])
  expect(preview).toMatchObject({ rows: 33, values: 65, conflictColumns: ['id'] })
  expect(preview.fingerprint).toMatch(/^[0-9a-f]{16}$/)
  const fingerprint = (count: number) => previewRows(users, rows.slice(0, count), false).fingerprint
  expect(fingerprint(1)).toBe(fingerprint(32))
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
