import type { Position } from '@batchflow/core'
import { ledgerTable, type PostgresDriver, type PostgresOptions, postgres } from '@batchflow/postgres'
import { createFaultProxy } from '@batchflow/testkit/fault-proxy'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { reasons, rejection, write } from './attempt.ts'
import { openDatabase, type TestDatabase, url, waitForLock } from './database.ts'
import { define } from './define.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await openDatabase()
  await database.query(`create table items (id int, name text check (name <> 'bad')); ${ledgerTable}`)
})
afterEach(() => database.close())

const items = define('items', { columns: ['id', 'name'] })
const never = new AbortController().signal
const source = 'orders:3'
const fenced = { kind: 'configuration', reason: 'context' }

const rowsOf = (...numbers: readonly number[]) => numbers.map((id) => ({ id, name: 'x' }))
const at = (last: string, epoch = 1): Position => ({ source, last, epoch })
const ids = async () => (await database.query('select id from items order by id')).map(({ id }) => id)
const marks = async () => await database.query('select id, refused is not null as bad from batchflow_ledger')

async function stored(): Promise<unknown> {
  const [row] = await database.query('select last, epoch::int from batchflow_positions')
  return row
}

/** What a batch was refused for. */
async function refusal(driver: PostgresDriver, writing: Promise<unknown>): Promise<unknown> {
  const error = await rejection(writing)
  return { code: (error as { code?: unknown }).code, failure: driver.classify(error) }
}

const isFenced = { code: 'BATCHFLOW_FENCED', failure: fenced }

const flavours: readonly (readonly [string, () => PostgresOptions])[] = [
  ['COPY', () => ({ pool: database.pool, ledger: true })],
  ['arrays', () => ({ pool: database.pool, ledger: true, strategy: 'unnest' })],
  ['VALUES', () => ({ pool: database.pool, ledger: true, strategy: 'values' })],
  [
    'Kysely',
    () => ({ db: new Kysely({ dialect: new PostgresDialect({ pool: database.pool }) }), ledger: true }),
  ],
]

describe.each(flavours)('with %s', (_, optionsOf) => {
  let driver: PostgresDriver
  beforeEach(async () => {
    driver = postgres(optionsOf())
    expect(await driver.claimPosition(source, { signal: never })).toEqual({ epoch: 1, last: undefined })
  })

  test('the position advances with the rows, and leaves no mark', async () => {
    expect(await write(driver, items, rowsOf(1, 2), { position: at('1-2') })).toBeUndefined()
    expect(await stored()).toEqual({ last: '1-2', epoch: 1 })
    expect(await write(driver, items, rowsOf(3), { position: at('1-3') })).toBeUndefined()
    expect(await stored()).toEqual({ last: '1-3', epoch: 1 })
    expect(await ids()).toEqual([1, 2, 3])
    expect(await marks()).toEqual([])
    expect(await driver.claimPosition(source, { signal: never })).toEqual({ epoch: 2, last: '1-3' })
  })

  test('a batch that is not behind what was committed is not written again, whatever its id', async () => {
    await write(driver, items, rowsOf(1, 2), { position: at('1-2'), id: 'one' })
    for (const id of ['one', 'two'])
      for (const last of ['1-2', '1-1', '0'])
        expect(await write(driver, items, rowsOf(1, 2), { position: at(last), id })).toBeUndefined()
    expect(await ids()).toEqual([1, 2])
    expect(await stored()).toEqual({ last: '1-2', epoch: 1 })
  })

  test('ids are compared by code unit', async () => {
    // Collations of people have them in another order.
    for (const last of ['B', 'a', 'ä']) await write(driver, items, rowsOf(1), { position: at(last) })
    expect(await ids()).toEqual([1, 1, 1])
    expect(await write(driver, items, rowsOf(2), { position: at('Z') })).toBeUndefined()
    expect(await ids()).toEqual([1, 1, 1])
  })

  test('bad rows of a repeated batch stay bad, whether the server or the driver refused them', async () => {
    const rows = [...rowsOf(1), { id: 2, name: 'bad' }, { id: 'x', name: 'y' }, ...rowsOf(4)]
    const expected = ['w', 'poison constraint', 'poison invalid_row', 'w']
    const options = { position: at('1-4'), id: 'one' }
    expect(reasons(await write(driver, items, rows, options))).toEqual(expected)
    expect(await stored()).toEqual({ last: '1-4', epoch: 1 })
    await database.query('alter table items drop constraint items_name_check')
    expect(reasons(await write(driver, items, rows, options))).toEqual(expected)
    expect(await ids()).toEqual([1, 4])
    expect(await marks()).toEqual([{ id: 'one', bad: true }])
  })

  test('a batch of bad rows alone advances the position, too', async () => {
    for (const [last, id] of [
      ['1', 'refused by the driver'],
      ['2', 'refused by the server'],
    ] as const) {
      const rows = last === '1' ? [{ id: 'x', name: 'y' }] : [{ id: 1, name: 'bad' }]
      const expected = [last === '1' ? 'poison invalid_row' : 'poison constraint']
      for (let attempt = 1; attempt <= 2; attempt++)
        expect(reasons(await write(driver, items, rows, { position: at(last), id }))).toEqual(expected)
      expect(await stored()).toEqual({ last, epoch: 1 })
    }
  })

  test('a repeated batch with unique keys is no batch of duplicates', async () => {
    await database.query('alter table items add primary key (id)')
    await write(driver, items, rowsOf(1, 2, 3), { position: at('1-3'), id: 'one' })
    expect(await write(driver, items, rowsOf(1, 2, 3), { position: at('1-3'), id: 'one' })).toBeUndefined()
    expect(await ids()).toEqual([1, 2, 3])
  })

  test('halves follow each other', async () => {
    await write(driver, items, rowsOf(1, 2), { position: at('1-2'), id: 'one/0' })
    await write(driver, items, rowsOf(3, 4), { position: at('1-4'), id: 'one/1' })
    await write(driver, items, rowsOf(1, 2), { position: at('1-2'), id: 'one/0' })
    expect(await ids()).toEqual([1, 2, 3, 4])
    expect(await stored()).toEqual({ last: '1-4', epoch: 1 })
  })

  test('of a batch with an older epoch nothing is written', async () => {
    await write(driver, items, rowsOf(1), { position: at('1') })
    expect(await driver.claimPosition(source, { signal: never })).toEqual({ epoch: 2, last: '1' })
    for (const rows of [rowsOf(2, 3), [...rowsOf(2), { id: 3, name: 'bad' }], [{ id: 'x', name: 'y' }]])
      expect(await refusal(driver, write(driver, items, rows, { position: at('2') }))).toEqual(isFenced)
    expect(await ids()).toEqual([1])
    expect(await marks()).toEqual([])
    expect(await stored()).toEqual({ last: '1', epoch: 2 })
    // What was committed before it was fenced stays committed.
    expect(await write(driver, items, rowsOf(1), { position: at('1') })).toBeUndefined()
    expect(await write(driver, items, rowsOf(2), { position: at('2', 2) })).toBeUndefined()
    expect(await ids()).toEqual([1, 2])
  })

  test('without a claim nothing is written', async () => {
    await database.query('delete from batchflow_positions')
    expect(await refusal(driver, write(driver, items, rowsOf(1), { position: at('1') }))).toEqual(isFenced)
    expect(await ids()).toEqual([])
    expect(await stored()).toBeUndefined()
  })

  test('a claim waits for a batch that is being committed', async () => {
    await write(driver, items, rowsOf(0), { position: at('0') })
    await stallAtCommit()
    await database.query('select pg_advisory_lock(1)')
    const writing = write(driver, items, rowsOf(1), { position: at('1') })
    await database.awaitSessions(waitForLock)
    const claiming = postgres(optionsOf()).claimPosition(source, { signal: never })
    while ((await database.sessions(waitForLock)).length < 2);
    await database.query('select pg_advisory_unlock(1)')
    expect(await writing).toBeUndefined()
    expect(await claiming).toEqual({ epoch: 2, last: '1' })
    expect(await ids()).toEqual([0, 1])
  })

  test('a claim does not wait for a batch among its rows, which is refused at its end', async () => {
    await write(driver, items, rowsOf(0), { position: at('0') })
    await database.query(`
      create function wait() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock_shared(1); return new; end $$;
      create trigger stalled before insert on items for each row execute function wait();
      select pg_advisory_lock(1)`)
    for (const [epoch, rows] of [rowsOf(1, 2), [...rowsOf(1), { id: 2, name: 'bad' }]].entries()) {
      const position = at('2', epoch + 1)
      const refused = refusal(driver, write(driver, items, rows, { position }))
      await database.awaitSessions(waitForLock)
      const claimed = await postgres(optionsOf()).claimPosition(source, { signal: never })
      expect(claimed).toEqual({ epoch: epoch + 2, last: '0' })
      await database.query('select pg_advisory_unlock(1)')
      expect(await refused).toEqual(isFenced)
      await database.query('select pg_advisory_lock(1)')
    }
    expect(await ids()).toEqual([0])
    expect(await stored()).toEqual({ last: '0', epoch: 3 })
  })

  test('a claim that comes while bad rows are looked for fences all of them', async () => {
    // The second statement of the search is the one that stalls.
    await database.query(`
      create function wait() returns trigger language plpgsql as
        $$ begin if new.id = 3 then perform pg_advisory_xact_lock_shared(1); end if; return new; end $$;
      create trigger stalled before insert on items for each row execute function wait()`)
    const rows = [{ id: 1, name: 'bad' }, { id: 2, name: 'x' }, ...rowsOf(3, 4)]
    await database.query('select pg_advisory_lock(1)')
    const refused = refusal(driver, write(driver, items, rows, { position: at('4') }))
    await database.awaitSessions(waitForLock)
    await driver.claimPosition(source, { signal: never })
    await database.query('select pg_advisory_unlock(1)')
    expect(await refused).toEqual(isFenced)
    expect(await ids()).toEqual([])
    expect(await marks()).toEqual([])
  })

  test('claims at the same time get different epochs', async () => {
    const claims = await Promise.all(
      Array.from({ length: 12 }, async () => await driver.claimPosition('new', { signal: never })),
    )
    const epochs = claims.map(({ epoch }) => epoch).sort((a, b) => a - b)
    expect(epochs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('a missing table is told by the name of what makes it', async () => {
    await database.query('drop table batchflow_positions')
    const other = postgres(optionsOf())
    for (const asking of [
      () => other.prepare(items, { signal: never }),
      () => other.claimPosition(source, { signal: never }),
      () => driver.claimPosition(source, { signal: never }),
      () => write(driver, items, rowsOf(1), { position: at('1') }),
    ])
      expect(await rejection(asking())).toMatchObject({
        code: 'BATCHFLOW_INVALID_OPTION',
        message:
          'ledger must be false without the table batchflow_positions, which is not there: run the SQL of ledgerTable once',
      })
    expect(await ids()).toEqual([])
  })
})

/** Transactions on items wait behind their last statement. */
async function stallAtCommit(): Promise<void> {
  await database.query(`
    create function wait() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(1); return new; end $$;
    create constraint trigger stalled after insert on items deferrable initially deferred
      for each row execute function wait()`)
}

describe('a lost answer to the commit', () => {
  test.each(['unnest', 'copy'] as const)(
    '%s: the repeated batch is answered as written',
    async (strategy) => {
      await using proxied = await openProxy()
      const { proxy, pool } = proxied
      const driver = postgres({ pool, strategy, ledger: true })
      await driver.claimPosition(source, { signal: never })
      await write(driver, items, rowsOf(1), { position: at('1') })
      proxy.onRequest((data) => data.includes('batchflow_positions'), { lose: 'reply', by: 'reset' })
      const attempt = () => write(driver, items, rowsOf(2, 3), { position: at('3'), id: 'one' })
      expect(driver.classify(await rejection(attempt()))).toEqual({ kind: 'ambiguous', reason: 'connection' })
      expect(proxy.armed).toBe(0)
      expect(await attempt()).toBeUndefined()
      expect(await ids()).toEqual([1, 2, 3])
    },
  )

  test('bad rows of the batch stay bad', async () => {
    await using proxied = await openProxy()
    const { proxy, pool } = proxied
    const driver = postgres({ pool, ledger: true })
    await driver.claimPosition(source, { signal: never })
    proxy.onRequest((data) => data.includes('commit'), { lose: 'reply', by: 'reset' })
    const rows = [...rowsOf(1), { id: 2, name: 'bad' }, ...rowsOf(3)]
    const attempt = () => write(driver, items, rows, { position: at('3'), id: 'one' })
    expect(driver.classify(await rejection(attempt()))).toEqual({ kind: 'ambiguous', reason: 'connection' })
    expect(reasons(await attempt())).toEqual(['w', 'poison constraint', 'w'])
    expect(await ids()).toEqual([1, 3])
  })

  async function openProxy() {
    const { hostname, port } = new URL(url)
    const proxy = await createFaultProxy({ target: { host: hostname, port: Number(port || 5432) } })
    const through = new URL(url)
    through.hostname = proxy.host
    through.port = String(proxy.port)
    const pool = new pg.Pool({ ...database.pool.options, connectionString: through.href })
    pool.on('error', () => {})
    return {
      proxy,
      pool,
      async [Symbol.asyncDispose]() {
        await pool.end()
        await proxy.close()
      },
    }
  }
})

test('attempts at one batch at the same time write it once', async () => {
  const driver = postgres({ pool: database.pool, ledger: true })
  await driver.claimPosition(source, { signal: never })
  const rows = rowsOf(...Array.from({ length: 100 }, (_, id) => id))
  const attempts = Array.from({ length: 4 }, (_, index) =>
    write(driver, items, rows, { position: at('1'), id: 'one', attempt: index + 1 }),
  )
  expect(await Promise.all(attempts)).toEqual(attempts.map(() => undefined))
  expect(await ids()).toHaveLength(100)
})

test('a batch with a position is one round trip', async () => {
  const driver = postgres({ pool: database.pool, strategy: 'unnest', ledger: true })
  await driver.claimPosition(source, { signal: never })
  await write(driver, items, rowsOf(1), { position: at('1') })
  let sent = 0
  const query = pg.Client.prototype.query
  pg.Client.prototype.query = function counted(this: pg.Client, ...args: never[]) {
    sent++
    const answer: unknown = Reflect.apply(query, this, args)
    return answer
  } as typeof query
  try {
    await write(driver, items, rowsOf(2), { position: at('2') })
  } finally {
    pg.Client.prototype.query = query
  }
  expect(sent).toBe(1)
})

test('a source is a value, whatever is in it', async () => {
  const odd = `'); drop table items; --\\' "x" \\ $1`
  for (const strategy of ['copy', 'unnest'] as const) {
    const driver = postgres({ pool: database.pool, strategy, ledger: true })
    const { epoch } = await driver.claimPosition(odd, { signal: never })
    const position = { source: odd, last: `${epoch}'`, epoch }
    for (let attempt = 1; attempt <= 2; attempt++)
      expect(await write(driver, items, rowsOf(epoch), { position })).toBeUndefined()
  }
  expect(await ids()).toEqual([1, 2])
})

test('sources do not know of each other', async () => {
  const driver = postgres({ pool: database.pool, ledger: true })
  for (const name of ['a', 'b']) await driver.claimPosition(name, { signal: never })
  await driver.claimPosition('b', { signal: never })
  await write(driver, items, rowsOf(1), { position: { source: 'a', last: '9', epoch: 1 } })
  await write(driver, items, rowsOf(2), { position: { source: 'b', last: '1', epoch: 2 } })
  expect(await ids()).toEqual([1, 2])
})

test('positions need a ledger', async () => {
  const driver = postgres({ pool: database.pool })
  for (const asking of [
    () => write(driver, items, rowsOf(1), { position: at('1') }),
    () => driver.claimPosition(source, { signal: never }),
  ])
    expect(await rejection(asking())).toMatchObject({
      code: 'BATCHFLOW_INVALID_OPTION',
      message: 'ledger must be true for positions, got false',
    })
  expect(await ids()).toEqual([])
})

test('a closed driver claims nothing, and an aborted claim is none', async () => {
  const driver = postgres({ pool: database.pool, ledger: true })
  const error = await rejection(driver.claimPosition(source, { signal: AbortSignal.abort() }))
  expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
  await driver.close()
  expect(await rejection(driver.claimPosition(source, { signal: never }))).toMatchObject({
    code: 'BATCHFLOW_CLOSED',
  })
  expect(await stored()).toBeUndefined()
})
