import { ledgerTable, type PostgresOptions, postgres } from '@batchflow/postgres'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Kysely, PostgresDialect } from 'kysely'
import { reasons, rejection, write } from './attempt.ts'
import { openDatabase, type TestDatabase } from './database.ts'
import { define } from './define.ts'
import { deadRows, openFlow } from './open-flow.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await openDatabase()
  database.pool.on('connect', (client) => client.on('error', () => {}))
  await database.query(`create table items (id int, name text check (name <> 'bad'))`)
})
afterEach(() => database.close())

const items = define('items', { columns: ['id', 'name'] })
const upserts = define('keyed', {
  columns: ['id', 'name'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
})

const flavours: readonly (readonly [string, () => PostgresOptions])[] = [
  ['COPY', () => ({ pool: database.pool, ledger: true })],
  ['arrays', () => ({ pool: database.pool, ledger: true, strategy: 'unnest' })],
  ['VALUES', () => ({ pool: database.pool, ledger: true, strategy: 'values' })],
  [
    'Kysely',
    () => ({ db: new Kysely({ dialect: new PostgresDialect({ pool: database.pool }) }), ledger: true }),
  ],
]

const ids = async () => (await database.query('select id from items order by id')).map(({ id }) => id)

describe.each(flavours)('with %s', (_, optionsOf) => {
  beforeEach(async () => {
    await database.query(ledgerTable)
  })

  test('a batch that is written again is written once', async () => {
    const rows = [1, 2, 3].map((id) => ({ id, name: 'x' }))
    for (let attempt = 1; attempt <= 3; attempt++)
      // Of another driver, too: another process, perhaps.
      expect(await write(postgres(optionsOf()), items, rows, { id: 'one', attempt })).toBeUndefined()
    expect(await write(postgres(optionsOf()), items, rows, { id: 'two' })).toBeUndefined()
    expect(await ids()).toEqual([1, 1, 2, 2, 3, 3])
    expect(await database.query('select id, refused from batchflow_ledger order by id')).toEqual([
      { id: 'one', refused: null },
      { id: 'two', refused: null },
    ])
  })

  test('its bad rows stay bad, whether the server or the driver refused them', async () => {
    const rows = [
      { id: 1, name: 'x' },
      { id: 2, name: 'bad' },
      { id: 'x', name: 'y' },
      { id: 4, name: 'z' },
    ]
    const first = await write(postgres(optionsOf()), items, rows, { id: 'one' })
    expect(reasons(first)).toEqual(['w', 'poison constraint', 'poison invalid_row', 'w'])
    // The constraint is gone, and the row would be taken now: but it was not.
    await database.query('alter table items drop constraint items_name_check')
    const again = await write(postgres(optionsOf()), items, rows, { id: 'one' })
    expect(reasons(again)).toEqual(['w', 'poison constraint', 'poison invalid_row', 'w'])
    expect(await ids()).toEqual([1, 4])
  })

  test('a row that the driver alone refused is not reported written when its column has come to take it', async () => {
    const rows = [
      { id: 1, name: 'x' },
      { id: 2 ** 40, name: 'y' },
    ]
    expect(reasons(await write(postgres(optionsOf()), items, rows, { id: 'one' }))).toEqual([
      'w',
      'poison invalid_row',
    ])
    await database.query('alter table items alter id type bigint')
    const again = await write(postgres(optionsOf()), items, rows, { id: 'one' })
    expect(reasons(again)).toEqual(['w', 'poison invalid_row'])
  })

  test('an id is a value, whatever is in it', async () => {
    const id = `'); drop table items; --\\' "x" \\`
    for (let attempt = 1; attempt <= 2; attempt++)
      expect(await write(postgres(optionsOf()), items, [{ id: 1, name: 'x' }], { id })).toBeUndefined()
    expect(await ids()).toEqual([1])
    expect(await database.query('select id from batchflow_ledger')).toEqual([{ id }])
  })

  test('nothing is marked of a batch that was not written', async () => {
    await database.query('alter table items add check (false) not valid')
    const driver = postgres(optionsOf())
    const outcomes = await write(driver, items, [{ id: 1, name: 'x' }], { id: 'bad' })
    expect(reasons(outcomes)).toEqual(['poison constraint'])
    const never = AbortSignal.abort()
    await rejection(write(driver, items, [{ id: 1, name: 'x' }], { id: 'aborted', signal: never }))
    expect((await database.query('select id from batchflow_ledger')).map(({ id }) => id)).not.toContain(
      'aborted',
    )
  })

  test('a missing table of the ledger is told by the name of what makes it', async () => {
    await database.query('drop table batchflow_ledger')
    const driver = postgres(optionsOf())
    for (const asking of [
      () => driver.prepare(items, { signal: new AbortController().signal }),
      () => write(driver, items, [{ id: 1, name: 'x' }]),
    ]) {
      const error = await rejection(asking())
      expect(error).toMatchObject({
        code: 'BATCHFLOW_INVALID_OPTION',
        message:
          'ledger must be false without the table batchflow_ledger, which is not there: run the SQL of ledgerTable once',
      })
      expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
    }
    await database.query(ledgerTable)
    expect(await write(driver, items, [{ id: 1, name: 'x' }])).toBeUndefined()
    // Dropped while the flow runs.
    await database.query('drop table batchflow_ledger')
    expect(await rejection(write(driver, items, [{ id: 2, name: 'x' }]))).toMatchObject({
      code: 'BATCHFLOW_INVALID_OPTION',
    })
    expect(await ids()).toEqual([1])
  })

  test('marks are pruned by their age', async () => {
    const driver = postgres(optionsOf())
    for (const id of ['old', 'older', 'new']) await write(driver, items, [{ id: 1, name: 'x' }], { id })
    await database.query(
      `update batchflow_ledger set committed_at = now() - interval '1 hour' where id <> 'new'`,
    )
    expect(await driver.pruneLedger({ olderThanMs: 3_601_000 })).toBe(0)
    expect(await driver.pruneLedger({ olderThanMs: 3_599_000 })).toBe(2)
    expect(await database.query('select id from batchflow_ledger')).toEqual([{ id: 'new' }])
    expect(await driver.pruneLedger({ olderThanMs: 0 })).toBe(1)
  })
})

test('two attempts at one batch at the same time write it once', async () => {
  await database.query(`${ledgerTable}; create table keyed (id int primary key, name text)`)
  const rows = Array.from({ length: 200 }, (_, id) => ({ id, name: 'x' }))
  for (const table of [items, upserts]) {
    const attempts = Array.from({ length: 6 }, (_, attempt) =>
      write(postgres({ pool: database.pool, ledger: true }), table, rows, {
        id: `of ${table.name}`,
        attempt,
      }),
    )
    expect(await Promise.all(attempts)).toEqual(attempts.map(() => undefined))
  }
  expect(await ids()).toEqual(rows.map(({ id }) => id))
})

test('the SQL of the table can be run again, and a table of the same name elsewhere is none', async () => {
  await database.query(`${ledgerTable}; ${ledgerTable}`)
  await database.query('drop table batchflow_ledger; create schema if not exists batchflow_elsewhere_of_test')
  try {
    await database.query('create table batchflow_elsewhere_of_test.batchflow_ledger (id text primary key)')
    const error = await rejection(write(postgres({ pool: database.pool, ledger: true }), items, [{ id: 1 }]))
    expect(error).toMatchObject({ code: 'BATCHFLOW_INVALID_OPTION' })
  } finally {
    await database.query('drop schema batchflow_elsewhere_of_test cascade')
  }
})

test('a flow with a ledger goes on with other tables while its bad rows are found', async () => {
  await database.query(`${ledgerTable}; create table keyed (id int primary key, name text)`)
  await using open = openFlow({ driver: postgres({ pool: database.pool, ledger: true }), flushSize: 20 })
  for (let id = 0; id < 100; id++) {
    await open.flow.submit(items, { id, name: id % 10 === 3 ? 'bad' : 'good' })
    await open.flow.submit(upserts, { id: id % 7, name: `${id}` })
  }
  await open.flow.flush()
  expect(await ids()).toHaveLength(90)
  expect(deadRows(open.letters)).toHaveLength(10)
  const [marks] = await database.query(
    'select count(*)::int as n, sum(jsonb_array_length(refused))::int as bad from batchflow_ledger',
  )
  expect(marks).toEqual({ n: expect.any(Number), bad: 10 })
})
