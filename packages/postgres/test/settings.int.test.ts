// Settings of a server, a role or a database that change what a carelessly written text means.
import { ledgerTable, postgres } from '@batchflow/postgres'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { reasons, rejection, write } from './attempt.ts'
import { openDatabase, type TestDatabase } from './database.ts'
import { define } from './define.ts'

/** Schemas that are not looked into. */
const odd = `batchflow "odd".schema' ${randomBytes(6).toString('hex')}`
const quote = (name: string) => `"${name.replaceAll('"', '""')}"`

let database: TestDatabase
beforeAll(async () => {
  database = await openDatabase()
  await database.query(
    `${ledgerTable}; create schema ${quote(odd)}; create type mood as enum ('it''s \\ "so"')`,
  )
})
afterAll(async () => {
  await database.query(`drop schema ${quote(odd)} cascade`)
  await database.close()
})

const columns = ['id', 'name', 'at', 'day', 'span', 'bytes', 'n', 'list', 'doc', 'mood', 'stamp']
const at = new Date('2024-06-01T22:30:00.123Z')
const rows = [
  {
    id: 1,
    name: `back\\slash 'quote' E'\\n' "ä€😀"`,
    at,
    day: '2024-02-03',
    span: '-P1Y2M3DT4H5M6.5S',
    bytes: Buffer.from([0, 92, 39, 255]),
    n: '1234.50',
    list: ['a\\b', `it's "so"`, null, '{}'],
    doc: { path: 'C:\\temp', text: "it's" },
    mood: `it's \\ "so"`,
    stamp: '2024-06-01T12:00:00.000001Z',
  },
  { id: 2, name: '\\' },
  { id: 3, name: 'bad' },
]

/** What the rows are, in settings that leave no room for doubt. */
async function stored(table: string): Promise<unknown> {
  return await database
    .query(
      `set datestyle to 'ISO, YMD'; set timezone to 'UTC'; set intervalstyle to 'postgres';
    set bytea_output to 'hex'`,
    )
    .then(() =>
      database.query(`select id, name, at::text, day::text, span::text, bytes::text, n::text, list::text, doc::text,
      mood::text, stamp::text from ${table} order by id`),
    )
}

const expected = [
  {
    id: 1,
    name: rows[0]?.name,
    at: '2024-06-01 22:30:00.123+00',
    day: '2024-02-03',
    span: '-1 years -2 mons -3 days -04:05:06.5',
    bytes: '\\x005c27ff',
    n: '1234.50',
    list: '{"a\\\\b","it\'s \\"so\\"",NULL,"{}"}',
    doc: `{"path": "C:\\\\temp", "text": "it's"}`,
    mood: `it's \\ "so"`,
    stamp: '2024-06-01 12:00:00.000001',
  },
  {
    id: 2,
    name: '\\',
    at: null,
    day: null,
    span: null,
    bytes: null,
    n: null,
    list: null,
    doc: null,
    mood: null,
    stamp: null,
  },
]

const types = `id int primary key, name text check (name <> 'bad'), at timestamptz, day date, span interval, bytes bytea,
  n numeric(10,2), list text[], doc jsonb, mood mood, stamp timestamp`

const settings: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  [
    'texts',
    {
      standard_conforming_strings: 'off',
      backslash_quote: 'off',
      escape_string_warning: 'on',
      client_encoding: 'LATIN1',
      bytea_output: 'escape',
      extra_float_digits: '-15',
      transform_null_equals: 'on',
    },
  ],
  ['days', { datestyle: 'SQL,DMY', intervalstyle: 'sql_standard', timezone: 'America/New_York' }],
  ['days otherwise', { datestyle: 'German', intervalstyle: 'iso_8601', timezone: 'Asia/Kathmandu' }],
  [
    'transactions and plans',
    {
      default_transaction_isolation: 'serializable',
      default_transaction_deferrable: 'on',
      plan_cache_mode: 'force_generic_plan',
      row_security: 'off',
      statement_timeout: '1min',
      lock_timeout: '1h',
    },
  ],
]

test.each(settings)('settings of %s change nothing', async (_, values) => {
  const options = Object.entries(values).map(([name, value]) => `-c ${name}=${value}`)
  const pool = new pg.Pool({
    ...database.pool.options,
    max: 1,
    options: [database.pool.options.options, ...options].join(' '),
  })
  try {
    for (const strategy of ['copy', 'unnest', 'values'] as const) {
      await database.query(
        `drop table if exists settings; create table settings (${types}); truncate batchflow_ledger`,
      )
      const driver = postgres({ pool, strategy, ledger: true, prepared: strategy === 'unnest' })
      const table = define('settings', { columns })
      expect(reasons(await write(driver, table, rows, { id: `a\\'b "c"` }))).toEqual([
        'w',
        'w',
        'poison constraint',
      ])
      expect(await stored('settings')).toEqual(expected)
      expect(await database.query('select id, refused from batchflow_ledger')).toEqual([
        { id: `a\\'b "c"`, refused: [{ index: 2, code: '23514' }] },
      ])
      // The session is as it was.
      const { rows: after } = await pool.query<Record<string, string>>(
        `select current_setting('statement_timeout') as t`,
      )
      expect(after).toEqual([{ t: values['statement_timeout'] ?? '0' }])
    }
  } finally {
    await pool.end()
  }
})

test.each([
  ['array_nulls = off, which makes a text of NULL', `set array_nulls = off`],
  ['another client_encoding than pg has', `set client_encoding = 'LATIN1'`],
])('%s is refused', async (_, setting) => {
  const pool = new pg.Pool({ ...database.pool.options, max: 1 })
  try {
    await pool.query(setting)
    await database.query(`drop table if exists settings; create table settings (${types})`)
    const driver = postgres({ pool })
    const error = await rejection(write(driver, define('settings', { columns: ['id', 'list'] }), [{ id: 1 }]))
    expect(error).toMatchObject({
      code: 'BATCHFLOW_INVALID_TARGET',
      message: 'table "settings": the connection must have array_nulls on and client_encoding UTF8',
    })
    expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
  } finally {
    await pool.end()
  }
})

test('a table in a schema that is not looked into, with types from there', async () => {
  await database.query(`create type ${quote(odd)}."Mo.od" as enum ('a'); create domain ${quote(odd)}.small as int check (value < 9);
    create table ${quote(odd)}."T.1" (id ${quote(odd)}.small primary key, "Mo.od" ${quote(odd)}."Mo.od", list ${quote(odd)}."Mo.od"[])`)
  for (const strategy of ['copy', 'unnest', 'values'] as const) {
    await database.query(`delete from ${quote(odd)}."T.1"`)
    const driver = postgres({ pool: database.pool, strategy })
    const table = define('T.1', { schema: odd, columns: ['id', 'Mo.od', 'list'] })
    const cells = [
      { id: 1, 'Mo.od': 'a', list: ['a', null] },
      { id: 10, 'Mo.od': 'a', list: [] },
      { id: 2, 'Mo.od': 'b', list: [] },
    ]
    expect(reasons(await write(driver, table, cells))).toEqual([
      'w',
      'poison constraint',
      'poison invalid_row',
    ])
    const upsert = define('T.1', {
      schema: odd,
      columns: ['id', 'Mo.od'],
      returning: ['Mo.od'],
      conflict: { strategy: 'update', columns: ['id'], update: { 'Mo.od': 'coalesce' } },
    })
    expect(await write(driver, upsert, [{ id: 1, 'Mo.od': null }])).toEqual([
      { outcome: 'written', returned: { 'Mo.od': 'a' } },
    ])
    expect(await database.query(`select id, list::text from ${quote(odd)}."T.1"`)).toEqual([
      { id: 1, list: '{a,NULL}' },
    ])
  }
})

test.each([
  ['odd schemas first', (own: string) => `"no such", ${quote(odd)}, ${own}, pg_catalog`],
  ['pg_catalog last, behind types and tables of its names', (own: string) => `${own}, pg_catalog`],
])('a search_path with %s', async (_, path) => {
  const own = database.schema
  await database.query(`create table ${own}.pg_class (oid int, relname text); create table ${own}.pg_attribute (attname text);
    create domain ${own}.int8 as text; create table path (id bigint primary key, name text)`)
  const pool = new pg.Pool({ ...database.pool.options, options: '-c synchronous_commit=off', max: 1 })
  const table = define('path', { columns: ['id', 'name'], conflict: { strategy: 'ignore', columns: ['id'] } })
  try {
    await pool.query(`set search_path to ${path(own)}`)
    expect(await write(postgres({ pool }), table, [{ id: 2n ** 62n, name: 'x' }])).toBeUndefined()
    expect(await database.query('select id::text from path')).toEqual([{ id: String(2n ** 62n) }])
  } finally {
    await pool.end()
    await database.query(`drop table ${own}.pg_class, ${own}.pg_attribute, path; drop domain ${own}.int8`)
  }
})
