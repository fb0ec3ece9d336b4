// Rows are sorted by their key before they are written, so that two writers of the same rows lock them in one order.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { url } from './database.ts'

/** How long two processes write against each other; the acceptance run took 60. */
const seconds = Number(process.env['DEADLOCK_SECONDS'] ?? 4)

/** Of its own, because the server counts deadlocks per database. */
const database = `batchflow_${randomBytes(6).toString('hex')}`
const own = new URL(url)
own.pathname = `/${database}`

let admin: pg.Client
beforeAll(async () => {
  admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query(`create database ${database}`)
})
afterAll(async () => {
  await admin.query(`drop database ${database} with (force)`)
  await admin.end()
})

const [processes, flushers, keys, rows] = [2, 4, 1_000, 200]

interface Counts {
  readonly batches: number
  readonly deadlocks: number
}

/** Two processes write until the time is over, or until the first deadlock where that is what is waited for. */
async function writeTogether(sorted: boolean): Promise<Counts> {
  const client = new pg.Client({ connectionString: own.href })
  await client.connect()
  await client.query('drop table if exists counters; create table counters (id int primary key, n bigint)')
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
  const { rows: stored } = await client.query<{ sum: string }>(
    'select coalesce(sum(n), 0) as sum from counters',
  )
  expect(Number(stored[0]?.sum)).toBe(sums.batches * rows)
  await client.end()
  return sums
}

/** What the server has counted, when all sessions are gone: they report as they end. */
async function deadlocksOfServer(): Promise<number> {
  for (;;) {
    const { rows: sessions } = await admin.query('select 1 from pg_stat_activity where datname = $1', [
      database,
    ])
    if (sessions.length === 0) break
  }
  const { rows: found } = await admin.query<{ deadlocks: string }>(
    'select deadlocks from pg_stat_database where datname = $1',
    [database],
  )
  return Number(found[0]?.deadlocks)
}

test(
  `${processes} processes, ${flushers} batches at once each, ${keys} shared keys: no deadlock`,
  async () => {
    const { batches, deadlocks } = await writeTogether(true)
    expect(batches).toBeGreaterThan(0)
    expect(deadlocks).toBe(0)
    expect(await deadlocksOfServer()).toBe(0)
  },
  (seconds + 60) * 1_000,
)

test('and with the sorting switched off there are some', async () => {
  expect((await writeTogether(false)).deadlocks).toBeGreaterThan(0)
  expect(await deadlocksOfServer()).toBeGreaterThan(0)
}, 60_000)
