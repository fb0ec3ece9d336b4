// Rows that are odd, giant or bad, each with its company.
import { type PostgresOptions, postgres } from '@batchflow/postgres'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect } from 'kysely'
import { reasons, write } from './attempt.ts'
import { openDatabase, type TestDatabase } from './database.ts'
import { define } from './define.ts'
import { deadRows, openFlow } from './open-flow.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openDatabase()
  database.pool.on('connect', (client) => client.on('error', () => {}))
})
afterAll(() => database.close())

const strategies = ['copy', 'unnest', 'values'] as const
const driverOf = (options: Partial<PostgresOptions> = {}) =>
  postgres({ pool: database.pool, ...options } as PostgresOptions)

describe.each(strategies)('through a flow, %s', (strategy) => {
  test('texts that PostgreSQL cannot store are dead-lettered by column, rule and kind; empty ones are stored', async () => {
    await database.query(
      'drop table if exists texts; create table texts (id int primary key, name text, list text[], doc jsonb)',
    )
    const table = define('texts', { columns: ['id', 'name', 'list', 'doc'] })
    await using open = openFlow({ driver: driverOf({ strategy }) })
    const good = { name: 'x', list: [], doc: {} }
    const rows = [
      { ...good, id: 1, name: '' },
      { ...good, id: 2, name: 'a\0b' },
      { ...good, id: 3, name: '\ud800' },
      { ...good, id: 4, list: ['', 'x\0'] },
      { ...good, id: 5, doc: { a: ['\udfff'] } },
      { ...good, id: 6, doc: { 'a\0': 1 } },
      {
        ...good,
        id: 7,
        name: '😀 \u0001 \\ " \' {} , NULL',
        list: ['', 'NULL', null, '"\\'],
        doc: { '': '' },
      },
      { ...good, id: 8, name: 5 },
    ]
    expect(await open.write(table, rows)).toEqual({ written: 2, failed: 6 })
    const messages = open.letters.flatMap(({ rows: dead, error }) =>
      dead.map((row) => [(row as { id: number }).id, error.failure, (error.cause as Error).message]),
    )
    const text = 'a string without NUL or lone surrogates'
    const json = 'what JSON can hold without a change, at any depth, without NUL or lone surrogates'
    const within = 'with NUL or a lone surrogate in it'
    expect(messages.toSorted(([one], [other]) => Number(one) - Number(other))).toEqual(
      [
        [2, `texts.name must be ${text}, got a string with NUL`],
        [3, `texts.name must be ${text}, got a string with a lone surrogate`],
        [
          4,
          `texts.list must be an array, each element null or ${text}, got an array with a string with NUL in it`,
        ],
        [5, `texts.doc must be ${json}, got an object ${within}`],
        [6, `texts.doc must be ${json}, got an object ${within}`],
        [8, `texts.name must be ${text}, got an integer`],
      ].map(([id, message]) => [id, { kind: 'poison', reason: 'invalid_row' }, message]),
    )
    expect(await database.query('select id, name, list, doc from texts order by id')).toEqual([
      rows[0],
      rows[6],
    ])
  })

  test('a trigger that raises refuses its rows, in its own words to nobody', async () => {
    await database.query(`drop table if exists guarded cascade; create table guarded (id int primary key, name text);
      create or replace function guard() returns trigger language plpgsql as $$ begin
        if new.name = 'raise' then raise exception 'no %', new.name; end if;
        if new.name = 'check' then raise exception 'no %', new.name using errcode = 'check_violation'; end if;
        return new; end $$;
      create trigger guard before insert on guarded for each row execute function guard()`)
    await using open = openFlow({ driver: driverOf({ strategy }) })
    const names = ['a', 'raise', 'b', 'check', 'c', 'raise']
    const table = define('guarded', { columns: ['id', 'name'] })
    expect(
      await open.write(
        table,
        names.map((name, id) => ({ id, name })),
      ),
    ).toEqual({ written: 3, failed: 3 })
    expect(deadRows(open.letters).map(([, reason]) => reason)).toEqual(Array(3).fill('constraint'))
    for (const { error } of open.letters)
      expect(`${error.message} ${(error.cause as Error).message}`).not.toMatch(/no (raise|check)/)
  })

  test('deferred constraints are checked for each row, and hold at the end', async () => {
    await database.query(`drop table if exists child, parent; create table parent (id int primary key);
      create table child (id int, parent int references parent deferrable initially deferred,
        n int unique deferrable initially deferred); insert into parent values (1)`)
    await using open = openFlow({ driver: driverOf({ strategy }) })
    const table = define('child', { columns: ['id', 'parent', 'n'] })
    const rows = [
      { id: 1, parent: 1, n: 1 },
      { id: 2, parent: 2, n: 2 },
      { id: 3, parent: 1, n: 1 },
      { id: 4, parent: null, n: 4 },
    ]
    expect(await open.write(table, rows)).toEqual({ written: 2, failed: 2 })
    const reasonsById = deadRows(open.letters).map(([row, reason]) => [(row as { id: number }).id, reason])
    expect(Object.fromEntries(reasonsById)).toEqual({ 2: 'constraint', 3: 'duplicate_key' })
    expect(await database.query('select id from child order by id')).toEqual([{ id: 1 }, { id: 4 }])
  })

  test('a giant row and a wide batch', async () => {
    await database.query('drop table if exists giants; create table giants (id int, name text, bytes bytea)')
    const name = 'ä"\\,{}'.repeat(2 ** 19)
    const bytes = Buffer.alloc(2 ** 23, 7)
    await using open = openFlow({
      driver: driverOf({ strategy }),
      flushBytes: 2 ** 26,
      bufferBytes: 2 ** 27,
      timeoutMs: 60_000,
    })
    const table = define('giants', { columns: ['id', 'name', 'bytes'] })
    const rows = Array.from({ length: 3 }, (_, id) => ({ id, name, bytes }))
    expect(await open.write(table, rows)).toEqual({ written: 3, failed: 0 })
    expect(
      await database.query(
        `select id, length(name) as name, md5(name) = md5($1) as same, length(bytes) as bytes,
        md5(bytes) = md5($2) as alike from giants order by id`,
        [name, bytes],
      ),
    ).toEqual(rows.map(({ id }) => ({ id, name: name.length, same: true, bytes: bytes.length, alike: true })))
  })
})

test.each([
  ['at the end of a statement', ''],
  ['at the end of the transaction', 'deferrable initially deferred'],
])('rows that need one another are still written when a bad one is found: checked %s', async (_, when) => {
  await database.query(`drop table if exists tree; create table tree (id int primary key, parent int references tree ${when},
    name text check (name <> 'bad'))`)
  const parents = [8, null, 1, 7, 4, null, 5, 1, 99]
  const rows = parents.map((parent, index) => ({ id: index + 1, parent, name: index === 2 ? 'bad' : 'good' }))
  for (const strategy of ['copy', 'unnest'] as const) {
    await database.query('truncate tree')
    const outcomes = await write(
      driverOf({ strategy }),
      define('tree', { columns: ['id', 'parent', 'name'] }),
      rows,
    )
    // 1 and 8 need one another, 4 and 7 and 5 stand in a ring; only 9 has nobody.
    expect(reasons(outcomes)).toEqual(
      rows.map(({ id }) => (id === 3 || id === 9 ? 'poison constraint' : 'w')),
    )
    expect(await database.query('select id from tree order by id')).toHaveLength(7)
  }
})

// It is sent piece by piece, and a row that is refused is seen when others are with the server already.
test.each([
  [2_000, []],
  [2_000, [0]],
  [2_000, [700]],
  [2_000, [1_999]],
  [2_000, [0, 3, 1_200, 1_999]],
  // In several COPYs: the last row of one, the first of the next.
  [1_000, []],
  [1_000, [249]],
  [1_000, [250]],
  [1_000, [999]],
])(
  'of a batch of %d rows all are written but those that a column does not take: %j',
  async (count: number, bad: readonly number[]) => {
    await database.query('drop table if exists long; create table long (id int primary key, name text)')
    const name = (id: number) => (id % 500 === 7 ? 'long '.repeat(8_000) : 'n'.repeat(id % 100))
    const rows = Array.from({ length: count }, (_, id) => ({
      id,
      name: bad.includes(id) ? 'a\0b' : name(id),
    }))
    const driver = driverOf({ strategy: 'copy' })
    const table = define('long', { columns: ['id', 'name'] })
    const outcomes = await write(driver, table, rows)
    expect(reasons(outcomes)).toEqual(
      bad.length === 0 ? undefined : rows.map(({ id }) => (bad.includes(id) ? 'poison invalid_row' : 'w')),
    )
    const stored = await database.query('select id, md5(name) as name from long order by id')
    const good = rows.filter(({ id }) => !bad.includes(id))
    const md5 = (text: string) => createHash('md5').update(text).digest('hex')
    expect(stored).toEqual(good.map((row) => ({ id: row.id, name: md5(row.name) })))
    // The connection was not spoilt by what was begun and given up.
    expect(reasons(await write(driver, table, [{ id: -1, name: 'x' }]))).toBeUndefined()
  },
)

test.each([
  [300, 1],
  [301, 2],
  [1_000, 4],
  [1_500, 5],
  [1_501, 1],
])('a batch of %d rows arrives, in %d COPYs', async (count, copies) => {
  await database.query('drop table if exists parts; create table parts (id int primary key, name text)')
  const rows = Array.from({ length: count }, (_, id) => ({ id, name: `n${id}` }))
  const table = define('parts', { columns: ['id', 'name'] })
  const driver = driverOf({ strategy: 'copy' })
  expect(await write(driver, table, rows)).toBeUndefined()
  expect(await database.query('select id, name from parts order by id')).toEqual(rows)
  const { statements } = driver.preview(table, rows, { values: true })
  expect(statements).toHaveLength(copies)
  expect(statements.flatMap(({ values = [] }) => values[0])).toEqual(rows.map(({ id }) => id))
})

test('what looks at a statement as a whole sees a batch as one', async () => {
  await database.query(`drop table if exists whole, seen; create table seen (rows int);
    create table whole (id int primary key, parent int references whole);
    create or replace function see() returns trigger language plpgsql as
      $$ begin insert into seen select count(*) from added; return null; end $$;
    create trigger see after insert on whole referencing new table as added for each statement execute function see()`)
  const count = 1_000
  // Each refers to the next, the last to none.
  const rows = Array.from({ length: count }, (_, id) => ({ id, parent: id + 1 < count ? id + 1 : null }))
  const table = define('whole', { columns: ['id', 'parent'] })
  expect(await write(driverOf({ strategy: 'copy' }), table, rows)).toBeUndefined()
  expect(await database.query('select rows from seen')).toEqual([{ rows: count }])
})

test.each(['before the driver looks at the table', 'after it'])(
  'rows that a trigger behind them takes together only are all written: made %s',
  async (when) => {
    await database.query(`drop table if exists entries; create table entries (id int primary key, amount int);
      create or replace function balanced() returns trigger language plpgsql as
        $$ begin if (select sum(amount) from entries) <> 0 then raise 'out of balance'; end if; return null; end $$`)
    const watch = () =>
      database.query('create trigger watch after insert on entries for each row execute function balanced()')
    const driver = driverOf({ strategy: 'copy' })
    const table = define('entries', { columns: ['id', 'amount'] })
    if (when === 'after it') await driver.prepare(table, { signal: new AbortController().signal })
    await watch()
    // The two sides of a transfer are at the ends of the batch.
    const count = 1_000
    const amounts = new Map([
      [0, 5],
      [count - 1, -5],
    ])
    const rows = Array.from({ length: count }, (_, id) => ({ id, amount: amounts.get(id) ?? 0 }))
    expect(reasons(await write(driver, table, rows))).toBeUndefined()
    expect(driver.preview(table, rows).statements).toHaveLength(when === 'after it' ? 4 : 1)
    expect(await database.query('select count(*)::int as rows from entries')).toEqual([{ rows: count }])
  },
)

test('a partition whose rows refer to others of its table takes a batch as one', async () => {
  await database.query(`drop table if exists family;
    create table family (id int primary key, parent int references family) partition by range (id);
    create table family_small partition of family for values from (0) to (10000)`)
  const count = 1_000
  for (const name of ['family', 'family_small']) {
    await database.query('truncate family')
    const table = define(name, { columns: ['id', 'parent'] })
    const driver = driverOf({ strategy: 'copy' })
    await driver.prepare(table, { signal: new AbortController().signal })
    const rows = Array.from({ length: count }, (_, id) => ({ id, parent: (id + 1) % count }))
    expect(driver.preview(table, rows).statements).toHaveLength(1)
    expect(await write(driver, table, rows)).toBeUndefined()
  }
})

test('nothing of a COPY is written when columns take none of its rows', async () => {
  await database.query('drop table if exists none; create table none (id int, name text)')
  const rows = Array.from({ length: 50 }, (_, id) => ({ id, name: '\0' }))
  const outcomes = await write(
    driverOf({ strategy: 'copy' }),
    define('none', { columns: ['id', 'name'] }),
    rows,
  )
  expect(reasons(outcomes)).toEqual(rows.map(() => 'poison invalid_row'))
  expect(await database.query('select * from none')).toEqual([])
})

test.each(strategies)('of two rows with one key in a batch the first is good, %s', async (strategy) => {
  await database.query(
    'drop table if exists twins; create table twins (id int, name text, unique (name, id))',
  )
  const rows = [1, 2, 1, 3].map((id) => ({ id, name: 'x, (y)=(z)' }))
  const outcomes = await write(driverOf({ strategy }), define('twins', { columns: ['id', 'name'] }), rows)
  expect(reasons(outcomes)).toEqual(['w', 'w', 'poison duplicate_key', 'w'])
})

test('a row that is too large for a page or an index is found, and the others are written', async () => {
  await database.query('drop table if exists pages; create table pages (id int, name text unique)')
  // An index has room for a third of a page, after compression.
  const long = Array.from({ length: 20_000 }, () => Math.random().toString(36).slice(2)).join('')
  const outcomes = await write(driverOf(), define('pages', { columns: ['id', 'name'] }), [
    { id: 1, name: 'a' },
    { id: 2, name: long },
    { id: 3, name: 'b' },
  ])
  expect(reasons(outcomes)).toEqual(['w', 'poison too_large', 'w'])
})

test('65,535 parameters are the most of one statement, whatever the columns', async () => {
  const columns = Array.from({ length: 1_000 }, (_, index) => `c${index}`)
  await database.query(
    `drop table if exists many; create table many (${columns.map((name) => `${name} int`).join(',')})`,
  )
  const rows = Array.from({ length: 150 }, (_, n) => Object.fromEntries(columns.map((name) => [name, n])))
  expect(await write(driverOf({ strategy: 'values' }), define('many', { columns }), rows)).toBeUndefined()
  expect(await database.query('select count(*)::int as n, sum(c999)::int as sum from many')).toEqual([
    { n: 150, sum: (150 * 149) / 2 },
  ])
})

test('a JSON value whose toJSON throws is refused, and takes nobody with it', async () => {
  await database.query('drop table if exists docs; create table docs (id int, doc jsonb)')
  const throwing = {
    toJSON() {
      throw new Error('zq-secret-zq')
    },
  }
  for (const driver of [
    driverOf(),
    driverOf({ strategy: 'values' }),
    postgres({ db: new Kysely({ dialect: new PostgresDialect({ pool: database.pool }) }) }),
  ]) {
    await database.query('delete from docs')
    await using open = openFlow({ driver })
    const rows = [
      { id: 1, doc: 1 },
      { id: 2, doc: throwing },
      { id: 3, doc: [null] },
    ]
    expect(await open.write(define('docs', { columns: ['id', 'doc'] }), rows)).toEqual({
      written: 2,
      failed: 1,
    })
    expect(deadRows(open.letters)).toEqual([[rows[1], 'invalid_row']])
    expect(open.letters[0]?.error.message).not.toContain('zq-secret-zq')
  }
})

test('when the allowance for the search is spent the rest is given up, and what was written stays written', async () => {
  await database.query(`drop table if exists evens; create table evens (id int check (id % 2 = 0))`)
  const rows = Array.from({ length: 64 }, (_, id) => ({ id }))
  for (const maxIsolationStatements of [0, 1, 5, 20, 1_000]) {
    await database.query('delete from evens')
    const outcomes = await write(
      driverOf({ strategy: 'unnest' }),
      define('evens', { columns: ['id'] }),
      rows,
      {
        maxIsolationStatements,
      },
    )
    const written = reasons(outcomes)?.filter((reason) => reason === 'w').length
    expect(await database.query('select count(*)::int as n from evens')).toEqual([{ n: written }])
    for (const [index, reason] of (reasons(outcomes) ?? []).entries())
      expect(reason).toMatch(
        index % 2 === 0 ? /^(w|poison non_retryable)$/ : /^poison (constraint|non_retryable)$/,
      )
    if (maxIsolationStatements === 1_000) expect(written).toBe(32)
  }
})
