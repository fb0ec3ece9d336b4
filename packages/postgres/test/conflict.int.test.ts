import type { RowOutcome } from '@batchflow/core'
import { postgres, type SqlTable, type TableOptions } from '@batchflow/postgres'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { reasons, write } from './attempt.ts'
import { openDatabase, type TestDatabase } from './database.ts'
import { type Cells, define } from './define.ts'
import { openFlow } from './open-flow.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openDatabase()
  await database.query(`create table t (k int primary key, a text default 'da', n int default 10, hi int, lo int,
    c text default 'dc', doc jsonb, old json, kept text default 'dk')`)
})
afterAll(() => database.close())

const columns = ['k', 'a', 'n', 'hi', 'lo', 'c', 'doc', 'old', 'kept']
const defaults: Cells = { a: 'da', n: 10, hi: null, lo: null, c: 'dc', doc: null, old: null, kept: 'dk' }

const rules = {
  a: 'overwrite',
  n: 'add',
  hi: 'max',
  lo: 'min',
  c: 'coalesce',
  doc: 'merge',
  old: 'merge',
  kept: 'keep',
} as const
const by = ['k']
const policies: Readonly<
  Record<string, NonNullable<TableOptions<Record<string, unknown>, string>['conflict']>>
> = {
  ignore: { strategy: 'ignore', columns: by },
  replace: { strategy: 'replace', columns: by },
  update: { strategy: 'update', columns: by, update: ['a', 'n', 'doc'] },
  rules: { strategy: 'update', columns: by, update: rules },
  where: { strategy: 'update', columns: by, update: ['a', 'hi'], where: 'excluded.hi > "t".hi' },
}

/** What each policy makes of a stored row and a given one: the memory that PostgreSQL is compared with. */
const oracles: Readonly<Record<string, (stored: Cells, given: Cells) => Cells>> = {
  ignore: (stored) => stored,
  replace: (stored, given) => ({ ...stored, ...given }),
  update: (stored, given) => ({ ...stored, ...pick(given, ['a', 'n', 'doc']) }),
  rules: (stored, given) =>
    Object.fromEntries(
      Object.entries(stored).map(([column, value]) => [
        column,
        given[column] === undefined || column === 'k'
          ? value
          : changed(rules[column as keyof typeof rules], value, given[column]),
      ]),
    ),
  where: (stored, given) =>
    isNumber(stored['hi']) && isNumber(given['hi']) && given['hi'] > stored['hi']
      ? { ...stored, ...pick(given, ['a', 'hi']) }
      : stored,
}

function pick(row: Cells, names: readonly string[]): Cells {
  return Object.fromEntries(names.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])))
}

const isNumber = (value: unknown): value is number => typeof value === 'number'

function changed(rule: string, stored: unknown, given: unknown): unknown {
  if (rule === 'overwrite') return given
  if (rule === 'keep') return stored
  if (given === null) return stored
  if (rule === 'coalesce') return given
  if (rule === 'merge') return isObject(stored) && isObject(given) ? { ...stored, ...given } : given
  if (!isNumber(stored) || !isNumber(given)) return given
  return rule === 'add' ? stored + given : rule === 'max' ? Math.max(stored, given) : Math.min(stored, given)
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** All rows, one by one, in their order. */
function expected(policy: string, rows: readonly Cells[]): readonly Cells[] {
  const table = new Map<number, Cells>()
  for (const row of rows) {
    const k = Number(row['k'])
    const given = { ...row, k }
    const stored = table.get(k)
    table.set(
      k,
      stored === undefined ? { ...defaults, ...given } : (oracles[policy]?.(stored, given) ?? stored),
    )
  }
  return [...table.values()].toSorted((one, other) => Number(one['k']) - Number(other['k']))
}

const text = fc.option(fc.constantFrom('x', 'y', 'z'))
const number = fc.option(fc.integer({ min: -9, max: 9 }))
const json = fc.option(
  fc.oneof(
    fc.dictionary(fc.constantFrom('p', 'q', 'r'), fc.integer({ min: 0, max: 9 }), { maxKeys: 3 }),
    fc.constantFrom<unknown>([1], 'text', 7),
  ),
)
const cells: Record<string, fc.Arbitrary<unknown>> = {
  a: text,
  n: number,
  hi: number,
  lo: number,
  c: text,
  doc: json,
  old: json,
  kept: text,
}

/** Few enough sets of columns for one table, rows that have all of them most often. */
const rowArb = (key: fc.Arbitrary<unknown>): fc.Arbitrary<Cells> =>
  fc
    .constantFrom(columns, columns, ['k', 'a'], ['k', 'n', 'doc'], ['k', 'hi', 'lo', 'c'], ['k'])
    .chain(
      (names) =>
        fc.record(Object.fromEntries(names.map((name) => [name, cells[name] ?? key]))) as fc.Arbitrary<Cells>,
    )

const numberKey = fc.integer({ min: 0, max: 6 })
const spelledKey = numberKey.chain((k) => fc.constantFrom<unknown>(k, String(k), BigInt(k)))

const stored = async () => (await database.query('select * from t order by k')).map((row) => ({ ...row }))

describe.each(Object.keys(policies))('%s leaves what all rows one by one would have left', (policy) => {
  const conflict = policies[policy]
  const table = define('t', { columns, ...(conflict && { conflict }) })
  const strategyArb = fc.constantFrom('unnest' as const, 'values' as const)

  test.each<[string, SqlTable<Cells>, fc.Arbitrary<unknown>]>([
    ['joined where they can be', table, numberKey],
    // Without the type the flow does not know that these keys are one, and keeps no order between them.
    [
      'with keys spelled in many ways',
      define('t', { columns, types: { k: 'bigint' }, ...(conflict && { conflict }) }),
      spelledKey,
    ],
  ])('through a flow, %s', async (_, target, key) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rowArb(key), { minLength: 1, maxLength: 60 }),
        strategyArb,
        async (rows, strategy) => {
          await database.query('delete from t')
          const driver = postgres({ pool: database.pool, strategy })
          await using open = openFlow({ driver, concurrencyLimit: 4, flushSize: 8 })
          expect(await open.write(target, rows)).toEqual({ written: expect.any(Number), failed: 0 })
          expect(await stored()).toEqual(expected(policy, rows))
          expect(open.failures).toEqual([])
        },
      ),
      { numRuns: 12 },
    )
  })

  test('in one batch, with keys spelled in many ways', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rowArb(spelledKey), { minLength: 1, maxLength: 60 }),
        strategyArb,
        async (rows, strategy) => {
          await database.query('delete from t')
          expect(await write(postgres({ pool: database.pool, strategy }), table, rows)).toBeUndefined()
          expect(await stored()).toEqual(expected(policy, rows))
        },
      ),
      { numRuns: 12 },
    )
  })
})

describe('keys that only the database takes for the same', () => {
  const driver = () => postgres({ pool: database.pool })
  const last = async (setup: string, values: readonly unknown[]) => {
    await database.query(`drop table if exists keys; create table keys (${setup}, v int)`)
    const table = define('keys', {
      columns: ['k', 'v'],
      conflict: { strategy: 'update', columns: ['k'], update: ['v'] },
    })
    const outcomes = await write(
      driver(),
      table,
      values.map((k, v) => ({ k, v })),
    )
    expect(outcomes).toBeUndefined()
    return (await database.query('select v from keys order by v')).map(({ v }) => v)
  }

  test.each<[string, string, readonly unknown[]]>([
    ['numbers', 'k int primary key', ['1', 1, 1n, '01']],
    ['big numbers', 'k bigint primary key', ['9007199254740993', 9007199254740993n]],
    ['decimals', 'k numeric primary key', ['1.0', 1, '1', '1e0', 1n, '0.1e1']],
    [
      'moments',
      'k timestamptz primary key',
      [
        new Date('2024-06-01T12:00:00Z'),
        '2024-06-01T14:00:00+02:00',
        '2024-06-01T12:00:00.000000Z',
        '2024-06-01T07:00:00-05:00',
      ],
    ],
    ['days', 'k date primary key', [new Date('2024-06-01T23:00:00Z'), '2024-06-01']],
    [
      'uuids',
      'k uuid primary key',
      ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc999c0b4ef8bb6d6bb9bd380a11'],
    ],
    ['padded texts', 'k char(5) primary key', ['x', 'x  ', 'x    ']],
    ['floats', 'k float8 primary key', [0, -0, '0.0', '-0']],
  ])('%s: the last one wins, and no statement has one twice', async (_, setup, keys) => {
    expect(await last(setup, keys)).toEqual([keys.length - 1])
    expect(await last(setup, keys.toReversed())).toEqual([keys.length - 1])
  })

  test('texts under a collation that the driver does not know: smaller statements do it', async () => {
    await database.query(
      `create collation ignoring (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
    )
    expect(await last('k text collate ignoring primary key', ['a', 'A', 'b', 'B', 'c'])).toHaveLength(3)
    await using open = openFlow({ driver: driver() })
    const table = define('keys', {
      columns: ['k', 'v'],
      conflict: { strategy: 'replace', columns: ['k'] },
    })
    const rows = ['d', 'D', 'e'].map((k, v) => ({ k, v }))
    expect(await open.write(table, rows)).toEqual({ written: 3, failed: 0 })
    expect(open.letters).toEqual([])
  })

  test('the last one wins also when a bad row is looked for', async () => {
    await database.query(`drop table if exists keys; create table keys (k int primary key, v int check (v <> 5),
      u int unique)`)
    const table = define('keys', {
      columns: ['k', 'v', 'u'],
      conflict: { strategy: 'update', columns: ['k'], update: ['v', 'u'] },
    })
    await database.query('insert into keys values (100, 0, 77)')
    for (const bad of [
      { k: 9, v: 5, u: 9 },
      { k: '1', v: 5, u: 1 },
      { k: 9, v: 1, u: 77 },
      { k: '1', v: 1, u: 77 },
    ]) {
      await database.query('delete from keys where k < 100')
      const rows = [
        { k: '1', v: 1, u: 1 },
        { k: 2, v: 2, u: 2 },
        bad,
        { k: 1, v: 3, u: 1 },
        { k: 1n, v: 4, u: 1 },
        { k: '2', v: 6, u: 2 },
      ]
      expect((await write(driver(), table, rows))?.map(({ outcome }: RowOutcome) => outcome)).toEqual(
        rows.map((row) => (row === bad ? 'failed' : 'written')),
      )
      expect(await database.query('select k, v from keys where k < 100 order by k')).toEqual([
        { k: 1, v: 4 },
        { k: 2, v: 6 },
      ])
    }
  })
})

test('the last one wins also when a row is taken for a bad one that is not', async () => {
  await database.query('create table swaps (k int primary key, u int unique)')
  const table = define('swaps', {
    columns: ['k', 'u'],
    conflict: { strategy: 'update', columns: ['k'], update: ['u'] },
  })
  const outcomes = await write(postgres({ pool: database.pool }), table, [
    { k: '1', u: 7 },
    { k: 2, u: 7 },
    { k: 1, u: 8 },
    { k: '2', u: 9 },
  ])
  expect(reasons(outcomes)).toEqual(['w', 'poison duplicate_key', 'w', 'w'])
  expect(await database.query('select * from swaps order by k')).toEqual([
    { k: 1, u: 8 },
    { k: 2, u: 9 },
  ])
})

test('ignore passes over rows that are there, and over no other trouble', async () => {
  await database.query('create table plain (id int primary key, name text not null unique)')
  const table = define('plain', {
    columns: ['id', 'name'],
    conflict: { strategy: 'ignore', columns: ['id'] },
  })
  await database.query(`insert into plain values (1, 'one')`)
  const outcomes = await write(postgres({ pool: database.pool }), table, [
    { id: 1, name: 'other' },
    { id: 2, name: null },
    { id: 3, name: 'one' },
    { id: 4, name: 'four' },
  ])
  expect(reasons(outcomes)).toEqual(['w', 'poison constraint', 'poison duplicate_key', 'w'])
  expect(await database.query('select * from plain order by id')).toEqual([
    { id: 1, name: 'one' },
    { id: 4, name: 'four' },
  ])
})

test('replace overwrites without deleting: children stay, and columns that the row lacks', async () => {
  await database.query(`create table parent (id int primary key, a text, b text);
    create table child (parent int references parent on delete cascade);
    insert into parent values (1, 'a', 'b'); insert into child values (1)`)
  const table = define('parent', { columns: ['id', 'a'], conflict: { strategy: 'replace', columns: ['id'] } })
  await write(postgres({ pool: database.pool }), table, [{ id: 1, a: 'new' }])
  expect(await database.query('select * from parent join child on parent = id')).toEqual([
    { id: 1, a: 'new', b: 'b', parent: 1 },
  ])
})

test('rows with NULL in their key are all written', async () => {
  await database.query('create table nulls (k int unique, v int)')
  const table = define('nulls', {
    columns: ['k', 'v'],
    conflict: { strategy: 'update', columns: ['k'], update: ['v'] },
  })
  await using open = openFlow({ driver: postgres({ pool: database.pool }) })
  await open.write(table, [{ k: null, v: 1 }, { k: 1, v: 1 }, { k: null, v: 2 }, { k: 1, v: 2 }, { v: 3 }])
  expect(await database.query('select * from nulls order by k, v')).toEqual([
    { k: 1, v: 2 },
    { k: null, v: 1 },
    { k: null, v: 2 },
    { k: null, v: 3 },
  ])
})

describe('missing columns', () => {
  const stamped = `id serial primary key, at timestamptz not null default now(), name text default 'none', n int`

  test.each(['copy', 'unnest', 'values'] as const)('get their defaults, %s', async (strategy) => {
    await database.query(`create table d_${strategy} (${stamped})`)
    const table = define(`d_${strategy}`, { columns: ['id', 'at', 'name', 'n'] })
    const at = new Date('2024-01-01T00:00:00Z')
    await using open = openFlow({ driver: postgres({ pool: database.pool, strategy }) })
    await open.write(table, [
      { name: 'a' },
      { id: 50, at, name: null, n: 1 },
      { n: 2 },
      { name: undefined, n: 3 },
    ])
    expect(
      await database.query(`select id, name, n, at > now() - interval '1 day' as new from d_${strategy}
      order by n nulls first`),
    ).toEqual([
      { id: expect.any(Number), name: 'a', n: null, new: true },
      { id: 50, name: null, n: 1, new: false },
      { id: expect.any(Number), name: 'none', n: 2, new: true },
      { id: expect.any(Number), name: 'none', n: 3, new: true },
    ])
  })

  test("are NULL with missing 'null', which a NOT NULL column does not take", async () => {
    await database.query(`create table d_null (${stamped})`)
    const table = define('d_null', { columns: ['at', 'name'], missing: 'null' })
    const outcomes = await write(postgres({ pool: database.pool }), table, [
      { at: new Date(0), name: null },
      { at: null, name: 'x' },
    ])
    expect(reasons(outcomes)).toEqual(['w', 'poison constraint'])
  })
})
