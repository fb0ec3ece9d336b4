// Rows are sorted by their key before they are written, so that two writers of the same rows lock them in one order.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { mysql, tableOf } from '@batchflow/mysql'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openDatabase, type TestDatabase, url, write } from './database.ts'

/** How long two processes write against each other; the acceptance run took 60. */
const seconds = Number(process.env['DEADLOCK_SECONDS'] ?? 4)

const [processes, flushers, keys, rows] = [2, 4, 1_000, 200]

let database: TestDatabase
beforeEach(async () => {
  database = await openDatabase()
  await database.query('create table counters (id int primary key, n bigint not null)')
})
afterEach(() => database.close())

interface Counts {
  readonly batches: number
  readonly deadlocks: number
}

/** Two processes write until the time is over, or until the first deadlock where that is what is waited for. */
async function writeTogether(sorted: boolean): Promise<Counts> {
  const own = new URL(url)
  own.pathname = `/${database.name}`
  const options = JSON.stringify({ url: own.href, keys, flushers, rows, sorted })
  const path = fileURLToPath(new URL('deadlock-writer.mjs', import.meta.url))
  const children = Array.from({ length: processes }, () => fork(path, [options], { execArgv: [] }))
  const sums = { batches: 0, deadlocks: 0 }
  let meet: () => void = () => {}
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  const ends = children.map(async (child) => {
    child.on('message', (message: Partial<Counts>) => {
      if (message.batches === undefined) return meet()
      sums.batches += message.batches
      sums.deadlocks += message.deadlocks ?? 0
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(0)
  })
  await (sorted ? sleep(seconds * 1_000) : met)
  for (const child of children) child.send('stop')
  await Promise.all(ends)
  const [stored] = await database.query('select coalesce(sum(n), 0) as sum from counters')
  expect(Number(stored?.['sum'])).toBe(sums.batches * rows)
  return sums
}

test(
  `${processes} processes, ${flushers} batches at once each, ${keys} shared keys: no deadlock`,
  async () => {
    const { batches, deadlocks } = await writeTogether(true)
    expect(batches).toBeGreaterThan(0)
    expect(deadlocks).toBe(0)
  },
  (seconds + 60) * 1_000,
)

test('and with the rows as they come there are some', async () => {
  expect((await writeTogether(false)).deadlocks).toBeGreaterThan(0)
}, 60_000)

test('the text protocol writes in the same order, beside the prepared one', async () => {
  const counters = tableOf<{ id: number; n: number }>()('counters', {
    columns: ['id', 'n'],
    conflict: { strategy: 'update', columns: ['id'], update: { n: 'add' } },
  })
  const pool = database.openPool({ connectionLimit: 8 })
  const drivers = [mysql({ pool }), mysql({ pool, protocol: 'text' })]
  const writer = async (_: unknown, place: number) => {
    for (let batch = 0; batch < 30; batch++) {
      const given = Array.from({ length: 200 }, (__, index) => ({
        id: (index * 37 + place * 91) % keys,
        n: 1,
      }))
      await write(
        drivers[place % 2] as (typeof drivers)[0],
        counters,
        place % 3 === 0 ? given : given.toReversed(),
      )
    }
  }
  await Promise.all(Array.from({ length: 8 }, writer))
  expect(await database.query('select sum(n) as n from counters')).toEqual([{ n: String(8 * 30 * 200) }])
})
