import { tableOf } from '@batchflow/sqlite'
import { expect, test } from '@jest/globals'
import { openDatabase, reasons } from './database.ts'
import { makeUsers, setup, users } from './users.ts'

test('finds every bad row of a thousand and commits the others', async () => {
  await using db = await openDatabase({ setup })
  await db.write(users, makeUsers(1, 500))
  const rows: object[] = makeUsers(1000)
  rows[0] = { id: 0, name: null }
  rows[150] = { id: 150, name: 'name 149' }
  rows[151] = { id: 151, name: 7 }
  rows[999] = { id: 999, name: 'name 0\0' }
  const outcomes = reasons(await db.write(users, rows))
  const bad = new Map([
    [0, 'poison constraint'],
    [150, 'poison duplicate_key'],
    [151, 'poison invalid_row'],
    [500, 'poison duplicate_key'],
    [999, 'poison invalid_row'],
  ])
  expect(outcomes).toEqual(rows.map((_, row) => bad.get(row) ?? 'w'))
  expect(await db.driver.query('select count(*) as rows from users')).toEqual([{ rows: 996 }])
})

test('the cause of a refused row names table, column, rule and kind, and no value', async () => {
  await using db = await openDatabase({ setup })
  const [outcome] = (await db.write(users, [{ id: 1, name: 12_345 }])) ?? []
  expect(outcome?.outcome === 'failed' && (outcome.cause as Error).message).toBe(
    'users.name must be a string without NUL or lone surrogates, or a Date of the years 0 to 9999, got an integer',
  )
  await db.write(users, [{ id: 1, name: 'secret' }])
  const [duplicate] = (await db.write(users, [{ id: 2, name: 'secret' }])) ?? []
  expect(duplicate?.outcome === 'failed' && (duplicate.cause as Error).message).toBe(
    'UNIQUE constraint failed: users.name',
  )
})

test('a foreign key that is checked at commit costs only its own row', async () => {
  await using db = await openDatabase({
    setup: `create table p (id integer primary key);
      create table c (id integer primary key, p integer references p deferrable initially deferred);
      insert into p values (1)`,
  })
  const table = tableOf<{ id: number; p: number }>()('c', { columns: ['id', 'p'] })
  const rows = Array.from({ length: 130 }, (_, id) => ({ id, p: id === 77 ? 2 : 1 }))
  expect(reasons(await db.write(table, rows))).toEqual(
    rows.map(({ p }) => (p === 1 ? 'w' : 'poison constraint')),
  )
  expect(await db.driver.query('select count(*) as rows from c')).toEqual([{ rows: 129 }])
})

test('a constraint that rolls back or fails half-way costs only its own row', async () => {
  for (const clause of ['rollback', 'fail']) {
    await using db = await openDatabase({
      setup: `create table t (id integer primary key on conflict ${clause})`,
    })
    const table = tableOf<{ id: number }>()('t', { columns: ['id'] })
    const rows = Array.from({ length: 120 }, (_, id) => ({ id: id === 50 ? 49 : id }))
    expect(reasons(await db.write(table, rows))).toEqual(
      rows.map((_, row) => (row === 50 ? 'poison duplicate_key' : 'w')),
    )
    expect(await db.driver.query('select count(*) as rows from t')).toEqual([{ rows: 119 }])
  }
})

test.each([
  ['of the table', 'create table t (id integer primary key on conflict ignore, n integer not null)', 30],
  ['that replaces', 'create table t (id integer primary key on conflict replace, n integer not null)', 70],
  [
    'of a trigger',
    `create table t (id integer, n integer not null); create table seen (id integer primary key);
      create trigger see after insert on t begin insert or ignore into seen values (new.id); end`,
    30,
  ],
])('a conflict clause %s holds, batch after batch', async (_, create, kept) => {
  await using db = await openDatabase({ setup: create })
  const table = tableOf<{ id: number; n: number | null }>()('t', { columns: ['id', 'n'] })
  for (const first of [0, 1_000]) {
    const rows = Array.from({ length: 100 }, (__, n) => ({ id: first + (n === 70 ? 30 : n), n }))
    expect(await db.write(table, rows)).toBeUndefined()
    const found = await db.driver.query('select n from t where id = ? order by n limit 1', [first + 30])
    expect(found).toEqual([{ n: kept }])
  }
  const bad = Array.from({ length: 60 }, (__, n) => ({ id: 5_000 + n, n: n === 41 ? null : n }))
  expect(reasons(await db.write(table, bad))).toEqual(
    bad.map(({ n }) => (n === null ? 'poison constraint' : 'w')),
  )
})

test('an expression that fails on a row is the fault of that row', async () => {
  await using db = await openDatabase({
    setup: `create table t (j text, k text as (json_extract(j, '$.k')) stored)`,
  })
  const table = tableOf<{ j: string }>()('t', { columns: ['j'] })
  expect(reasons(await db.write(table, [{ j: '{"k":1}' }, { j: '{' }]))).toEqual(['w', 'poison invalid_row'])
})
