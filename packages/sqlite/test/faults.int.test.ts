// What happens to a database from outside while it is written to: the failures that the classifier knows, made for real.
import { expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { execFile } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openDatabase, type TestDatabase } from './database.ts'
import { makeUsers, setup, users } from './users.ts'

const run = promisify(execFile)

async function failureOf(db: TestDatabase, from: number): Promise<unknown> {
  const error: unknown = await db.write(users, makeUsers(500, from)).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error === undefined ? undefined : db.driver.classify(error)
}

test('a file that is deleted under the driver stops the batches, and none is said to be written', async () => {
  await using db = await openDatabase({ setup })
  await db.write(users, makeUsers(10))
  for (const end of ['', '-wal', '-shm']) await rm(db.path + end)
  // The driver looks after its file every ten milliseconds.
  await sleep(20)
  expect(await failureOf(db, 100)).toEqual({ kind: 'configuration', reason: 'readonly' })
  // With the next one the file is made anew, by `setup`.
  expect(await db.write(users, makeUsers(500, 100))).toBeUndefined()
  expect(await db.driver.query('select count(*) as rows from users')).toEqual([{ rows: 500 }])
})

test('a file that was damaged stops the batches', async () => {
  await using db = await openDatabase({ setup })
  await db.write(users, makeUsers(5_000))
  await db.driver.close()
  const file = await open(db.path, 'r+')
  const { size } = await file.stat()
  // All but the schema.
  for (let at = 4_096; at < size; at += 512) await file.write(Buffer.alloc(512, 0xa5), 0, 512, at)
  await file.close()
  await using again = await openDatabase({ path: db.path })
  for (let time = 0; time < 2; time++)
    expect(await failureOf(again, 10_000)).toEqual({ kind: 'configuration', reason: 'io' })
})

test('a transaction that read before others wrote has to begin anew; those of the driver read nothing before', async () => {
  await using db = await openDatabase({ setup })
  await db.write(users, makeUsers(10))
  const other = new Database(db.path)
  try {
    other.exec('begin')
    other.prepare('select count(*) from users').get()
    expect(await db.write(users, makeUsers(10, 10))).toBeUndefined()
    let error: unknown
    try {
      other.exec('delete from users')
    } catch (reason) {
      error = reason
    }
    expect(error).toMatchObject({ code: 'SQLITE_BUSY_SNAPSHOT' })
    expect(db.driver.classify(error)).toEqual({ kind: 'transient', reason: 'lock_timeout' })
  } finally {
    other.close()
  }
})

test('a file that must not grow is a full disk: the rows are kept and written when there is room', async () => {
  await using db = await openDatabase({ setup })
  await db.driver.query('select 1')
  await db.driver.close()
  const writer = fileURLToPath(new URL('limited-writer.mjs', import.meta.url))
  // In blocks of 1,024 bytes, for this process and each file of it.
  const { stdout } = await run('bash', [
    '-c',
    'ulimit -f 300; exec "$0" "$@"',
    process.execPath,
    writer,
    db.path,
  ])
  expect(JSON.parse(stdout)).toEqual({ failures: [['overload', 'io']], written: 1_000, stored: 1_000 })
})
