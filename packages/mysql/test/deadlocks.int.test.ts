import { mysql, tableOf } from '@batchflow/mysql'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Pool } from 'mysql2/promise'
import { openDatabase, type TestDatabase, write } from './database.ts'

interface Counter {
  readonly id: number
  readonly hits: number
}

const counters = tableOf<Counter>()('counters', {
  columns: ['id', 'hits'],
  conflict: { strategy: 'update', columns: ['id'], update: { hits: 'add' } },
})

const writers = 8
const batches = 40
const keys = 1_000

let database: TestDatabase
let pool: Pool
beforeEach(async () => {
  database = await openDatabase()
  pool = database.openPool({ connectionLimit: writers })
  await database.query('create table counters (id int primary key, hits int not null)')
})
afterEach(() => database.close())

/** 200 of the keys that all writers share, in an order of their own. */
function shuffled(): Counter[] {
  const ids = Array.from({ length: keys }, (_, id) => id)
  for (let index = 0; index < 200; index++) {
    const other = index + Math.floor(Math.random() * (keys - index))
    ;[ids[index], ids[other]] = [ids[other] as number, ids[index] as number]
  }
  return ids.slice(0, 200).map((id) => ({ id, hits: 1 }))
}

async function race(writeOne: (rows: readonly Counter[]) => Promise<unknown>): Promise<readonly unknown[]> {
  const failures: unknown[] = []
  const writer = async () => {
    for (let batch = 0; batch < batches; batch++)
      await writeOne(shuffled()).catch((error: unknown) =>
        failures.push((error as { errno?: unknown }).errno),
      )
  }
  await Promise.all(Array.from({ length: writers }, writer))
  return failures
}

test('batches over the same keys never deadlock, for their rows are sorted', async () => {
  const drivers = [mysql({ pool }), mysql({ pool, protocol: 'text' })]
  let turn = 0
  expect(await race((rows) => write(drivers[turn++ % 2] as (typeof drivers)[0], counters, rows))).toEqual([])
  expect(await database.query('select sum(hits) as hits from counters')).toEqual([
    { hits: String(writers * batches * 200) },
  ])
})

test('the same rows as they come do deadlock', async () => {
  const values = (rows: readonly Counter[]) => rows.map(({ id, hits }) => `(${id}, ${hits})`).join(', ')
  const failures = await race((rows) =>
    pool.query(
      `insert into counters values ${values(rows)} on duplicate key update hits = hits + values(hits)`,
    ),
  )
  expect(new Set(failures)).toEqual(new Set([1213]))
})
