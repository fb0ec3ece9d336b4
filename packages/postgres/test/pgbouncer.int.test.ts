// Through a pooler that gives each transaction another connection to the server.
import { ledgerTable, postgres } from '@batchflow/postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { rejection, write } from './attempt.ts'
import { url } from './database.ts'
import { define } from './define.ts'
import { deadRows, expectBalance, openFlow } from './open-flow.ts'
import { hasPgBouncer, type PgBouncer, startPgBouncer } from './pgbouncer.ts'

const plain = (name: string) => define(name, { columns: ['id', 'name'] })
const upserts = define('c', {
  columns: ['id', 'name'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
  returning: ['stamp'],
})

/** On a machine without PgBouncer these are not run; `npm test` says so, and CI has it. */
const describePgBouncer = hasPgBouncer || process.env['CI'] === 'true' ? describe : describe.skip

describePgBouncer('through PgBouncer, pooling by transaction', () => {
  const database = `batchflow_${randomBytes(6).toString('hex')}`
  let bouncer: PgBouncer
  /** Not through PgBouncer. */
  let outside: pg.Client
  let pool: pg.Pool

  beforeAll(async () => {
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    await admin.query(`create database ${database}; `)
    await admin.end()
    const own = new URL(url)
    own.pathname = `/${database}`
    outside = new pg.Client({ connectionString: own.href })
    await outside.connect()
    bouncer = await startPgBouncer(2)
  })
  afterAll(async () => {
    await bouncer[Symbol.asyncDispose]()
    await outside.end()
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    await admin.query(`drop database ${database} with (force)`)
    await admin.end()
  })
  beforeEach(async () => {
    await outside.query(`drop table if exists a, b, c, batchflow_ledger; ${ledgerTable};
      create table a (id int primary key, name text check (name <> 'bad'));
      create table b (id int, name text); create table c (id int primary key, name text check (name <> 'bad'), stamp serial)`)
    pool = new pg.Pool({ connectionString: bouncer.urlOf(database), max: 8 })
    pool.on('error', () => {})
  })
  afterEach(() => pool.end())

  const count = async (table: string) =>
    (await outside.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]?.n

  test.each([
    ['COPY', {}],
    ['arrays and a ledger', { strategy: 'unnest', ledger: true }],
    ['COPY and a ledger', { ledger: true }],
    ['VALUES', { strategy: 'values' }],
  ] as const)('a flow of several tables, with bad rows: %s', async (_, options) => {
    await using open = openFlow({
      driver: postgres({ pool, ...options }),
      flushSize: 25,
      concurrencyLimit: 4,
      timeoutMs: 20_000,
    })
    for (let id = 0; id < 600; id++) {
      const name = id % 100 === 7 ? 'bad' : `name ${id}`
      await open.flow.submit(plain('a'), { id, name })
      await open.flow.submit(plain('b'), { id, name })
      await open.flow.submit(upserts, { id: id % 50, name })
    }
    await open.flow.flush()
    expect([await count('a'), await count('b'), await count('c')]).toEqual([594, 600, 50])
    expect(deadRows(open.letters).every(([, reason]) => reason === 'constraint')).toBe(true)
    expect(open.failures).toEqual([])
    expectBalance(open.flow.stats())
  })

  test('batches of several COPYs, good and bad, one after the other', async () => {
    const driver = postgres({ pool })
    const size = 1_000
    const bad = [undefined, 10, 260, 999, undefined]
    const writing = bad.map(async (place, batch) => {
      const rows = Array.from({ length: size }, (_, index) => ({
        id: batch * size + index,
        name: index === place ? 'bad' : 'x',
      }))
      for (let run = 0; run < 3; run++) {
        const outcomes = await write(driver, plain('a'), rows)
        const isGood = (index: number) => run === 0 && index !== place
        const expected = rows.map((_row, index) => (isGood(index) ? 'written' : 'failed'))
        expect(outcomes?.map(({ outcome }) => outcome) ?? rows.map(() => 'written')).toEqual(expected)
      }
    })
    await Promise.all(writing)
    expect(await count('a')).toBe(bad.length * size - 3)
  })

  test('the time limit of a batch is nobody else’s', async () => {
    const driver = postgres({ pool })
    for (const bad of [false, true]) {
      const rows = Array.from({ length: 10 }, (_, id) => ({ id, name: bad && id === 3 ? 'bad' : 'x' }))
      await write(driver, plain('b'), rows, { timeoutMs: 1_234 })
      await write(driver, upserts, rows, { timeoutMs: 1_234 })
    }
    // More sessions than connections to the server: each of them has had a batch.
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    for (const client of clients) {
      const { rows } = await client.query<{ t: string }>(`select current_setting('statement_timeout') as t`)
      expect(rows).toEqual([{ t: '0' }])
      client.release()
    }
  })

  test('a statement that takes too long is cancelled, and nobody else’s', async () => {
    const driver = postgres({ pool })
    await write(driver, upserts, [{ id: 0, name: 'x' }])
    await outside.query('begin; lock table c in share mode')
    const controller = new AbortController()
    const writing = rejection(write(driver, upserts, [{ id: 1, name: 'x' }], { signal: controller.signal }))
    for (;;) {
      await outside.query('select pg_stat_clear_snapshot()')
      const { rows } = await outside.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      )
      if (rows.length > 0) break
    }
    controller.abort()
    expect(driver.classify(await writing)).toEqual({ kind: 'overload', reason: 'timeout' })
    await outside.query('commit')
    await write(driver, upserts, [{ id: 2, name: 'x' }])
    expect((await outside.query('select id from c order by id')).rows).toEqual([{ id: 0 }, { id: 2 }])
    expect(pool.totalCount - pool.idleCount).toBe(0)
  })

  test('connections to the server that are lost under load cost no row', async () => {
    await using open = openFlow({ driver: postgres({ pool, ledger: true }), flushSize: 10 })
    let rows = 0
    while (open.failures.length < 3) {
      for (const end = rows + 200; rows < end; rows++)
        await open.flow.submit(plain('b'), { id: rows, name: 'x' })
      await outside.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`)
      await sleep(2)
    }
    await open.flow.flush()
    expect(await count('b')).toBe(rows)
    expect(open.letters).toEqual([])
    expect(new Set(open.failures.map(({ reason }) => reason))).toEqual(new Set(['connection']))
  })

  test('a deferred check that fails at the commit is found behind savepoints', async () => {
    await outside.query(`alter table b add constraint b_once unique (id) deferrable initially deferred;
      insert into b values (5, 'there')`)
    await using open = openFlow({ driver: postgres({ pool, ledger: true }) })
    const rows = Array.from({ length: 10 }, (_, id) => ({ id, name: 'x' }))
    expect(await open.write(plain('b'), rows)).toEqual({ written: 9, failed: 1 })
    expect(deadRows(open.letters)).toEqual([[rows[5], 'duplicate_key']])
  })
})
