import { type PostgresOptions, postgres } from '@batchflow/postgres'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Kysely, PostgresDialect } from 'kysely'
import { rejection } from './attempt.ts'
import { openDatabase, type TestDatabase } from './database.ts'
import { define } from './define.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openDatabase()
  database.pool.on('connect', (client) => client.on('error', () => {}))
})
afterAll(() => database.close())

const flavours: readonly (readonly [string, () => PostgresOptions])[] = [
  ['a pool', () => ({ pool: database.pool })],
  ['VALUES', () => ({ pool: database.pool, strategy: 'values' })],
  ['Kysely', () => ({ db: new Kysely({ dialect: new PostgresDialect({ pool: database.pool }) }) })],
]

describe.each(flavours)('with %s', (_, optionsOf) => {
  test('says of each row what would become of it, and writes none', async () => {
    await database.query(`drop table if exists users; create table users (id int primary key, name text not null,
      n int default 1 check (n > 0)); insert into users values (1, 'one', 1), (2, 'two', 2)`)
    const before = await database.query('select * from users order by id')
    const table = define('users', {
      columns: ['id', 'name', 'n'],
      conflict: { strategy: 'update', columns: ['id'], update: ['name', 'n'] },
    })
    const outcomes = await postgres(optionsOf()).trial(table, [
      { id: 1, name: 'one', n: 1 },
      { id: 2, name: 'new', n: 2 },
      { id: 3, name: 'three' },
      { id: 3, name: 'three' },
      { id: 4, name: null },
      { id: 5, name: 'five', n: -1 },
      { id: 'x', name: 'six' },
      { id: 7, name: 'seven', n: 7 },
    ])
    expect(outcomes.map((row) => (row.outcome === 'failed' ? row.failure : row.outcome))).toEqual([
      'unchanged',
      'updated',
      'inserted',
      'unchanged',
      { kind: 'poison', reason: 'constraint' },
      { kind: 'poison', reason: 'constraint' },
      { kind: 'poison', reason: 'invalid_row' },
      'inserted',
    ])
    expect(outcomes[6]).toMatchObject({
      cause: { message: expect.stringMatching(/^users\.id must be an integer .* got a string$/) },
    })
    expect(await database.query('select * from users order by id')).toEqual(before)
  })

  test('of plain inserts, with constraints that are deferred', async () => {
    await database.query(`drop table if exists child, parent; create table parent (id int primary key);
      create table child (id int primary key, parent int references parent deferrable initially deferred);
      insert into parent values (1)`)
    const table = define('child', { columns: ['id', 'parent'] })
    const rows = [
      { id: 1, parent: 1 },
      { id: 2, parent: 2 },
      { id: 1, parent: 1 },
    ]
    const outcomes = await postgres(optionsOf()).trial(table, rows)
    expect(outcomes.map((row) => (row.outcome === 'failed' ? row.failure.reason : row.outcome))).toEqual([
      'inserted',
      'constraint',
      'duplicate_key',
    ])
    expect(await database.query('select * from child')).toEqual([])
  })

  test('of ignore, with keys of two columns', async () => {
    await database.query(`drop table if exists pairs; create table pairs (a int, b uuid, at timestamptz, primary key (a, b));
      insert into pairs values (1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', now())`)
    const table = define('pairs', {
      columns: ['a', 'b', 'at'],
      conflict: { strategy: 'ignore', columns: ['b', 'a'] },
    })
    const b = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'
    const outcomes = await postgres(optionsOf()).trial(table, [
      { a: 1, b, at: new Date() },
      { a: 2, b, at: null },
    ])
    expect(outcomes).toEqual([{ outcome: 'unchanged' }, { outcome: 'inserted' }])
  })

  test('says what is wrong with the table, and leaves no transaction open', async () => {
    const driver = postgres(optionsOf())
    const table = define('absent', { columns: ['id'] })
    await expect(driver.trial(table, [{ id: 1 }])).rejects.toMatchObject({ code: 'BATCHFLOW_INVALID_TARGET' })
    await database.query(`drop table if exists broken; create table broken (id int);
      create or replace function break() returns trigger language plpgsql as $$ begin insert into nowhere values (1); end $$;
      create trigger break before insert on broken for each row execute function break()`)
    const error = await rejection(driver.trial(define('broken', { columns: ['id'] }), [{ id: 1 }, { id: 2 }]))
    expect(error).toMatchObject({
      code: '42P01',
      message: 'a function or trigger of the database failed (SQLSTATE 42P01)',
    })
    const open = await database.sessions(`state like 'idle in transaction%'`)
    expect(open).toEqual([])
  })

  test('nothing of nothing', async () => {
    expect(await postgres(optionsOf()).trial(define('users', { columns: ['id', 'name'] }), [])).toEqual([])
  })
})

test('is given up when its signal is aborted', async () => {
  await database.query(`drop table if exists slow; create table slow (id int);
    create or replace function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$;
    create trigger wait before insert on slow for each row execute function wait()`)
  const controller = new AbortController()
  const trial = postgres({ pool: database.pool }).trial(
    define('slow', { columns: ['id'] }),
    [{ id: 1 }],
    controller,
  )
  await database.awaitSessions(`wait_event = 'PgSleep'`)
  controller.abort()
  await expect(trial).rejects.toMatchObject({ code: '57014' })
  expect(database.pool.totalCount - database.pool.idleCount).toBe(0)
})
