import { tableOf } from '@batchflow/sqlite'
import { expect, test } from '@jest/globals'
import { openDatabase } from './database.ts'
import { makeUsers, setup, users } from './users.ts'

test('query reads, and refuses whatever could change something', async () => {
  await using db = await openDatabase({ setup })
  await db.write(users, makeUsers(3))
  expect(await db.driver.query('select * from users where id = ? or ?', [1, false])).toEqual([
    { id: 1, name: 'name 1' },
  ])
  expect(await db.driver.query('select 9007199254740993 as big, 1.5 as real, null as none')).toEqual([
    { big: 9007199254740993n, real: 1.5, none: null },
  ])
  for (const sql of [
    'delete from users',
    'delete from users returning id',
    'begin',
    'pragma journal_mode = delete',
    "attach ':memory:' as x",
  ])
    await expect(db.driver.query(sql)).rejects.toMatchObject({ code: 'BATCHFLOW_INVALID_OPTION' })
  await expect(db.driver.query('selct 1')).rejects.toMatchObject({ code: 'SQLITE_ERROR' })
})

test('what cannot be asked is refused by name and rule', async () => {
  await using db = await openDatabase()
  const untyped = db.driver.query.bind(db.driver) as (sql: unknown, params?: unknown) => Promise<unknown>
  const refusals: readonly (readonly [unknown, unknown, string | RegExp])[] = [
    [5, [], 'sql must be SQL text, got 5'],
    ['', [], /^sql must be one statement: /],
    ['select 1; select 2', [], /^sql must be one statement: /],
    ['select ?', [], 'params must fit the statement: Too few parameter values were provided'],
    ['select ?', [1, 2], 'params must fit the statement: Too many parameter values were provided'],
    ['select ?', [{}], /^params\[0\] must be null, .*, got an object$/],
    ['select ?', [Number.NaN], /^params\[0\] must be null, .*, got NaN$/],
    ['select ?', [Symbol('x')], /^params\[0\] must be null, .*, got a symbol$/],
    ['select ?', 5, 'params must be an array, got an integer'],
  ]
  for (const [sql, params, message] of refusals) {
    const error: unknown = await untyped(sql, params).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'BATCHFLOW_INVALID_OPTION' })
    expect((error as Error).message).toMatch(
      typeof message === 'string'
        ? new RegExp(`^${message.replaceAll(/[[\]]/g, String.raw`\$&`)}$`)
        : message,
    )
  }
})

test('a parameter finds the value that was stored', async () => {
  await using db = await openDatabase({ setup: 'create table t (v)' })
  const table = tableOf<{ v: unknown }>()('t', { columns: ['v'] })
  const values = [1, 1.5, 'x', 2n ** 60n, Buffer.from([1])]
  await db.write(
    table,
    values.map((v) => ({ v })),
  )
  for (const value of values)
    expect(await db.driver.query('select count(*) as found from t where v = ?', [value])).toEqual([
      { found: 1 },
    ])
})
