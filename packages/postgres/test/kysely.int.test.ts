// The driver over a Kysely instance: what is its own there. That it meets the contract is shown with the others.
import { type PostgresDriver, postgres } from '@batchflow/postgres'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { rejection, write } from './attempt.ts'
import { openDatabase, type TestDatabase, waitForLock } from './database.ts'
import { define } from './define.ts'
import { deadRows, expectBalance, openFlow } from './open-flow.ts'

let database: TestDatabase
let pool: pg.Pool
let db: Kysely<unknown>
let driver: PostgresDriver

beforeEach(async () => {
  database = await openDatabase()
  await database.query(`create table items (id int primary key, name text check (name <> 'bad'), list int[])`)
  pool = new pg.Pool({ ...database.pool.options, max: 2 })
  pool.on('error', () => {})
  // The README's advice: Kysely does not listen to its clients.
  pool.on('connect', (client) => client.on('error', () => {}))
  db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  driver = postgres({ db })
})

afterEach(async () => {
  await db.destroy()
  await database.close()
})

const items = define('items', { columns: ['id', 'name', 'list'] })
const rowsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: first + index, name: 'x', list: [index, null] }))
const count = async () => (await database.query('select count(*)::int as n from items'))[0]?.['n']

test('batches are written, with all their types, and the instance stays open', async () => {
  expect(await write(driver, items, rowsFrom(0, 500))).toBeUndefined()
  expect(await write(driver, items, [])).toBeUndefined()
  await driver.close()
  const { rows } = await db.executeQuery(CompiledQuery.raw('select count(*)::int as n from items'))
  expect(rows).toEqual([{ n: 500 }])
  expect(await rejection(write(driver, items, rowsFrom(500, 1)))).toMatchObject({ code: 'BATCHFLOW_CLOSED' })
})

test('bad rows are found, and nothing of the search stays behind', async () => {
  await using open = openFlow({ driver, flushSize: 64 })
  const rows = rowsFrom(0, 200).map((row) => (row.id % 50 === 7 ? { ...row, name: 'bad' } : row))
  expect(await open.write(items, rows)).toEqual({ written: 196, failed: 4 })
  expect(deadRows(open.letters).map(([, reason]) => reason)).toEqual(Array(4).fill('constraint'))
  expect(await count()).toBe(196)
  const { rows: state } = await db.executeQuery(
    CompiledQuery.raw(
      `select pg_current_xact_id_if_assigned() as xid, current_setting('statement_timeout') as timeout`,
    ),
  )
  expect(state).toEqual([{ xid: null, timeout: '0' }])
})

test('a statement that takes too long is ended by statement_timeout, with a known end', async () => {
  await using open = openFlow({ driver, timeoutMs: 300 })
  await open.write(items, rowsFrom(0, 1))
  await database.query('begin; lock table items in share mode')
  const writing = open.write(items, rowsFrom(1, 10))
  expect(await open.firstFailure).toEqual({ kind: 'overload', reason: 'timeout' })
  await database.query('commit')
  expect(await writing).toEqual({ written: 10, failed: 0 })
  expect(await count()).toBe(11)
  expectBalance(open.flow.stats())
})

test('a connection is waited for until the deadline, and what comes later is not written', async () => {
  const taken = await Promise.all([pool.connect(), pool.connect()])
  const controller = new AbortController()
  const late = rejection(write(driver, items, rowsFrom(0, 1), { signal: controller.signal }))
  controller.abort(new Error('the deadline'))
  const error = await late
  expect(error).toMatchObject({ phase: 'unsent', message: 'no connection came free in time' })
  expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
  for (const client of taken) client.release()
  expect(await write(driver, items, rowsFrom(5, 1))).toBeUndefined()
  expect(await count()).toBe(1)
  expect([pool.totalCount - pool.idleCount, pool.waitingCount]).toEqual([0, 0])
})

test('an attempt that is over before it began has sent nothing', async () => {
  const error = await rejection(write(driver, items, rowsFrom(0, 1), { signal: AbortSignal.abort() }))
  expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
  expect(await count()).toBe(0)
})

test('backends that are terminated, idle and busy, cost no row and not the process', async () => {
  await using open = openFlow({ driver, flushSize: 5 })
  await open.write(items, rowsFrom(0, 10))
  await database.terminate()
  expect(await open.write(items, rowsFrom(10, 10))).toEqual({ written: 10, failed: 0 })
  await database.query('begin; lock table items in share mode')
  const writing = open.write(items, rowsFrom(20, 10))
  await database.terminate(await database.awaitSessions(waitForLock))
  await database.query('commit')
  expect(await writing).toEqual({ written: 10, failed: 0 })
  expect(await count()).toBe(30)
  expectBalance(open.flow.stats())
})

test('an instance that is destroyed too early is no fault of the rows', async () => {
  await write(driver, items, rowsFrom(0, 1))
  await db.destroy()
  const error = await rejection(write(driver, items, rowsFrom(1, 1)))
  expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
})

test('of its connections nothing is known', () => {
  expect(driver.pool()).toEqual({ inUse: 0, idle: 0, pending: 0, max: 0 })
  expect(driver.capabilities).not.toHaveProperty('maxConcurrency')
})
