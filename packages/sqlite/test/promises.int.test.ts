// What is promised of SQL, each promise by its number and its words, on a real database.
import { tableOf, type SqlTable } from '@batchflow/sqlite'
import { expect, test } from '@jest/globals'
import { encodeRows } from '../src/encode-rows.ts'
import { planTable } from '../src/table-plan.ts'
import { openFlow, reasonsOf } from './open-flow.ts'

interface Row {
  readonly id: number
  readonly a?: string | null | undefined
  readonly b?: string | null | undefined
}

const columns = ['id', 'a', 'b'] as const
const setup = "create table t (id integer primary key, a text default 'da', b text default 'db')"
const plain = tableOf<Row>()('t', { columns })

function makeRows(count: number, from = 0): Row[] {
  return Array.from({ length: count }, (_, index) => ({ id: from + index, a: 'x', b: 'y' }))
}

test('11. a missing column is DEFAULT where the database has one, never a silent NULL', async () => {
  await using open = await openFlow({ setup })
  await open.write(plain, [{ id: 1 }, { id: 2, a: undefined, b: null }, { id: 3, a: 'x', b: 'y' }])
  expect(await open.driver.query('select * from t order by id')).toEqual([
    { id: 1, a: 'da', b: 'db' },
    { id: 2, a: 'da', b: null },
    { id: 3, a: 'x', b: 'y' },
  ])
})

test("11. missing 'null' writes NULL, and 'error' refuses the row", async () => {
  await using nulls = await openFlow({ setup })
  await nulls.write(tableOf<Row>()('t', { columns, missing: 'null' }), [{ id: 1, a: 'x' }])
  expect(await nulls.driver.query('select * from t')).toEqual([{ id: 1, a: 'x', b: null }])
  await using strict = await openFlow({ setup })
  const table = tableOf<Row>()('t', { columns, missing: 'error' })
  await expect(strict.flow.submit(table, { id: 1, a: 'x' })).rejects.toMatchObject({
    code: 'BATCHFLOW_INVALID_ROW',
    message: 't.b must be given, got undefined',
  })
})

test('11. the declared columns are copied at submit (the time of a Date too)', async () => {
  await using open = await openFlow({ setup: 'create table t (id integer primary key, at text)' })
  const table = tableOf<{ id: number; at: Date }>()('t', { columns: ['id', 'at'] })
  const row = { id: 1, at: new Date('2024-06-01T12:00:00Z') }
  await open.flow.submit(table, row)
  row.at.setUTCFullYear(1999)
  row.id = 2
  await open.flow.flush()
  expect(await open.driver.query('select * from t')).toEqual([{ id: 1, at: '2024-06-01T12:00:00.000Z' }])
})

test('12. identifiers are quoted by dialect', async () => {
  const name = 'select "x"; drop table t; --.y'
  const column = `a.b"c'd\`e [f]`
  const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`
  await using open = await openFlow({
    setup: `${setup}; create table ${quoted(name)} ("order" integer primary key, ${quoted(column)} text)`,
  })
  const table = tableOf<Record<string, unknown>>()(name, {
    columns: ['order', column],
    schema: 'main',
    conflict: { strategy: 'update', columns: ['order'], update: { [column]: 'coalesce' } },
  })
  await open.write(table, [{ order: 1, [column]: 'x' }])
  await open.write(table, [{ order: 1, [column]: null }])
  expect(await open.driver.query(`select * from ${quoted(name)}`)).toEqual([{ order: 1, [column]: 'x' }])
  expect(await open.driver.query('select count(*) as rows from t')).toEqual([{ rows: 0 }])
})

test('12. statements are split at bind limits', async () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `c${index}`)
  let writes = 0
  await using open = await openFlow({
    setup: `create table wide (${names.join(' integer, ')} integer)`,
    flushSize: 40,
    flushBytes: 2 ** 24,
    beforeWrite: () => writes++,
  })
  const table = tableOf<Record<string, number>>()('wide', { columns: names })
  await open.write(
    table,
    Array.from({ length: 40 }, (_, row) => Object.fromEntries(names.map((name) => [name, row]))),
  )
  // 80,000 values in one batch; a statement takes 32,766.
  expect([writes, open.batches, open.letters]).toEqual([1, [40], []])
  expect(await open.driver.query('select count(*) as rows, sum(c1999) as last from wide')).toEqual([
    { rows: 40, last: 780 },
  ])
})

/** Encodes the rows as if strings ended at 100 characters, as V8's do at half a billion. */
function encodeShort(rows: readonly unknown[]): void {
  const plan = planTable(plain, {
    kind: 'table',
    strict: false,
    columns: columns.map((name) => ({ name, type: name === 'id' ? 'integer' : 'text', generated: false })),
    keys: [],
  })
  encodeRows(plan, rows as readonly Record<string, unknown>[], { maxTextLength: 100 })
}

test('12. statements are split at packet limits', async () => {
  await using open = await openFlow({ setup, beforeWrite: ({ rows }) => encodeShort(rows) })
  const tooLong = { id: 300, a: 'x'.repeat(101) }
  await open.write(plain, [...makeRows(300), tooLong, ...makeRows(100, 301)])
  expect(open.batches).toEqual([401])
  expect(reasonsOf(open.letters)).toEqual(['too_large'])
  expect(open.letters).toMatchObject([{ rows: [tooLong] }])
  expect(await open.driver.query('select count(*) as rows, max(id) as last from t')).toEqual([
    { rows: 400, last: 400 },
  ])
})

test('12. one statement text per table, mode and column set whatever the batch sizes', async () => {
  await using open = await openFlow({ setup })
  const upserts = tableOf<Row>()('t', { columns, conflict: { strategy: 'replace', columns: ['id'] } })
  const others = tableOf<Row>()('other', { columns })
  const narrow = makeRows(500).map(({ id, a }) => ({ id, a }))
  const forms: [SqlTable, Row[]][] = [
    [plain, makeRows(500)],
    [plain, narrow],
    [upserts, makeRows(500)],
    [others, makeRows(500)],
  ]
  const fingerprints = forms.map(([table, rows]) => {
    const previews = [1, 9, 10, 11, 99, 100, 101, 500].map((size) =>
      open.driver.preview(table, rows.slice(0, size)),
    )
    // One text, for a row, for ten and for a hundred.
    const texts = previews.flatMap(({ statements }) => statements.map(({ text }) => text))
    expect(new Set(texts).size).toBe(3)
    return new Set(previews.map(({ fingerprint }) => fingerprint))
  })
  expect(fingerprints.map(({ size }) => size)).toEqual([1, 1, 1, 1])
  expect(new Set(fingerprints.flatMap((set) => [...set])).size).toBe(4)
})

test('12. at most 16 column sets, beyond that a clear error', async () => {
  const names = ['c0', 'c1', 'c2', 'c3', 'c4']
  const rowOf = (set: number) =>
    Object.fromEntries(names.filter((_, bit) => set & (1 << bit)).map((name) => [name, set]))
  await using open = await openFlow({ setup: `create table t (${names.join(' integer, ')} integer)` })
  const table = tableOf<Record<string, number>>()('t', { columns: names })
  for (let set = 1; set <= 16; set++) await open.flow.submit(table, rowOf(set))
  for (const set of [17, 31])
    await expect(open.flow.submit(table, rowOf(set))).rejects.toMatchObject({
      code: 'BATCHFLOW_INVALID_ROW',
      message:
        't: rows come in more than 16 column sets; give every row the same columns, ' +
        "use missing: 'null', or define a second table",
    })
  await open.write(table, [rowOf(1), rowOf(16)])
  const written = await open.driver.query('select * from t order by rowid')
  expect(written).toEqual(
    [...Array.from({ length: 16 }, (_, index) => index + 1), 1, 16].map((set) => ({
      ...Object.fromEntries(names.map((name) => [name, null])),
      ...rowOf(set),
    })),
  )
})
