import { expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { openDatabase } from './database.ts'
import { makeUsers, setup, upserts, users } from './users.ts'

test('batches are written in the order of their calls, two at a time', async () => {
  await using db = await openDatabase({ setup })
  await db.driver.prepare(upserts, { signal: AbortSignal.abort() })
  const writes = Array.from({ length: 20 }, (_, batch) => db.write(upserts, [{ id: 1, name: `${batch}` }]))
  expect(db.driver.pool()).toEqual({ inUse: 1, idle: 0, pending: 19, max: 1 })
  await Promise.all(writes)
  expect(await db.driver.query('select name from users')).toEqual([{ name: '19' }])
  expect(db.driver.pool()).toEqual({ inUse: 0, idle: 1, pending: 0, max: 1 })
})

test('waits for a lock that another connection holds, then gives up for now; the loop goes on', async () => {
  await using db = await openDatabase({ setup })
  await db.write(users, makeUsers(1))
  const other = new Database(db.path)
  other.exec('begin immediate')
  let ticks = 0
  const timer = setInterval(() => ticks++, 5)
  const error: unknown = await db.write(users, makeUsers(5, 1)).catch((reason: unknown) => reason)
  clearInterval(timer)
  expect(db.driver.classify(error)).toEqual({ kind: 'transient', reason: 'lock_timeout' })
  expect(ticks).toBeGreaterThan(50)
  const waiting = db.write(users, makeUsers(5, 1))
  other.exec('commit')
  expect(await waiting).toBeUndefined()
  other.close()
})

test('an aborted batch leaves nothing, whether posted, waiting or not begun', async () => {
  await using db = await openDatabase({ setup })
  await db.write(users, makeUsers(1))
  const other = new Database(db.path)
  other.exec('begin immediate')
  const controller = new AbortController()
  const writes = [1, 2, 3].map((batch) => db.write(users, makeUsers(500, batch * 1000), controller.signal))
  controller.abort()
  for (const result of await Promise.allSettled([
    ...writes,
    db.write(users, makeUsers(1, 9), controller.signal),
  ])) {
    expect(result.status).toBe('rejected')
    expect(db.driver.classify((result as PromiseRejectedResult).reason)).toEqual({
      kind: 'transient',
      reason: 'processor_timeout',
    })
  }
  other.exec('commit')
  other.close()
  expect(await db.write(users, makeUsers(1, 1))).toBeUndefined()
  expect(await db.driver.query('select count(*) as rows from users')).toEqual([{ rows: 2 }])
})

test('an abort after the commit does not undo the answer', async () => {
  await using db = await openDatabase({ setup })
  const controller = new AbortController()
  expect(await db.write(users, makeUsers(5), controller.signal)).toBeUndefined()
  controller.abort()
  expect(await db.write(users, makeUsers(5, 5))).toBeUndefined()
})

test('a full database loses the transaction, not the rows, and recovers', async () => {
  await using db = await openDatabase({ setup: `${setup}; pragma max_page_count = 40` })
  const error: unknown = await db.write(users, makeUsers(5000)).catch((reason: unknown) => reason)
  expect(db.driver.classify(error)).toEqual({ kind: 'overload', reason: 'disk_full' })
  expect(await db.driver.query('select count(*) as rows from users')).toEqual([{ rows: 0 }])
  expect(await db.write(users, makeUsers(10))).toBeUndefined()
})
