import { mysql, tableOf } from '@batchflow/mysql'
import { describe, expect, test } from '@jest/globals'
import { openDatabase, reasons, write } from './database.ts'

interface User {
  readonly id: number
  readonly email?: string
  readonly visits?: number
}

const users = `create table users (id int primary key, email varchar(50) unique, visits int default 0)`
const columns = ['id', 'email', 'visits'] as const
const conflict = { columns: ['id'] as const }

test('ignore keeps the stored row and still reports a bad one', async () => {
  await using database = await openDatabase()
  await database.query(`${users}; insert into users values (1, 'one', 1)`)
  const table = tableOf<User>()('users', { columns, conflict: { strategy: 'ignore', ...conflict } })
  const driver = mysql({ pool: database.pool })
  const rows = [
    { id: 1, email: 'other', visits: 9 },
    { id: 2, email: 'x'.repeat(51), visits: 9 },
    { id: 3, email: 'three', visits: 3 },
  ]
  expect(reasons(await write(driver, table, rows))).toEqual(['w', 'poison invalid_row', 'w'])
  expect(await database.query('select * from users order by id')).toEqual([
    { id: 1, email: 'one', visits: 1 },
    { id: 3, email: 'three', visits: 3 },
  ])
})

describe('another unique index than that of the conflict', () => {
  test.each(['ignore', 'replace', 'update'] as const)('%s: never leads to another row', async (strategy) => {
    await using database = await openDatabase()
    await database.query(`${users}; insert into users values (1, 'one', 1), (2, 'two', 2)`)
    const table = tableOf<User>()('users', {
      columns,
      conflict:
        strategy === 'update'
          ? { strategy, ...conflict, update: { email: 'overwrite', visits: 'add' } }
          : { strategy, ...conflict },
    })
    for (const protocol of ['prepared', 'text'] as const) {
      const rows = [
        { id: 3, email: 'three', visits: 1 },
        { id: 9, email: 'two', visits: 1 },
        { id: 1, email: 'one', visits: 1 },
      ]
      const driver = mysql({ pool: database.pool, protocol })
      expect(reasons(await write(driver, table, rows))).toEqual(['w', 'poison duplicate_key', 'w'])
      const found = await database.query('select id, email from users order by id')
      expect(found).toEqual([
        { id: 1, email: 'one' },
        { id: 2, email: 'two' },
        { id: 3, email: 'three' },
      ])
    }
  })

  test('the message says what it was', async () => {
    await using database = await openDatabase()
    await database.query(`${users}; insert into users values (2, 'two', 2)`)
    const table = tableOf<User>()('users', { columns, conflict: { strategy: 'ignore', ...conflict } })
    const [outcome] = (await write(mysql({ pool: database.pool }), table, [{ id: 9, email: 'two' }])) ?? []
    expect(outcome?.outcome === 'failed' && (outcome.cause as Error).message).toBe(
      'a unique index other than conflict.columns has this row already (errno 1242)',
    )
  })

  test('the key of the conflict can be the other index, of several columns, and of any type', async () => {
    await using database = await openDatabase()
    await database.query(`create table t (id int auto_increment primary key, a varchar(9), b datetime(3), n int,
      unique (a, b)); insert into t values (1, 'x', '2024-06-01 12:00:00.5', 1)`)
    const table = tableOf<{ id?: number; a: string; b: Date; n: number }>()('t', {
      columns: ['id', 'a', 'b', 'n'],
      conflict: { strategy: 'update', columns: ['a', 'b'], update: ['n'] },
    })
    const b = new Date('2024-06-01T12:00:00.500Z')
    const rows = [
      { a: 'X ', b, n: 2 },
      { a: 'y', b, n: 3 },
      { id: 1, a: 'z', b, n: 4 },
    ]
    expect(reasons(await write(mysql({ pool: database.pool }), table, rows))).toEqual([
      'w',
      'w',
      'poison duplicate_key',
    ])
    expect(await database.query('select a, n from t order by n')).toEqual([
      { a: 'x', n: 2 },
      { a: 'y', n: 3 },
    ])
  })
})

test('rules apply to the stored row, and rows of one batch in their order', async () => {
  await using database = await openDatabase()
  await database.query(`create table t (k varchar(9) primary key, a varchar(9), n int, lo int, hi int, c int);
    insert into t values ('x', 'old', 1, 5, 5, 5)`)
  const table = tableOf<{ k: string; a?: string; n?: number; lo?: number; hi?: number; c?: number | null }>()(
    't',
    {
      columns: ['k', 'a', 'n', 'lo', 'hi', 'c'],
      conflict: {
        strategy: 'update',
        columns: ['k'],
        update: { a: 'overwrite', n: 'add', lo: 'min', hi: 'max', c: 'coalesce' },
      },
    },
  )
  await write(mysql({ pool: database.pool }), table, [
    { k: 'x', a: '1', n: 1, lo: 9, hi: 9, c: null },
    // The same key to the database, not to us: in the order of their coming.
    { k: 'X', a: '2', n: 1, lo: 1, hi: 1, c: 7 },
    { k: 'x', a: '3', n: 1, lo: 3, hi: 3, c: null },
  ])
  expect(await database.query('select * from t')).toEqual([{ k: 'x', a: '3', n: 4, lo: 1, hi: 9, c: 7 }])
})

test('replace overwrites without deleting: children and other columns stay', async () => {
  await using database = await openDatabase()
  await database.query(`create table parent (id int primary key, a varchar(9), b varchar(9));
    create table child (parent int, foreign key (parent) references parent (id) on delete cascade);
    insert into parent values (1, 'a', 'b'); insert into child values (1)`)
  const table = tableOf<{ id: number; a: string }>()('parent', {
    columns: ['id', 'a'],
    conflict: { strategy: 'replace', columns: ['id'] },
  })
  await write(mysql({ pool: database.pool }), table, [{ id: 1, a: 'new' }])
  expect(await database.query('select * from parent join child on parent = id')).toEqual([
    { id: 1, a: 'new', b: 'b', parent: 1 },
  ])
})

test('names of any kind are quoted, and a table may be in another database', async () => {
  await using database = await openDatabase()
  await using elsewhere = await openDatabase()
  const name = 'select `x`; drop table t; --.y'
  const column = 'a.b"c\'d`e ?'
  const quoted = (identifier: string) => `\`${identifier.replaceAll('`', '``')}\``
  await database.query(`create table t (id int)`)
  await elsewhere.query(
    `create table ${quoted(name)} (\`order\` int primary key, ${quoted(column)} varchar(9) unique)`,
  )
  const table = tableOf<Record<string, unknown>>()(name, {
    schema: elsewhere.name,
    columns: ['order', column],
    conflict: { strategy: 'update', columns: ['order'], update: { [column]: 'coalesce' } },
  })
  for (const protocol of ['prepared', 'text'] as const) {
    const driver = mysql({ pool: database.pool, protocol })
    await write(driver, table, [{ order: 1, [column]: 'x' }])
    await write(driver, table, [{ order: 1, [column]: null }])
    expect(await elsewhere.query(`select * from ${quoted(name)}`)).toEqual([{ order: 1, [column]: 'x' }])
  }
  expect(await database.query('select count(*) as n from t')).toEqual([{ n: '0' }])
})
