import { BatchFlowError } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase } from './database.ts'
import { makeUsers, setup, users } from './users.ts'

test('a path that cannot be opened fails with one clear sentence, and is tried again', async () => {
  await using home = await openDatabase()
  const path = join(home.folder, 'missing', 'x.db')
  await using db = await openDatabase({ path, setup })
  const error: unknown = await db.write(users, makeUsers(1)).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'BATCHFLOW_INVALID_OPTION',
    message: `cannot open the database file ${path}: Cannot open database because the directory does not exist`,
    cause: { code: 'SQLITE_CANTOPEN' },
  })
  expect(db.driver.classify(error)).toEqual({ kind: 'configuration', reason: 'io' })
  await mkdir(join(home.folder, 'missing'))
  expect(await db.write(users, makeUsers(1))).toBeUndefined()
})

test('a file that is no database is a configuration failure', async () => {
  await using home = await openDatabase()
  const path = join(home.folder, 'text.db')
  await writeFile(path, 'no database'.repeat(100))
  await using db = await openDatabase({ path })
  const error: unknown = await db.driver.query('select 1').catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'BATCHFLOW_INVALID_OPTION',
    message: `cannot open the database file ${path}: file is not a database`,
    cause: { code: 'SQLITE_NOTADB' },
  })
  expect(db.driver.classify(error)).toEqual({ kind: 'configuration', reason: 'io' })
})

test('prepare shows early, by an error of the driver, what keeps a database from being opened', async () => {
  await using db = await openDatabase({ setup: 'create table users (id integer primary key); selct' })
  const error: unknown = await db.driver
    .prepare(users, { signal: new AbortController().signal })
    .catch((reason: unknown) => reason)
  expect(BatchFlowError.is(error) && error.message).toBe('setup failed: near "selct": syntax error')
  expect(db.driver.classify(error)).toEqual({ kind: 'configuration', reason: 'syntax' })
})

test('a setup that breaks a constraint makes no row a bad one', async () => {
  await using db = await openDatabase({ setup: `${setup}; insert into users values (1, null)` })
  const error: unknown = await db.write(users, makeUsers(1)).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'BATCHFLOW_INVALID_OPTION', cause: { name: 'SqliteError' } })
  expect(db.driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
})

test('a lock in the way of opening is no fault of the options: it passes', async () => {
  await using db = await openDatabase({ setup })
  const other = new Database(db.path)
  other.exec('create table held (id integer); begin exclusive')
  const error: unknown = await db.write(users, makeUsers(1)).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    code: 'SQLITE_BUSY',
    message: `cannot open the database file ${db.path}: database is locked`,
  })
  expect(db.driver.classify(error)).toEqual({ kind: 'transient', reason: 'lock_timeout' })
  other.close()
  expect(await db.write(users, makeUsers(1))).toBeUndefined()
})
