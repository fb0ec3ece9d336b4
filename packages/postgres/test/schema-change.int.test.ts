// What happens to a flow whose table is altered while it runs.
import { postgres, type PostgresOptions } from '@batchflow/postgres'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { reasons, write } from './attempt.ts'
import { openDatabase, type TestDatabase, waitForLock } from './database.ts'
import { define } from './define.ts'
import { deadRows, openFlow } from './open-flow.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await openDatabase()
})
afterEach(() => database.close())

const strategies = ['copy', 'unnest', 'values'] as const

const driverOf = (options: Partial<PostgresOptions> = {}) =>
  postgres({ pool: database.pool, ...options } as PostgresOptions)

describe.each(strategies)('with %s', (strategy) => {
  test('a column is added while the flow runs', async () => {
    await database.query('create table t (id int, name text)')
    await using open = openFlow({ driver: driverOf({ strategy }) })
    const table = define('t', { columns: ['id', 'name'] })
    await open.write(table, [{ id: 1, name: 'a' }])
    await database.query(`alter table t add at int not null default 5`)
    await open.write(table, [{ id: 2, name: 'b' }])
    expect(await database.query('select * from t order by id')).toEqual([
      { id: 1, name: 'a', at: 5 },
      { id: 2, name: 'b', at: 5 },
    ])
    expect(open.failures).toEqual([])
  })

  test.each([
    ['int', 'real', '5'],
    ['int', 'bigint', '5'],
    ['bigint', 'double precision', '5'],
    ['bigint', 'int', '5'],
    ['int', 'text', '5'],
    ['real', 'int', '5'],
    ['real', 'double precision', '5'],
  ])('a number is never another one when its column goes from %s to %s', async (from, to, stored) => {
    await database.query(`create table t (id int, n ${from})`)
    await using open = openFlow({ driver: driverOf({ strategy }) })
    const table = define('t', { columns: ['id', 'n'] })
    await open.write(table, [{ id: 1, n: 5 }])
    await database.query(`alter table t alter n type ${to}`)
    await open.write(table, [{ id: 2, n: 5 }])
    await open.write(table, [{ id: 3, n: 5 }])
    const found = await database.query('select n::text from t order by id')
    const dead = deadRows(open.letters)
    // A text column takes no numbers: that row is refused, not turned into something.
    expect(found.map(({ n }) => n)).toEqual(dead.length === 0 ? [stored, stored, stored] : [stored])
    expect(dead.map(([, reason]) => reason)).toEqual(to === 'text' ? dead.map(() => 'invalid_row') : [])
  })

  test('a row that its column has come to take is not refused by what the column was', async () => {
    await database.query('create table t (id int)')
    await using open = openFlow({ driver: driverOf({ strategy }) })
    const table = define('t', { columns: ['id'] })
    await open.write(table, [{ id: 1 }])
    await database.query('alter table t alter id type bigint')
    expect(await open.write(table, [{ id: 2 ** 40 }])).toEqual({ written: 1, failed: 0 })
    await database.query('alter table t alter id type text')
    expect(await open.write(table, [{ id: 'x' }, { id: 'y' }])).toEqual({ written: 2, failed: 0 })
    expect(await database.query('select id from t order by id')).toEqual(
      ['1', String(2 ** 40), 'x', 'y'].map((id) => ({ id })),
    )
  })

  test.each(['', 'partition by range (id)'])(
    'a table that another one takes the place of is never written as the one it was %s',
    async (partitioning) => {
      const make = async (name: string, type: string) => {
        await database.query(`create table ${name} (id int, n ${type}) ${partitioning}`)
        if (partitioning !== '') await database.query(`create table ${name}_all partition of ${name} default`)
      }
      await make('t', 'int')
      await using open = openFlow({ driver: driverOf({ strategy }) })
      const table = define('t', { columns: ['id', 'n'] })
      await open.write(table, [{ id: 1, n: 5 }])
      await make('next', 'real')
      await database.query('alter table t rename to was; alter table next rename to t')
      await open.write(table, [{ id: 2, n: 5 }])
      if (partitioning !== '') await database.query('alter table t alter n type bigint')
      await open.write(table, [{ id: 3, n: 5 }])
      await database.query('truncate was')
      await open.write(table, [{ id: 4, n: 5 }])
      expect(await database.query('select id, n::int from t order by id')).toEqual(
        [2, 3, 4].map((id) => ({ id, n: 5 })),
      )
    },
  )

  test('a table that is emptied is written on', async () => {
    await database.query('create table t (id int)')
    await using open = openFlow({ driver: driverOf({ strategy }) })
    const table = define('t', { columns: ['id'] })
    for (let round = 0; round < 3; round++) {
      await database.query('truncate t')
      await open.write(table, [{ id: round }])
      expect(await database.query('select * from t')).toEqual([{ id: round }])
    }
    expect(open.failures).toEqual([])
  })

  test('an alteration that batches wait for is seen by them', async () => {
    await database.query('create table t (id int, n int)')
    await using open = openFlow({ driver: driverOf({ strategy }) })
    const table = define('t', { columns: ['id', 'n'] })
    await open.write(table, [{ id: 1, n: 1 }])
    await database.query('begin; alter table t alter n type real using 0')
    const writing = open.write(table, [{ id: 2, n: 1 }])
    await database.awaitSessions(waitForLock)
    await database.query('commit')
    await writing
    expect(await database.query('select n from t order by id')).toEqual([{ n: 0 }, { n: 1 }])
  })
})

test('a time zone is not guessed when a timestamp becomes one with a time zone', async () => {
  const pool = new pg.Pool({
    ...database.pool.options,
    options: `${database.pool.options.options} -c timezone=Asia/Tokyo`,
  })
  await database.query('create table t (id int primary key, at timestamp)')
  try {
    const conflict = { strategy: 'ignore', columns: ['id'] } as const
    await using open = openFlow({ driver: postgres({ pool, strategy: 'unnest' }) })
    const table = define('t', { columns: ['id', 'at'], conflict })
    const at = new Date('2024-06-01T12:00:00.000Z')
    await open.write(table, [{ id: 1, at }])
    await database.query(`alter table t alter at type timestamptz using at at time zone 'UTC'`)
    // A batch looks at the types when nobody has for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    await open.write(table, [{ id: 2, at }])
    expect(await database.query('select at from t order by id')).toEqual([{ at }, { at }])
  } finally {
    await pool.end()
  }
})

describe('prepared', () => {
  const table = define('t', {
    columns: ['id', 'name'],
    conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
    returning: ['stamp'],
  })

  beforeEach(async () => {
    await database.query('create table t (id int primary key, name text, stamp int default 1)')
  })

  /** One connection, which is lent to others in between. */
  const onePool = () => new pg.Pool({ ...database.pool.options, max: 1 })

  test('statements are prepared once per connection', async () => {
    const pool = onePool()
    try {
      const driver = postgres({ pool, prepared: true })
      for (let id = 0; id < 5; id++) await write(driver, table, [{ id, name: 'x' }])
      const { rows } = await pool.query<{ name: string }>('select name from pg_prepared_statements')
      expect(rows).toHaveLength(1)
      expect(rows[0]?.name).toMatch(/^batchflow_/)
    } finally {
      await pool.end()
    }
  })

  test('a statement that somebody has deallocated is prepared again', async () => {
    const pool = onePool()
    try {
      await using open = openFlow({ driver: postgres({ pool, prepared: true }) })
      await open.write(table, [{ id: 1, name: 'a' }])
      await pool.query('deallocate all')
      expect(await open.write(table, [{ id: 2, name: 'b' }])).toEqual({ written: 1, failed: 0 })
      expect(open.failures).toEqual([{ kind: 'transient', reason: 'connection' }])
      await pool.query('discard all')
      await pool.query(`set search_path to ${database.schema}`)
      expect(await open.write(table, [{ id: 3, name: 'c' }])).toEqual({ written: 1, failed: 0 })
    } finally {
      await pool.end()
    }
  })

  test('a statement whose answer the table has outgrown is prepared again', async () => {
    const pool = onePool()
    try {
      await using open = openFlow({ driver: postgres({ pool, prepared: true }) })
      await open.write(table, [{ id: 1, name: 'a' }])
      await database.query('alter table t alter stamp type text')
      const receipt = open.flow.submitAndSettle(table, { id: 2, name: 'b' })
      expect(await receipt).toEqual({ outcome: 'written', returned: { stamp: '1' } })
      expect(open.failures).toEqual([{ kind: 'transient', reason: 'connection' }])
    } finally {
      await pool.end()
    }
  })

  test('a table that was made anew', async () => {
    const driver = driverOf({ prepared: true })
    await write(driver, table, [{ id: 1, name: 'a' }])
    await database.query(
      'drop table t; create table t (stamp int default 2, id bigint primary key, name varchar(10))',
    )
    expect(reasons(await write(driver, table, [{ id: 2, name: 'b' }]))).toEqual(['w'])
    expect(await database.query('select * from t')).toEqual([{ stamp: 2, id: '2', name: 'b' }])
  })

  test('a type that was made anew, with its table', async () => {
    const pool = onePool()
    try {
      const driver = postgres({ pool, prepared: true, strategy: 'unnest' })
      const moods = define('moods', { columns: ['id', 'mood'] })
      const make = `create type mood as enum ('good', 'bad'); create table moods (id int, mood mood)`
      await database.query(make)
      await write(driver, moods, [{ id: 1, mood: 'good' }])
      await database.query(`drop table moods; drop type mood; ${make}`)
      expect(await write(driver, moods, [{ id: 2, mood: 'bad' }])).toBeUndefined()
      expect(await database.query('select * from moods')).toEqual([{ id: 2, mood: 'bad' }])
    } finally {
      await pool.end()
    }
  })

  test('an index of the conflict columns that is made anew', async () => {
    const driver = driverOf()
    await write(driver, table, [{ id: 1, name: 'a' }])
    await database.query('alter table t drop constraint t_pkey')
    await expect(write(driver, table, [{ id: 2, name: 'b' }])).rejects.toMatchObject({
      message:
        'table "t": conflict.columns must be the primary key or a unique index (immediate, without expressions and ' +
        'WHERE), got id',
    })
    await database.query('alter table t add unique (id)')
    expect(reasons(await write(driver, table, [{ id: 2, name: 'b' }]))).toEqual(['w'])
  })
})
