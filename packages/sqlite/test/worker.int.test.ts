import { expect, test } from '@jest/globals'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'
import { openDatabase } from './database.ts'
import { makeUsers, setup, upserts, users } from './users.ts'

/** The workers started while `run` runs; a driver keeps its own to itself. */
async function workersOf(run: () => Promise<unknown>): Promise<Worker[]> {
  const workers: Worker[] = []
  const collect = (message: unknown) => workers.push((message as { worker: Worker }).worker)
  subscribe('worker_threads', collect)
  await run()
  unsubscribe('worker_threads', collect)
  return workers
}

/** Ends a worker by an error that nobody catches. (To terminate it inside a call of better-sqlite3 is not safe.) */
function crash(worker: Worker | undefined): Promise<unknown> {
  const exited = new Promise((resolve) => worker?.once('exit', resolve))
  worker?.postMessage(null)
  return exited
}

test('a worker that dies makes its batches ambiguous, and the next write starts another', async () => {
  await using db = await openDatabase({ setup })
  const [worker] = await workersOf(() => db.write(upserts, makeUsers(1)))
  const crashed = crash(worker)
  const writes = [1, 2, 3].map((batch) => db.write(upserts, makeUsers(10, batch * 10)))
  await crashed
  const results = await Promise.allSettled(writes)
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  expect(db.driver.classify((results[0] as PromiseRejectedResult).reason)).toEqual({
    kind: 'ambiguous',
    reason: 'connection',
  })
  expect(await db.write(upserts, makeUsers(20, 10))).toBeUndefined()
  expect(await db.driver.query('select count(*) as rows from users')).toEqual([{ rows: 31 }])
})

test('an in-memory database works, and is not started anew in silence when its worker dies', async () => {
  await using db = await openDatabase({ path: ':memory:', setup })
  const [worker] = await workersOf(() => db.write(users, makeUsers(250)))
  expect(await db.driver.query('select count(*) as rows from users')).toEqual([{ rows: 250 }])
  await crash(worker)
  const error: unknown = await db.write(users, makeUsers(1, 999)).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'BATCHFLOW_CLOSED',
    message: 'the in-memory database is gone: its worker has ended',
  })
  expect(db.driver.classify(error)).toEqual({ kind: 'configuration', reason: 'connection' })
})
