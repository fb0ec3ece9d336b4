import { mysql, tableOf, type SqlTable } from '@batchflow/mysql'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { batchOf, openDatabase, type TestDatabase, url, write } from './database.ts'

interface User {
  readonly id: number
  readonly name?: string
  readonly g?: number
}

let database: TestDatabase
beforeAll(async () => {
  database = await openDatabase()
  await database.query(`create table users (id int primary key, name varchar(9) unique, g int as (id + 1) stored,
      place point, unique prefixed (name(3)));
    create view v as select * from users;
    create table myisam (id int) engine=myisam;
    create table owing (id int primary key, debt int not null);
    create table triggered (id int primary key, debt int not null);
    create trigger t before insert on triggered for each row set new.debt = 1;
    create table Cased (id int)`)
})
afterAll(() => database.close())

const define = tableOf<User>()
const never = { signal: new AbortController().signal }

async function problemOf(table: SqlTable): Promise<unknown> {
  const driver = mysql({ pool: database.pool })
  const error: unknown = await driver.prepare?.(table, never).catch((reason: unknown) => reason)
  if (error !== undefined) expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
  return error
}

describe('is a configuration failure with one clear sentence', () => {
  test.each([
    [
      'no such table',
      define('nobody', { columns: ['id'] }),
      'table `nobody`: there is no such table in the database',
    ],
    [
      'no such column',
      define('users', { columns: ['id', 'nom' as 'name'] }),
      'table `users`: the table has no column nom',
    ],
    ['a view', define('v', { columns: ['id'] }), 'table `v`: it is no table that rows can be inserted into'],
    [
      'an engine without transactions',
      define('myisam', { columns: ['id'] }),
      'table `myisam`: its engine MyISAM has no transactions, so that a batch that fails would be written in part',
    ],
    [
      'a generated column',
      define('users', { columns: ['id', 'g'] }),
      'table `users`: column g is generated and cannot be written',
    ],
    [
      'a type that is not written',
      tableOf<{ id: number; place: string }>()('users', { columns: ['id', 'place'] }),
      'table `users`: column place is of type point, which this driver does not write',
    ],
    [
      'a word that does not fit the column',
      define('users', { columns: ['id', 'name'], types: { name: 'date' } }),
      `table \`users\`: column name is of type varchar, which types 'date' does not fit`,
    ],
    [
      'no unique index',
      define('users', { columns: ['id', 'name'], conflict: { strategy: 'ignore', columns: ['id', 'name'] } }),
      'table `users`: conflict.columns must be the primary key or a unique index (of whole columns), got id, name',
    ],
    [
      'a column that is owed',
      define('owing', { columns: ['id'] }),
      'table `owing`: column debt is NOT NULL without a default, and is not among the columns',
    ],
    [
      'a condition',
      define('users', {
        columns: ['id', 'name'],
        conflict: { strategy: 'update', columns: ['id'], update: ['name'], where: 'users.id > 1' },
      }),
      'table `users`: conflict.where is not supported by the mysql driver',
    ],
    [
      'a rule that MySQL lacks',
      define('users', {
        columns: ['id', 'name'],
        conflict: { strategy: 'update', columns: ['id'], update: { name: 'merge' } },
      }),
      'table `users`: rule merge of column name is not supported by the mysql driver',
    ],
    [
      'a rule that changes the key',
      define('users', {
        columns: ['id'],
        conflict: { strategy: 'update', columns: ['id'], update: { id: 'add' } },
      }),
      'table `users`: rule add of column id would change its key',
    ],
    [
      'returning',
      define('users', { columns: ['id'], returning: ['id'] }),
      'table `users`: returning is not supported by the mysql driver',
    ],
    [
      'a name that is too long',
      define('x'.repeat(65), { columns: ['id'] }),
      `table \`${'x'.repeat(65)}\`: names must be of at most 64 characters without NUL, and one of its names is not`,
    ],
  ])('%s', async (_, table: SqlTable, message) => {
    expect(await problemOf(table)).toMatchObject({ code: 'BATCHFLOW_INVALID_TARGET', message })
  })
})

test('a trigger may give what a table owes', async () => {
  const table = define('triggered', { columns: ['id'] })
  expect(await problemOf(table)).toBeUndefined()
  await write(mysql({ pool: database.pool }), table, [{ id: 1 }])
  expect(await database.query('select * from triggered')).toEqual([{ id: 1, debt: 1 }])
})

test('a right that is missing shows when the table is prepared', async () => {
  const user = `u${database.name.slice(-12)}`
  await database.query(`create user ${user}@'%'; grant select on ${database.name}.* to ${user}@'%'`)
  const as = new URL(url)
  as.username = user
  const driver = mysql({ pool: database.openPool({ uri: as.href }) })
  const error: unknown = await driver
    .prepare?.(define('users', { columns: ['id'] }), never)
    .catch((reason: unknown) => reason)
  expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'permission' })
  await database.query(`drop user ${user}@'%'`)
})

test('a table that changes under the driver is looked at again', async () => {
  await database.query('create table changing (id int primary key, name varchar(9))')
  const table = define('changing', { columns: ['id', 'name'] })
  const driver = mysql({ pool: database.pool })
  await write(driver, table, [{ id: 1, name: 'x' }])
  await database.query('drop table changing')
  const error: unknown = await write(driver, table, [{ id: 2, name: 'x' }]).catch((reason: unknown) => reason)
  expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
  await database.query('create table changing (id int primary key, name varbinary(9))')
  const outcomes = await write(driver, table, [{ id: 3, name: 'x' }])
  expect(outcomes?.[0]).toMatchObject({
    failure: { kind: 'poison', reason: 'invalid_row' },
    cause: { message: 'changing: column name must be a Buffer or Uint8Array, got a string' },
  })
})

test('a target that no tableOf made is refused', async () => {
  const driver = mysql({ pool: database.pool })
  const error: unknown = await driver
    .write(batchOf({ name: 'x' } as SqlTable, []), { attempt: 1, ...never })
    .catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'BATCHFLOW_INVALID_TARGET' })
})

test('a session that would store other data is refused, and the rows stay', async () => {
  const pool = database.openPool()
  pool.on('connection', (connection) => connection.query(`set sql_mode = ''`))
  const driver = mysql({ pool })
  const error: unknown = await write(driver, define('users', { columns: ['id'] }), [{ id: 1 }]).catch(
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({
    code: 'BATCHFLOW_INVALID_OPTION',
    message:
      'pool must be of connections to a server whose sql_mode has STRICT_TRANS_TABLES, for without it the server cuts values to what fits',
  })
  expect(driver.classify(error)?.kind).toBe('configuration')
  expect(driver.pool()).toMatchObject({ inUse: 0 })
})
