// The faults that were found in the Go edition, each by its number, where only a database can show them.
import { tableOf, type SqlTable } from '@batchflow/sqlite'
import { expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { BatchWriter } from '../src/batch-writer.ts'
import { openFlow, reasonsOf, type TestFlow } from './open-flow.ts'

interface Cells {
  readonly id?: unknown
  readonly a?: unknown
  readonly b?: unknown
}

const columns = ['id', 'a', 'b'] as const
const plain = tableOf<Cells>()('t', { columns })
const ignore = tableOf<Cells>()('t', { columns, conflict: { strategy: 'ignore', columns: ['id'] } })
const update = tableOf<Cells>()('t', {
  columns,
  conflict: { strategy: 'update', columns: ['id'], update: ['a', 'b'] },
})

/** A transaction of another connection, which keeps every other writer out until it ends. */
async function lock({ driver, path }: TestFlow): Promise<() => void> {
  // The driver has opened the database by then, and made its tables.
  await driver.query('select 1')
  const other = new Database(path)
  other.exec('begin immediate')
  return () => other.close()
}

test('L13 rows that share their first column are all written when it is not their key', async () => {
  await using open = await openFlow({ setup: 'create table t (id integer, a text, b text, unique (id, a))' })
  const table = tableOf<Cells>()('t', { columns, conflict: { strategy: 'ignore', columns: ['id', 'a'] } })
  await open.write(
    table,
    ['login', 'search', 'logout', 'search'].map((a) => ({ id: 1, a })),
  )
  expect(open.flow.stats().ledger).toMatchObject({ written: 3, coalesced: 1 })
  expect(await open.driver.query('select a from t order by rowid')).toEqual([
    { a: 'login' },
    { a: 'search' },
    { a: 'logout' },
  ])
})

test('L14 rows with NULL in their key are all written', async () => {
  await using open = await openFlow({ setup: 'create table t (id text unique, a text, b text)' })
  await open.write(ignore, [{ id: null }, { id: 'x' }, { id: null }, { id: 'x' }, { a: 'no key' }])
  expect(open.flow.stats().ledger).toMatchObject({ written: 4, coalesced: 1 })
  expect(await open.driver.query('select count(*) as rows from t where id is null')).toEqual([{ rows: 3 }])
})

test('L15 a column that a row lacks gets its default, and an update leaves it alone', async () => {
  await using open = await openFlow({
    setup: "create table t (id integer primary key, a text not null default 'da', b text default 'db')",
  })
  await open.write(update, [{ id: 1, a: 'x', b: 'y' }, { id: 2 }])
  await open.write(update, [{ id: 1, a: 'z' }])
  expect(await open.driver.query('select * from t order by id')).toEqual([
    { id: 1, a: 'z', b: 'y' },
    { id: 2, a: 'da', b: 'db' },
  ])
})

test('L16 a later partial row keeps the fields of an earlier one, in the same batch and in the next', async () => {
  await using open = await openFlow({ setup: 'create table t (id integer primary key, a text, b text)' })
  await open.write(update, [
    { id: 1, a: 'x' },
    { id: 1, b: 'y' },
  ])
  expect(await open.driver.query('select * from t')).toEqual([{ id: 1, a: 'x', b: 'y' }])
  await open.write(update, [{ id: 1, a: 'z' }])
  expect(await open.driver.query('select * from t')).toEqual([{ id: 1, a: 'z', b: 'y' }])
})

test('L17 equal rows of a table without a conflict policy are all written', async () => {
  await using open = await openFlow({ setup: 'create table t (id integer, a text, b text)' })
  await open.write(plain, [{ id: 1 }, { id: 1 }, { id: 1 }])
  expect(await open.driver.query('select count(*) as rows from t')).toEqual([{ rows: 3 }])
})

test('L19 what does not fit a column, or has no parent, is a dead letter and never stored as something else', async () => {
  await using open = await openFlow({
    setup: `create table p (id integer primary key); insert into p values (1);
      create table t (id integer primary key, a integer, b integer not null references p)`,
  })
  await open.write(ignore, [
    { id: 1, a: 1, b: 1 },
    { id: 2, a: 'abc', b: 1 },
    { id: 3, a: 1, b: null },
    { id: 4, a: 1, b: 99 },
    { id: 5, a: 1.5, b: 1 },
  ])
  expect(reasonsOf(open.letters).toSorted()).toEqual([
    'constraint',
    'constraint',
    'invalid_row',
    'invalid_row',
  ])
  expect(await open.driver.query('select * from t')).toEqual([{ id: 1, a: 1, b: 1 }])
})

test('L20 ignore passes over rows that are there, not over rows that break NOT NULL or CHECK', async () => {
  await using open = await openFlow({
    setup: 'create table t (id integer primary key, a text not null, b integer check (b > 0))',
  })
  await open.write(ignore, [
    { id: 1, a: null, b: 1 },
    { id: 2, a: 'x', b: 0 },
    { id: 3, a: 'x', b: 1 },
  ])
  expect(reasonsOf(open.letters)).toEqual(['constraint', 'constraint'])
  await open.write(ignore, [{ id: 3, a: 'y', b: 2 }])
  expect(open.flow.stats().ledger).toMatchObject({ written: 2, deadLettered: 2 })
  expect(await open.driver.query('select * from t')).toEqual([{ id: 3, a: 'x', b: 1 }])
})

test('L21 replace deletes nothing: children, triggers and columns that are not listed notice no deletion', async () => {
  await using open = await openFlow({
    setup: `create table t (id integer primary key, a text, b text, c text);
      create table child (t integer references t on delete cascade);
      create table deleted (id integer);
      create trigger gone after delete on t begin insert into deleted values (old.id); end;
      pragma recursive_triggers = on;
      insert into t values (1, 'a', 'b', 'c'); insert into child values (1)`,
  })
  const table = tableOf<Cells>()('t', { columns, conflict: { strategy: 'replace', columns: ['id'] } })
  await open.write(table, [{ id: 1, a: 'new', b: null }])
  expect(await open.driver.query('select * from t join child on t.id = child.t')).toEqual([
    { id: 1, a: 'new', b: null, c: 'c', t: 1 },
  ])
  expect(await open.driver.query('select * from deleted')).toEqual([])
})

test('L22 a batch of more values than one statement takes is written, and at once', async () => {
  const names = Array.from({ length: 400 }, (_, index) => `c${index}`)
  let writes = 0
  await using open = await openFlow({
    setup: `create table wide (${names.join(' integer, ')} integer)`,
    flushSize: 500,
    flushBytes: 2 ** 24,
    beforeWrite: () => writes++,
  })
  const wide: SqlTable = tableOf<Record<string, number>>()('wide', { columns: names })
  const row = Object.fromEntries(names.map((name, column) => [name, column]))
  await open.write(
    wide,
    Array.from({ length: 500 }, () => row),
  )
  expect([open.batches, writes]).toEqual([[500], 1])
  expect(await open.driver.query('select count(*) as rows, sum(c399) as last from wide')).toEqual([
    { rows: 500, last: 500 * 399 },
  ])
})

test('L23 one bad row costs one row', async () => {
  await using open = await openFlow({
    setup: 'create table t (id integer primary key, a text not null, b text)',
  })
  await open.write(
    plain,
    Array.from({ length: 500 }, (_, id) => ({ id, a: id === 250 ? null : 'x' })),
  )
  expect(open.batches).toEqual([500])
  expect(open.letters).toMatchObject([{ rows: [{ id: 250, a: null }] }])
  expect(await open.driver.query('select count(*) as rows from t')).toEqual([{ rows: 499 }])
})

test('L24 a locked database is waited for: its rows are tried again and written', async () => {
  let unlock = () => {}
  const failures: unknown[] = []
  await using open = await openFlow({
    setup: 'create table t (id integer primary key, a text, b text)',
    attemptFailed: ({ failure }) => {
      failures.push(failure)
      unlock()
    },
  })
  unlock = await lock(open)
  await open.write(plain, [{ id: 1 }])
  expect(failures[0]).toEqual({ kind: 'transient', reason: 'lock_timeout' })
  expect(open.flow.stats().ledger).toMatchObject({ written: 1, deadLettered: 0 })
})

test('D1 an attempt whose time is over is rolled back, so that trying again writes no row twice', async () => {
  let unlock = () => {}
  const failures: unknown[] = []
  await using open = await openFlow({
    setup: 'create table t (id integer, a text, b text)',
    timeoutMs: 400,
    attemptFailed: ({ failure }) => {
      failures.push(failure)
      unlock()
    },
  })
  unlock = await lock(open)
  await open.write(plain, [{ id: 1 }, { id: 2 }, { id: 3 }])
  expect(failures[0]).toEqual({ kind: 'transient', reason: 'processor_timeout' })
  expect(await open.driver.query('select id from t order by id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
})

test('D4 the older of two values of one key never wins, even when it has to be tried again', async () => {
  let unlock = () => {}
  await using open = await openFlow({
    setup: 'create table t (id integer primary key, a text, b text)',
    flushSize: 1,
    attemptFailed: () => unlock(),
  })
  unlock = await lock(open)
  await open.write(update, [
    { id: 1, a: 'old' },
    { id: 1, a: 'new' },
  ])
  expect(await open.driver.query('select a from t')).toEqual([{ a: 'new' }])
})

test('D5 values that the database holds for one key are one key, others are not, and neither fails a batch', async () => {
  await using open = await openFlow({
    setup: `create table t (id, a text, b text);
      create unique index t_id on t (id collate nocase)`,
  })
  const table = tableOf<Cells>()('t', {
    columns,
    types: { id: 'date' },
    conflict: { strategy: 'update', columns: ['id'], update: ['a'] },
  })
  const noon = '2024-06-01T12:00:00.000Z'
  const ids = [1, 1n, '1', new Date(noon), new Date(noon), 'key', 'KEY', Buffer.from('1'), Buffer.from('1')]
  await open.write(
    table,
    ids.map((id, place) => ({ id, a: `${place}` })),
  )
  expect(open.letters).toEqual([])
  expect(await open.driver.query('select typeof(id) as type, a from t order by a')).toEqual([
    { type: 'integer', a: '1' },
    { type: 'text', a: '2' },
    { type: 'text', a: '4' },
    { type: 'text', a: '6' },
    { type: 'blob', a: '8' },
  ])
})

test('D6 a clash outside of the conflict columns is a dead letter and changes no row', async () => {
  for (const table of [ignore, update]) {
    await using open = await openFlow({
      setup: `create table t (id integer primary key, a text unique, b text);
        insert into t values (1, 'taken', 'before')`,
    })
    await open.write(table, [
      { id: 2, a: 'taken', b: 'after' },
      { id: 3, a: 'free', b: 'after' },
    ])
    expect(reasonsOf(open.letters)).toEqual(['duplicate_key'])
    expect(await open.driver.query('select * from t order by id')).toEqual([
      { id: 1, a: 'taken', b: 'before' },
      { id: 3, a: 'free', b: 'after' },
    ])
  }
})

test('H7 the sizes of batches make three statement texts, not one each', async () => {
  await using open = await openFlow({ setup: 'create table t (id integer primary key, a text, b text)' })
  const rows = Array.from({ length: 500 }, (_, id) => ({ id, a: 'x', b: 'y' }))
  const texts = new Set<string>()
  for (let size = 1; size <= rows.length; size++)
    for (const { text } of open.driver.preview(plain, rows.slice(0, size)).statements) texts.add(text)
  expect(texts.size).toBe(3)
})

test('H7 the oldest of more than 128 statements is forgotten', () => {
  const db = new Database(':memory:')
  db.exec('create table t (id integer)')
  const prepared: string[] = []
  const prepare = db.prepare.bind(db)
  db.prepare = (text: string) => {
    prepared.push(text)
    return prepare(text)
  }
  const writer = new BatchWriter(db)
  const write = (number: number) => {
    const texts = [{ rows: 1, text: `insert into t /* ${number} */ values (?)` }]
    const values = { cells: Float64Array.of(number), columns: [undefined] }
    writer.write({ forms: [{ columns: [0], texts }], runs: [0, 1], values }, () => false)
  }
  const preparedFor = (number: number) => prepared.filter((text) => text.includes(`/* ${number} */`)).length
  write(1)
  write(1)
  expect(preparedFor(1)).toBe(1)
  for (let number = 2; number <= 200; number++) write(number)
  write(200)
  write(1)
  expect([preparedFor(1), preparedFor(200)]).toEqual([2, 1])
  db.close()
})
