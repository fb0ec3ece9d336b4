// Attempts that are aborted at any moment: what the driver says of them is what became of them.
import type { Failure } from '@batchflow/core'
import { ledgerTable, type PostgresOptions, postgres } from '@batchflow/postgres'
import { createFaultProxy, type FaultProxy } from '@batchflow/testkit/fault-proxy'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Kysely, PostgresDialect } from 'kysely'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { write } from './attempt.ts'
import { openDatabase, type TestDatabase, url, waitForLock } from './database.ts'
import { define } from './define.ts'

let database: TestDatabase
let proxy: FaultProxy
let pool: pg.Pool

beforeAll(async () => {
  database = await openDatabase()
  await database.query(
    `create table items (id int, batch int, name text check (name <> 'bad')); create index on items (batch); ${ledgerTable}`,
  )
  const { hostname, port } = new URL(url)
  proxy = await createFaultProxy({ target: { host: hostname, port: Number(port || 5432) } })
  const through = new URL(url)
  through.hostname = proxy.host
  through.port = String(proxy.port)
  pool = new pg.Pool({ ...database.pool.options, connectionString: through.href, max: 3 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
})
afterAll(async () => {
  await pool.end()
  await proxy.close()
  await database.close()
})

const items = define('items', { columns: ['id', 'batch', 'name'] })
let batches = 0

interface Result {
  readonly kind: Failure['kind'] | 'written'
  readonly written: number
}

/** One batch with a few bad rows, aborted or cut off by `breaking`: what the driver says, and what is in the table. */
async function attempt(
  options: PostgresOptions,
  breaking: (abort: () => void) => Promise<void>,
): Promise<{ readonly said: Result; readonly stored: number; readonly batch: number }> {
  const batch = ++batches
  const driver = postgres(options)
  const rows = Array.from({ length: 60 }, (_, id) => ({
    id,
    batch,
    name: batch % 3 === 0 && id % 20 === 7 ? 'bad' : 'good',
  }))
  const controller = new AbortController()
  const writing = write(driver, items, rows, { id: `batch ${batch}`, signal: controller.signal }).then(
    (outcomes): Result => ({
      kind: 'written',
      written: outcomes?.filter(({ outcome }) => outcome === 'written').length ?? rows.length,
    }),
    (error: unknown): Result => {
      const failure = driver.classify(error)
      if (failure === undefined) throw error
      return { kind: failure.kind, written: 0 }
    },
  )
  await breaking(() => controller.abort())
  const said = await writing
  await driver.close()
  return { said, stored: await storedOf(batch), batch }
}

async function storedOf(batch: number): Promise<number> {
  const [row] = await database.query('select count(*)::int as n from items where batch = $1', [batch])
  return row?.['n'] as number
}

/** `ambiguous` is all or nothing, and may still be under way; everything else is as it is said. */
async function expectTruth({ said, stored, batch }: Awaited<ReturnType<typeof attempt>>): Promise<void> {
  const good = batch % 3 === 0 ? 57 : 60
  if (said.kind === 'written') expect(stored).toBe(said.written)
  else if (said.kind === 'ambiguous') expect([0, good]).toContain(stored)
  else {
    expect(['transient', 'overload']).toContain(said.kind)
    // Not even later.
    await database.query('select pg_sleep(0.002)')
    expect(await storedOf(batch)).toBe(0)
  }
}

/** No connection is in use, or asked for. One that was being made when its attempt was aborted comes back when it is made. */
async function allBack(): Promise<void> {
  while (pool.totalCount > pool.idleCount || pool.waitingCount > 0) await turn()
}

/** Until a batch is written: a connection that was cut off while it was idle shows that to the next one only. */
async function expectGoesOn(options: PostgresOptions): Promise<void> {
  for (;;) {
    const result = await attempt(options, async () => {})
    await expectTruth(result)
    if (result.said.kind === 'written') return
  }
}

const flavours: readonly (readonly [string, () => PostgresOptions])[] = [
  ['COPY', () => ({ pool })],
  ['arrays', () => ({ pool, strategy: 'unnest', prepared: true })],
  ['a ledger', () => ({ pool, ledger: true })],
  ['Kysely', () => ({ db: new Kysely({ dialect: new PostgresDialect({ pool }) }) })],
]

test.each(flavours)('an abort at any moment: %s', async (_, optionsOf) => {
  const kinds = new Map<string, number>()
  for (let round = 0; round < 30; round++) {
    const result = await attempt(optionsOf(), async (abort) => {
      // Turns of the event loop first, then milliseconds.
      if (round < 15) for (let turns = 0; turns < round; turns++) await turn()
      else await sleep((round - 15) / 2)
      abort()
    })
    await expectTruth(result)
    kinds.set(result.said.kind, (kinds.get(result.said.kind) ?? 0) + 1)
  }
  await allBack()
  expect(kinds.get('transient')).toBeGreaterThan(0)
  // And all goes on as if nothing had been.
  await expectGoesOn(optionsOf())
})

test.each(flavours)('a connection that breaks at any moment: %s', async (_, optionsOf) => {
  for (let round = 0; round < 24; round++) {
    const result = await attempt(optionsOf(), async () => {
      for (let turns = 0; turns < round; turns++) await turn()
      if (round % 2 === 0) proxy.reset()
      else proxy.fin()
    })
    await expectTruth(result)
  }
  await allBack()
  await expectGoesOn(optionsOf())
})

test('an abort while the server is silent ends within the grace of a cancel request, and leaves no socket', async () => {
  await expectGoesOn({ pool })
  proxy.blackHole()
  const before = performance.now()
  const { said } = await attempt({ pool }, async (abort) => {
    await turn()
    abort()
  })
  expect(['ambiguous', 'transient']).toContain(said.kind)
  // The engine waits a second for the driver.
  expect(performance.now() - before).toBeLessThan(5_000)
  proxy.heal()
  while (proxy.connections > pool.totalCount) await turn()
  await expectGoesOn({ pool })
})

test('a statement that runs is cancelled on the server, and its rows are not written', async () => {
  await expectGoesOn({ pool })
  await database.query('begin; lock table items in share mode')
  const result = attempt({ pool }, async (abort) => {
    await database.awaitSessions(waitForLock)
    abort()
    while ((await database.sessions(waitForLock)).length > 0);
    await database.query('commit')
  })
  expect(await result).toMatchObject({ said: { kind: 'overload' }, stored: 0 })
})
