import { tableOf } from '@batchflow/sqlite'
import { expect, test } from '@jest/globals'
import { openDatabase, reasons } from './database.ts'
import { setup, type User } from './users.ts'

test('ignore keeps the stored row and still reports a bad one', async () => {
  await using db = await openDatabase({ setup })
  const table = tableOf<User>()('users', {
    columns: ['id', 'name'],
    conflict: { strategy: 'ignore', columns: ['id'] },
  })
  await db.write(table, [{ id: 1, name: 'one' }])
  const rows = [
    { id: 1, name: 'other' },
    { id: 2, name: null },
    { id: 3, name: 'one' },
    { id: 4, name: 'four' },
  ]
  expect(reasons(await db.write(table, rows))).toEqual([
    'w',
    'poison constraint',
    'poison duplicate_key',
    'w',
  ])
  expect(await db.driver.query('select * from users order by id')).toEqual([
    { id: 1, name: 'one' },
    { id: 4, name: 'four' },
  ])
})

test('update changes the listed columns, and rows of one batch apply in order', async () => {
  await using db = await openDatabase({
    setup: 'create table t (k text collate nocase primary key, a text, n integer)',
  })
  const table = tableOf<{ k: string; a?: string; n?: number }>()('t', {
    columns: ['k', 'a', 'n'],
    conflict: { strategy: 'update', columns: ['k'], update: { a: 'overwrite', n: 'add' } },
  })
  await db.write(table, [
    { k: 'x', a: '1', n: 1 },
    { k: 'X', n: 2 },
    { k: 'x', a: '2', n: 3 },
    { k: 'x', a: '3' },
  ])
  expect(await db.driver.query('select * from t')).toEqual([{ k: 'x', a: '3', n: 6 }])
})

test('replace overwrites without deleting: children stay', async () => {
  await using db = await openDatabase({
    setup: `create table parent (id integer primary key, a text, b text);
      create table child (parent integer references parent on delete cascade);
      insert into parent values (1, 'a', 'b'); insert into child values (1)`,
  })
  const table = tableOf<{ id: number; a: string }>()('parent', {
    columns: ['id', 'a'],
    conflict: { strategy: 'replace', columns: ['id'] },
  })
  await db.write(table, [{ id: 1, a: 'new' }])
  expect(await db.driver.query('select * from parent join child on parent = id')).toEqual([
    { id: 1, a: 'new', b: 'b', parent: 1 },
  ])
})
