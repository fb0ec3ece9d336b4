import type { RowOutcome } from '@batchflow/core'
import { mysql, type MysqlOptions, tableOf } from '@batchflow/mysql'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { batchOf, openDatabase, reasons, type TestDatabase, write } from './database.ts'
import { countStatements } from './count-statements.ts'

interface Item {
  readonly id: number
  readonly name: string | null
}

let database: TestDatabase
beforeAll(async () => {
  database = await openDatabase()
  await database.query(
    `create table items (id int primary key, name varchar(20) not null check (name not like 'bad%'))`,
  )
})
afterAll(() => database.close())

const insert = tableOf<Item>()('items', { columns: ['id', 'name'] })
const upsert = tableOf<Item>()('items', {
  columns: ['id', 'name'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
})

async function writeWithBad(
  options: MysqlOptions,
  table: typeof insert,
  n: number,
  bad: ReadonlySet<number>,
): Promise<readonly RowOutcome[]> {
  await database.query('truncate items')
  const rows = Array.from({ length: n }, (_, id) => ({ id, name: bad.has(id) ? `bad ${id}` : `good ${id}` }))
  const outcomes = await mysql(options).write(batchOf(table, rows), {
    attempt: 1,
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    maxIsolationStatements: 2 * n,
  })
  return outcomes ?? rows.map(() => ({ outcome: 'written' }))
}

async function expectExactly(outcomes: readonly RowOutcome[], bad: ReadonlySet<number>): Promise<void> {
  const failed = outcomes.flatMap((outcome, index) => (outcome.outcome === 'failed' ? [index] : []))
  expect(failed).toEqual([...bad].sort((one, other) => one - other))
  const stored = await database.query('select id from items order by id')
  expect(stored.map(({ id }) => id)).toEqual(outcomes.flatMap((_, index) => (bad.has(index) ? [] : [index])))
}

for (const [name, protocol, table] of [
  ['prepared', 'prepared', insert],
  ['as text', 'text', insert],
  ['an upsert', 'prepared', upsert],
] as const) {
  for (const k of [0, 1, 2, 10, 1_024])
    test(`${name}: of 1,024 rows with ${k} bad ones the others are committed`, async () => {
      const pool = database.openPool({ connectionLimit: 1 })
      const inserts = countStatements(pool, 'into `items`')
      const bad = new Set(Array.from({ length: k }, (_, place) => Math.floor((place * 1_024) / k)))
      const outcomes = await writeWithBad({ pool, protocol }, table, 1_024, bad)
      await expectExactly(outcomes, bad)
      expect(inserts.count()).toBeLessThanOrEqual(Math.max(1, k * (2 * Math.log2(1_024) + 1)))
    })
}

test('bad rows anywhere, in any number, are found exactly, within the bound', async () => {
  const pool = database.openPool({ connectionLimit: 1 })
  const inserts = countStatements(pool, 'into `items`')
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(64, 128, 256, 512, 1_024),
      fc.array(fc.nat(1_023), { maxLength: 12 }),
      fc.constantFrom(insert, upsert),
      async (n, places, table) => {
        const bad = new Set(places.map((place) => place % n))
        const before = inserts.count()
        await expectExactly(await writeWithBad({ pool }, table, n, bad), bad)
        expect(inserts.count() - before).toBeLessThanOrEqual(Math.max(1, bad.size * (2 * Math.log2(n) + 1)))
      },
    ),
    { numRuns: 500 },
  )
}, 300_000)

test('a row that the server names costs two statements', async () => {
  await database.query(`create table named (id int primary key, name varchar(20) character set latin1 not null);
    insert into named values (700, 'there')`)
  const table = tableOf<Item>()('named', { columns: ['id', 'name'] })
  const rows: Item[] = Array.from({ length: 700 }, (_, id) => ({ id, name: `good ${id}` }))
  const pool = database.openPool({ connectionLimit: 1 })
  const inserts = countStatements(pool, 'into `named`')
  for (const protocol of ['prepared', 'text'] as const) {
    // By its number in the statement, by the column that is NULL, by the key that is there.
    for (const [bad, reason] of [
      [{ id: 300, name: '北京' }, 'invalid_row'],
      [{ id: 500, name: null }, 'constraint'],
      [{ id: 700, name: 'other' }, 'duplicate_key'],
    ] as const) {
      const given = [...rows.filter(({ id }) => id !== bad.id), bad]
      const before = inserts.count()
      const outcomes = await write(mysql({ pool, protocol }), table, given)
      expect(reasons(outcomes)).toEqual(given.map((row) => (row === bad ? `poison ${reason}` : 'w')))
      expect(inserts.count() - before).toBe(3)
      await database.query('delete from named where id <> 700')
    }
  }
})

test('of two rows with one key in a batch the earlier one is written', async () => {
  await database.query('truncate items')
  const rows = [
    { id: 1, name: 'a' },
    { id: 2, name: 'first' },
    { id: 3, name: 'c' },
    { id: 2, name: 'second' },
  ]
  const outcomes = await write(mysql({ pool: database.pool }), insert, rows)
  expect(reasons(outcomes)).toEqual(['w', 'w', 'w', 'poison duplicate_key'])
  expect(await database.query('select name from items where id = 2')).toEqual([{ name: 'first' }])
})

test('rows with different columns are isolated behind savepoints', async () => {
  await database.query('create table wide (id int primary key, a int default 7, b int check (b < 100))')
  const wide = tableOf<{ id: number; a?: number; b?: number }>()('wide', { columns: ['id', 'a', 'b'] })
  const rows = Array.from({ length: 60 }, (_, id) => ({
    id,
    ...(id % 2 === 0 && { a: id }),
    ...(id % 3 === 0 && { b: id === 33 ? 100 : id }),
  }))
  const outcomes = await write(mysql({ pool: database.pool }), wide, rows)
  expect(reasons(outcomes)).toEqual(rows.map(({ id }) => (id === 33 ? 'poison constraint' : 'w')))
  expect(await database.query('select count(*) as n, sum(a = 7) as defaults from wide')).toEqual([
    { n: '59', defaults: '29' },
  ])
})

test('the cause of a refused row names table, column, rule and kind, and no value', async () => {
  const driver = mysql({ pool: database.pool })
  await database.query('truncate items')
  const messageOf = async (row: object) => {
    const [outcome] = (await write(driver, insert, [row])) ?? []
    return outcome?.outcome === 'failed' && (outcome.cause as Error).message
  }
  expect(await messageOf({ id: 'x', name: 'a' })).toBe(
    'items: column id must be an integer from -2147483648 to 2147483647, as a number, a bigint, a string of digits ' +
      'or a boolean, got a string',
  )
  expect(await messageOf({ id: 1, name: 'bad secret' })).not.toContain('secret')
  await write(driver, insert, [{ id: 4_242, name: 'there' }])
  expect(await messageOf({ id: 4_242, name: 'other' })).toBe('duplicate entry for key PRIMARY (errno 1062)')
})
