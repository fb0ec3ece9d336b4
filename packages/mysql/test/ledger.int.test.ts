import { ledgerTable, mysql } from '@batchflow/mysql'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { batchOf, openDatabase, reasons, type TestDatabase } from './database.ts'
import { items, rowsFrom } from './flow.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await openDatabase()
  await database.query(
    `create table items (id int, name varchar(50) check (name <> 'bad')) ; ${ledgerTable}; ${ledgerTable}`,
  )
})
afterEach(() => database.close())

const context = { attempt: 1, signal: new AbortController().signal, timeoutMs: 30_000 }

async function count(table: string): Promise<number> {
  const [row] = await database.query(`select count(*) as n from ${table}`)
  return Number(row?.['n'])
}

test('a batch that is written again under its id is not', async () => {
  const driver = mysql({ pool: database.pool, ledger: true })
  const batch = batchOf(items, rowsFrom(0, 10))
  expect(await driver.write(batch, context)).toBeUndefined()
  expect(await driver.write(batch, { ...context, attempt: 2 })).toBeUndefined()
  expect(await count('items')).toBe(10)
  expect(await driver.write(batchOf(items, rowsFrom(10, 10)), context)).toBeUndefined()
  expect(await count('items')).toBe(20)
})

test('a repeated batch answers for its bad rows as it did', async () => {
  const driver = mysql({ pool: database.pool, ledger: true })
  const rows = rowsFrom(0, 10).map((row) => (row.id === 4 ? { ...row, name: 'bad' } : row))
  const batch = batchOf(items, [...rows, { id: 'x', name: 'refused here' }])
  const expected = [...rows.map(({ id }) => (id === 4 ? 'poison constraint' : 'w')), 'poison invalid_row']
  expect(reasons(await driver.write(batch, context))).toEqual(expected)
  expect(reasons(await driver.write(batch, { ...context, attempt: 2 }))).toEqual(expected)
  expect(await count('items')).toBe(9)
})

test('an attempt waits while another one at the same batch is under way, and finds what it did', async () => {
  const driver = mysql({ pool: database.pool, ledger: true })
  for (const end of ['commit', 'rollback']) {
    const batch = batchOf(items, rowsFrom(0, 10))
    await database.query(`delete from items; begin; insert into batchflow_ledger (id) values ('${batch.id}')`)
    await database.query(`insert into items values (1, 'of the other')`)
    const writing = driver.write(batch, context)
    for (let isWaiting = false; !isWaiting;) {
      const found = await database.query(
        `select 1 from information_schema.processlist where db = '${database.name}'
          and info like 'insert into batchflow_ledger%' and id <> connection_id()`,
      )
      isWaiting = found.length > 0
    }
    await database.query(end)
    expect(await writing).toBeUndefined()
    expect(await count('items')).toBe(end === 'commit' ? 1 : 10)
  }
})

test('batches under way in two transactions at once do not deadlock over the ledger', async () => {
  const driver = mysql({ pool: database.pool, ledger: true })
  const writes = Array.from({ length: 40 }, (_, batch) =>
    driver.write(batchOf(items, rowsFrom(batch * 10, 10)), context),
  )
  expect(await Promise.all(writes)).toEqual(writes.map(() => undefined))
  expect(await count('items')).toBe(400)
})

test('marks are deleted when they are old enough', async () => {
  const driver = mysql({ pool: database.pool, ledger: true })
  await driver.write(batchOf(items, rowsFrom(0, 1)), context)
  await driver.write(batchOf(items, rowsFrom(1, 1)), context)
  await database.query(`update batchflow_ledger set committed_at = now(3) - interval 1 hour limit 1`)
  expect(await driver.pruneLedger({ olderThanMs: 60_000 })).toBe(1)
  expect(await count('batchflow_ledger')).toBe(1)
  await expect(driver.pruneLedger({ olderThanMs: -1 })).rejects.toMatchObject({
    code: 'BATCHFLOW_INVALID_OPTION',
    message: 'olderThanMs must be a number of milliseconds from 0 on, got -1',
  })
})

test('without its table the lane stops, with a clear sentence', async () => {
  await database.query('drop table batchflow_ledger')
  const driver = mysql({ pool: database.pool, ledger: true })
  const error: unknown = await driver
    .write(batchOf(items, rowsFrom(0, 1)), context)
    .catch((reason: unknown) => reason)
  expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
  expect((error as Error).message).toMatch(/^Table '.*batchflow_ledger' doesn't exist \(errno 1146\)$/)
  expect(await count('items')).toBe(0)
})
