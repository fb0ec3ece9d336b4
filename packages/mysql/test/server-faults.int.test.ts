import { ledgerTable, mysql, tableOf } from '@batchflow/mysql'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openDatabase, reasons, type TestDatabase, write } from './database.ts'
import { expectBalance, items, openFlow, rowsFrom, until, upserts } from './flow.ts'
import { type OwnServer, startServer } from './own-server.ts'

let server: OwnServer
let database: TestDatabase

beforeAll(async () => {
  server = await startServer(['max-allowed-packet=1M'])
  await open()
}, 60_000)

afterAll(async () => {
  await database.close()
  await server[Symbol.asyncDispose]()
}, 60_000)

async function open(): Promise<void> {
  database = await openDatabase({}, server.url)
  await database.query(`create table items (id int primary key, name varchar(50)); ${ledgerTable}`)
}

async function stored(): Promise<number> {
  const [row] = await database.query('select count(*) as n from items')
  return Number(row?.['n'])
}

describe('packets of at most one megabyte', () => {
  const table = tableOf<{ id: number; v: string | Buffer }>()('t', { columns: ['id', 'v'] })

  test.each(['prepared', 'text'] as const)('%s: batches are split, and one row is not', async (protocol) => {
    await database.query('drop table if exists t; create table t (id int primary key, v longtext)')
    const driver = mysql({ pool: database.pool, protocol })
    const rows = Array.from({ length: 12 }, (_, id) => ({ id, v: 'ü'.repeat(150_000) }))
    const tooLong = { id: 99, v: 'x'.repeat(2 ** 20) }
    const outcomes = await write(driver, table, [...rows.slice(0, 5), tooLong, ...rows.slice(5)])
    expect(reasons(outcomes)?.map((outcome) => outcome !== 'w' && outcome)).toEqual(
      Array.from({ length: 13 }, (_, row) => row === 5 && 'poison too_large'),
    )
    expect(await database.query('select count(*) as n, sum(length(v)) as bytes from t')).toEqual([
      { n: '12', bytes: '3600000' },
    ])
    const [outcome] = (await write(driver, table, [tooLong])) ?? []
    expect(outcome?.outcome === 'failed' && (outcome.cause as Error).message).toBe(
      't: row must fit into a packet of 1048576 bytes (max_allowed_packet), got a larger one',
    )
  })

  test('a binary value of more than half of it is bound, where statements are prepared', async () => {
    await database.query('drop table if exists t; create table t (id int primary key, v longblob)')
    const rows = [{ id: 1, v: Buffer.alloc(600_000, 7) }]
    expect(reasons(await write(mysql({ pool: database.pool, protocol: 'text' }), table, rows))).toEqual([
      'poison too_large',
    ])
    expect(await write(mysql({ pool: database.pool }), table, rows)).toBeUndefined()
    expect(await database.query('select length(v) as bytes from t')).toEqual([{ bytes: 600_000 }])
  })

  test('a row is taken up to the limit, and what goes beyond it never reaches the server', async () => {
    await database.query('drop table if exists t; create table t (id int primary key, v longtext)')
    const driver = mysql({ pool: database.pool })
    // 24 bytes of a packet are not the value's.
    for (const [id, rest] of [400, 25, 24, 0].entries()) {
      const outcomes = await write(driver, table, [{ id, v: 'x'.repeat(2 ** 20 - rest) }])
      expect(reasons(outcomes) ?? ['w']).toEqual([rest > 24 ? 'w' : 'poison too_large'])
    }
    // The server would have ended the connection.
    expect(driver.pool()).toMatchObject({ inUse: 0, idle: 1 })
  })
})

test('a server that takes no prepared statements gets text', async () => {
  await database.query('set global max_prepared_stmt_count = 0')
  await using flow = openFlow({ pool: database.pool })
  for (let first = 0; first < 100; first += 10) {
    await flow.submit(rowsFrom(first, 10))
    await flow.flow.flush()
  }
  expect(await stored()).toBe(100)
  expect(flow.reasons.length).toBeLessThanOrEqual(1)
  await database.query('set global max_prepared_stmt_count = 16382')
})

test('a server that becomes read-only keeps the rows until it is not', async () => {
  // root writes all the same.
  await database.query(
    `create user writer@'%'; grant all on *.* to writer@'%'; revoke super, read_only admin on *.* from writer@'%'`,
  )
  const as = new URL(server.url)
  as.username = 'writer'
  const pool = database.openPool({ uri: as.href })
  await using flow = openFlow({ pool })
  await database.query('truncate items; set global read_only = 1')
  await flow.submit(rowsFrom(0, 10))
  expect(await flow.firstFailure()).toBe('readonly')
  await database.query('set global read_only = 0')
  expect(await flow.flow.flush()).toEqual({ written: 10, failed: 0 })
  expect(await stored()).toBe(10)
})

test('a server that stands still is given up, and what it did later is not done twice', async () => {
  await database.query('truncate items')
  await using flow = openFlow({ pool: database.pool, ledger: true }, { timeoutMs: 500 })
  await flow.submit(rowsFrom(1_000, 1))
  await flow.flow.flush()
  server.freeze()
  await flow.submit(rowsFrom(0, 50))
  await until(() => flow.reasons.length > 0)
  server.thaw()
  expect(await flow.flow.flush()).toEqual({ written: 50, failed: 0 })
  expect(await stored()).toBe(51)
  expectBalance(flow.flow.stats())
})

test('a server that is killed and comes back has every row that was acknowledged, once', async () => {
  await database.query('truncate items')
  await using flow = openFlow({ pool: database.pool, ledger: true }, { timeoutMs: 2_000 })
  const settled: number[] = []
  const pending: Promise<unknown>[] = []
  const submit = (first: number, count: number) => {
    for (const row of rowsFrom(first, count))
      pending.push(flow.flow.submitAndSettle(upserts, row).then(() => settled.push(row.id)))
  }
  submit(0, 500)
  await until(() => settled.length > 50)
  await server.kill()
  const acknowledged = [...settled]
  submit(500, 500)
  await server.start()
  const { uri } = { uri: server.url }
  await using outside = await openDatabase({}, uri)
  const ids = async () =>
    (await outside.query(`select id from ${database.name}.items order by id`)).map(({ id }) => Number(id))
  expect(await ids()).toEqual(expect.arrayContaining(acknowledged))
  await Promise.all(pending)
  expect(await ids()).toEqual(Array.from({ length: 1_000 }, (_, id) => id))
  expect(items.name).toBe('items')
  // The connection of the tests went down with the server.
  await outside.query(`drop database ${database.name}`)
  await open()
})
