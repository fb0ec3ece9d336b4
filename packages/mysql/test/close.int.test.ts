import { createBatchFlow } from '@batchflow/core'
import { mysql } from '@batchflow/mysql'
import { expect, test } from '@jest/globals'
import { openDatabase, write } from './database.ts'
import { items, rowsFrom } from './flow.ts'

const table = 'create table items (id int primary key, name varchar(50))'

test('close waits for what is in flight, and leaves the pool to its owner', async () => {
  await using database = await openDatabase()
  await database.query(table)
  const driver = mysql({ pool: database.pool })
  const writes = [0, 1, 2, 3, 4, 5].map((batch) => write(driver, items, rowsFrom(batch * 500, 500)))
  const closed = driver.close()
  await expect(write(driver, items, rowsFrom(9_000, 1))).rejects.toMatchObject({ code: 'BATCHFLOW_CLOSED' })
  await closed
  expect(await database.query('select count(*) as n from items')).toEqual([{ n: '3000' }])
  await Promise.all(writes)
  await database.pool.query('select 1')
  expect(driver.pool()).toMatchObject({ inUse: 0, pending: 0, max: 4 })
})

test('rows of a second flow that shares the driver stay, and come back from its close', async () => {
  await using database = await openDatabase()
  await database.query(table)
  const driver = mysql({ pool: database.pool })
  const letters: unknown[] = []
  const flowOf = () => createBatchFlow({ driver, onDeadLetter: (letter) => void letters.push(letter) })
  const [first, second] = [flowOf(), flowOf()]
  await first.submit(items, { id: 1, name: 'one' })
  await second.submit(items, { id: 2, name: 'two' })
  await second.flush()
  await first.close()
  await second.submit(items, { id: 3, name: 'three' })
  const error: unknown = await second.close({ timeoutMs: 200 }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'BATCHFLOW_CLOSE_TIMEOUT',
    rows: [{ row: { id: 3, name: 'three' }, ambiguous: false }],
  })
  expect(letters).toEqual([])
})

test('a pool that was ended under the driver keeps the rows', async () => {
  await using database = await openDatabase()
  await database.query(table)
  const pool = database.openPool()
  const driver = mysql({ pool })
  await write(driver, items, rowsFrom(0, 1))
  await pool.end()
  const error: unknown = await write(driver, items, rowsFrom(1, 1)).catch((reason: unknown) => reason)
  expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'connection' })
})
