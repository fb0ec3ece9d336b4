import { tableOf, type SqlTable } from '@batchflow/sqlite'
import { expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { rename } from 'node:fs/promises'
import { batchOf, openDatabase, reasons } from './database.ts'
import { makeUsers, setup, type User, users } from './users.ts'

test.each([
  [
    'no such table',
    tableOf<User>()('nobody', { columns: ['id'] }),
    'table nobody: there is no such table in the database',
  ],
  [
    'no such column',
    tableOf<{ age: number }>()('users', { columns: ['age'] }),
    'table users: the table has no column age',
  ],
  [
    'no unique index',
    tableOf<{ name: string; id: number }>()('users', {
      columns: ['id', 'name'],
      conflict: { strategy: 'ignore', columns: ['id', 'name'] },
    }),
    'table users: conflict.columns must be the primary key or a unique index without WHERE, got id, name',
  ],
  ['a view', tableOf<User>()('v', { columns: ['id'] }), 'table v: it is a view; rows go into tables only'],
  [
    'a generated column',
    tableOf<{ g: number }>()('g', { columns: ['g'] }),
    'table g: column g is generated and cannot be written',
  ],
  [
    'a placeholder in a condition',
    tableOf<User>()('users', {
      columns: ['id', 'name'],
      conflict: { strategy: 'update', columns: ['id'], update: ['name'], where: "name <> ':x' and id = :id" },
    }),
    'table users: conflict.where must not have placeholders',
  ],
  [
    'a rule that SQLite lacks',
    tableOf<User>()('users', {
      columns: ['id', 'name'],
      conflict: { strategy: 'update', columns: ['id'], update: { name: 'merge' } },
    }),
    'table users: rule merge of column name is not supported by the sqlite driver',
  ],
])('%s is a configuration failure with one clear sentence', async (_, table: SqlTable, message) => {
  await using db = await openDatabase({
    setup: `${setup}; create view v as select * from users; create table g (a integer, g integer as (a + 1))`,
  })
  const error: unknown = await db.driver
    .prepare?.(table, { signal: AbortSignal.abort() })
    .catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'BATCHFLOW_INVALID_TARGET', message })
  expect(db.driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
})

test('a table that is dropped under the driver stops the batch and spoils no row', async () => {
  await using db = await openDatabase({ setup })
  await db.write(users, makeUsers(1))
  const other = new Database(db.path)
  other.exec('drop table users')
  const error: unknown = await db.write(users, makeUsers(300, 1)).then(
    () => 'written',
    (reason: unknown) => reason,
  )
  expect(db.driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
  other.exec('create table users (id text, name text)')
  other.close()
  expect(reasons(await db.write(users, [{ id: 1, name: 'x' }]))).toEqual(['poison invalid_row'])
})

test('a condition that SQLite cannot make sense of is found before there are rows', async () => {
  await using db = await openDatabase({ setup })
  const table = tableOf<{ id: number; name: string }>()('users', {
    columns: ['id', 'name'],
    conflict: { strategy: 'update', columns: ['id'], update: ['name'], where: 'nobody > 1' },
  })
  const error: unknown = await db.driver
    .prepare(table, { signal: new AbortController().signal })
    .catch((reason: unknown) => reason)
  expect(error).toMatchObject({ message: 'no such column: nobody' })
  expect(db.driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
})

test('a file that was put in the place of one whose table does not fit is the one that is looked at', async () => {
  await using db = await openDatabase({ setup: 'create table if not exists users (id integer primary key)' })
  const signal = new AbortController().signal
  await expect(db.driver.prepare(users, { signal })).rejects.toThrow('the table has no column')
  const replacement = new Database(`${db.path}.new`)
  replacement.exec(setup)
  replacement.close()
  await rename(`${db.path}.new`, db.path)
  await db.driver.prepare(users, { signal })
  expect(await db.write(users, makeUsers(1))).toBeUndefined()
})

test('a target that no tableOf made is refused', async () => {
  await using db = await openDatabase({ setup })
  const error: unknown = await db.driver
    .write(batchOf({ name: 'x' } as SqlTable, []), { attempt: 1, signal: new AbortController().signal })
    .catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'BATCHFLOW_INVALID_TARGET' })
})

test('a file that was put in the place of one that lacks the table is seen', async () => {
  await using db = await openDatabase({ setup: 'create table if not exists other (id integer)' })
  const signal = new AbortController().signal
  await expect(db.driver.prepare(users, { signal })).rejects.toThrow('there is no such table')
  const replacement = new Database(`${db.path}.new`)
  replacement.exec(setup)
  replacement.close()
  await rename(`${db.path}.new`, db.path)
  await db.driver.prepare(users, { signal })
  await db.write(users, makeUsers(1))
  const file = new Database(db.path, { readonly: true })
  expect(file.prepare('select count(*) as count from users').get()).toEqual({ count: 1 })
  file.close()
})
