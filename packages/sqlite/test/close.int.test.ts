import { createBatchFlow } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { openDatabase } from './database.ts'
import { makeUsers, setup, users } from './users.ts'

test('close waits for what is in flight, leaves one file, and happens once', async () => {
  await using db = await openDatabase({ setup })
  const writes = [0, 1, 2, 3, 4].map((batch) => db.write(users, makeUsers(500, batch * 500)))
  const [first] = await Promise.all([writes[0], Promise.resolve()])
  expect(first).toBeUndefined()
  const closed = db.driver.close()
  expect(db.driver.close()).toBe(closed)
  await expect(db.write(users, makeUsers(1, 9999))).rejects.toMatchObject({ code: 'BATCHFLOW_CLOSED' })
  await closed
  await Promise.all(writes)
  expect(existsSync(db.path) && !existsSync(`${db.path}-wal`) && !existsSync(`${db.path}-shm`)).toBe(true)
  const reopened = new Database(db.path, { readonly: true })
  expect(reopened.prepare('select count(*) as rows from users').get()).toEqual({ rows: 2500 })
  reopened.close()
})

test('a preparation that was called before close is carried out', async () => {
  await using db = await openDatabase({ setup })
  const preparing = db.driver.prepare(users, { signal: new AbortController().signal })
  await db.driver.close()
  expect(await preparing).toBeUndefined()
})

test('a write that was called before close is carried out, even if its table was new', async () => {
  await using db = await openDatabase({ setup })
  const writing = db.write(users, makeUsers(10))
  await db.driver.close()
  expect(await writing).toBeUndefined()
})

test('closing a driver that was never used starts nothing', async () => {
  await using db = await openDatabase()
  await db.driver.close()
  expect(existsSync(db.path)).toBe(false)
})

test('rows of a second flow that shares the driver stay, and come back from its close', async () => {
  await using db = await openDatabase({ setup })
  const letters: unknown[] = []
  const flowOf = () =>
    createBatchFlow({ driver: db.driver, onDeadLetter: (letter) => void letters.push(letter) })
  const [first, second] = [flowOf(), flowOf()]
  await first.submit(users, { id: 1, name: 'one' })
  await second.submit(users, { id: 2, name: 'two' })
  await second.flush()
  await first.close()
  await second.submit(users, { id: 3, name: 'three' })
  const error: unknown = await second.close({ timeoutMs: 200 }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'BATCHFLOW_CLOSE_TIMEOUT',
    rows: [{ row: { id: 3, name: 'three' }, ambiguous: false }],
  })
  expect(letters).toEqual([])
})
