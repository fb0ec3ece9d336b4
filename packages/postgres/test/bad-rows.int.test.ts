import { postgres, type PostgresDriver, tableOf } from '@batchflow/postgres'
import type { RowOutcome } from '@batchflow/core'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type pg from 'pg'
import { openDatabase, type TestDatabase } from './database.ts'

interface Item {
  readonly id: number
  readonly name: string
}

let database: TestDatabase
beforeAll(async () => {
  database = await openDatabase({ max: 1 })
  await database.query(`create table items (id int primary key, name text check (name not like 'bad%'))`)
})
afterAll(() => database.close())

const insert = tableOf<Item>()('items', { columns: ['id', 'name'] })
const upsert = tableOf<Item>()('items', {
  columns: ['id', 'name'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
})

/** Counts the statements that write rows, on every connection of a pool. */
function countInserts(pool: pg.Pool): () => number {
  let inserts = 0
  pool.on('connect', (client) => {
    const { connection } = client as unknown as {
      connection: { parse(message: { text: string }): void; query(text: string): void }
    }
    const { parse, query } = connection
    connection.parse = function (message) {
      if (message.text.startsWith('insert into "items"')) inserts++
      parse.call(this, message)
    }
    connection.query = function (text) {
      inserts += text.split('copy "items"').length - 1
      query.call(this, text)
    }
  })
  return () => inserts
}

/** 1,024 rows are four COPYs of one message. */
const mostAtOnce = 4

/** Each case has keys of its own, from here on: to empty the table in between takes longer than to fill it. */
let first = 0

async function writeWithBad(
  driver: PostgresDriver,
  table: typeof insert,
  n: number,
  bad: ReadonlySet<number>,
): Promise<readonly RowOutcome[]> {
  first += 1_024
  const rows = Array.from({ length: n }, (_, place) => ({
    id: first + place,
    name: bad.has(place) ? `bad ${place}` : `good ${place}`,
  }))
  const outcomes = await driver.write(
    { id: `batch ${Math.random()}`, target: table, rows },
    { attempt: 1, signal: new AbortController().signal, timeoutMs: 60_000, maxIsolationStatements: 2 * n },
  )
  return outcomes ?? rows.map(() => ({ outcome: 'written' }))
}

async function expectExactly(outcomes: readonly RowOutcome[], bad: ReadonlySet<number>): Promise<void> {
  const failed = outcomes.flatMap((outcome, index) => (outcome.outcome === 'failed' ? [index] : []))
  expect(failed).toEqual([...bad].sort((one, other) => one - other))
  const stored = await database.query('select id from items where id >= $1 order by id', [first])
  const good = outcomes.flatMap((_, index) => (bad.has(index) ? [] : [first + index]))
  expect(stored.map(({ id }) => id)).toEqual(good)
}

for (const [name, options, table] of [
  ['COPY', {}, insert],
  ['unnest', { strategy: 'unnest' }, insert],
  ['an upsert', {}, upsert],
] as const) {
  for (const k of [0, 1, 2, 10, 1_024])
    test(`${name}: of 1,024 rows with ${k} bad ones the others are committed`, async () => {
      const pool = (await openPool()).pool
      const inserts = countInserts(pool)
      const bad = new Set(Array.from({ length: k }, (_, place) => Math.floor((place * 1_024) / k)))
      const outcomes = await writeWithBad(postgres({ ...options, pool }), table, 1_024, bad)
      await expectExactly(outcomes, bad)
      expect(inserts()).toBeLessThanOrEqual(k === 0 ? mostAtOnce : k * (2 * Math.log2(1_024) + 1))
      await pool.end()
    })
}

/** A pool of one connection into the schema of this file. */
async function openPool(): Promise<{ readonly pool: pg.Pool }> {
  const { default: client } = await import('pg')
  const pool = new client.Pool({ ...database.pool.options, max: 1 })
  return { pool }
}

test.each([0, 255, 256, 700, 1_023])(
  'a bad row of any COPY is named by the server: row %d',
  async (place) => {
    const { pool } = await openPool()
    const inserts = countInserts(pool)
    const bad = new Set([place])
    const outcomes = await writeWithBad(postgres({ pool }), insert, 1_024, bad)
    await expectExactly(outcomes, bad)
    // The COPYs, the row that was named, and those before and behind it.
    expect(inserts()).toBeLessThanOrEqual(mostAtOnce + 3)
    await pool.end()
  },
)

test('bad rows anywhere, in any number, are found exactly, within the bound', async () => {
  const { pool } = await openPool()
  const inserts = countInserts(pool)
  const drivers = { auto: postgres({ pool }), unnest: postgres({ pool, strategy: 'unnest' }) }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(64, 128, 1_024),
      fc.array(fc.nat(1_023), { maxLength: 12 }),
      fc.constantFrom(insert, upsert),
      fc.constantFrom('auto' as const, 'unnest' as const),
      async (n, places, table, strategy) => {
        const bad = new Set(places.map((place) => place % n))
        const before = inserts()
        const outcomes = await writeWithBad(drivers[strategy], table, n, bad)
        await expectExactly(outcomes, bad)
        const bound = bad.size === 0 ? mostAtOnce : bad.size * (2 * Math.log2(n) + 1)
        expect(inserts() - before).toBeLessThanOrEqual(bound)
      },
    ),
    { numRuns: 500 },
  )
  await pool.end()
}, 300_000)
