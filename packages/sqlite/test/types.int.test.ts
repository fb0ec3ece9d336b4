import { tableOf, type SqlTable } from '@batchflow/sqlite'
import { expect, test } from '@jest/globals'
import { openDatabase, reasons } from './database.ts'

type Cell = { readonly v: unknown }
type Type = 'json' | 'date' | 'boolean' | 'bigint'

function tableWith(type?: Type): SqlTable {
  return tableOf<{ id: number; v: unknown }>()('t', {
    columns: ['id', 'v'],
    ...(type && { types: { v: type } }),
  })
}

const noon = new Date('2024-06-01T12:00:00.123Z')
const iso = '2024-06-01T12:00:00.123Z'
const maximum = 2n ** 63n - 1n
const minimum = -(2n ** 63n)

/** Declared type, `types`, value, what is stored, and as which storage class. */
const stored: readonly (readonly [string, Type | undefined, unknown, unknown, string])[] = [
  ['integer', undefined, 1, 1, 'integer'],
  ['integer', undefined, -0, 0, 'integer'],
  ['integer', undefined, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'integer'],
  ['bigint', undefined, maximum, maximum, 'integer'],
  ['bigint', undefined, minimum, minimum, 'integer'],
  ['integer', undefined, true, 1, 'integer'],
  ['integer', undefined, null, null, 'null'],
  ['integer', 'date', noon, noon.getTime(), 'integer'],
  ['integer', 'bigint', 5, 5, 'integer'],
  ['integer', 'boolean', false, 0, 'integer'],
  ['numeric', undefined, 1, 1, 'integer'],
  ['numeric', undefined, 1.5, 1.5, 'real'],
  ['decimal(10,2)', undefined, 12.25, 12.25, 'real'],
  ['numeric', undefined, maximum, maximum, 'integer'],
  ['boolean', undefined, true, 1, 'integer'],
  ['boolean', undefined, false, 0, 'integer'],
  ['real', undefined, 1.5, 1.5, 'real'],
  ['real', undefined, 1, 1, 'real'],
  ['double precision', undefined, 2n, 2, 'real'],
  ['real', undefined, Infinity, Infinity, 'real'],
  ['real', undefined, -Infinity, -Infinity, 'real'],
  ['text', undefined, 'Zürich 東京 🙂', 'Zürich 東京 🙂', 'text'],
  ['text', undefined, '', '', 'text'],
  ['uuid', undefined, '', '', 'text'],
  ['datetime', undefined, ' ', ' ', 'text'],
  ['blob', undefined, Buffer.alloc(0), Buffer.alloc(0), 'blob'],
  ['text', undefined, '1', '1', 'text'],
  ['varchar(9)', undefined, '1.0', '1.0', 'text'],
  ['text', undefined, noon, iso, 'text'],
  ['text', 'date', noon, iso, 'text'],
  ['text', 'json', { a: [1, null, 'x'] }, '{"a":[1,null,"x"]}', 'text'],
  ['text', 'json', 'x', '"x"', 'text'],
  ['datetime', undefined, noon, iso, 'text'],
  ['timestamp', undefined, iso, iso, 'text'],
  ['date', undefined, '2024-06-01', '2024-06-01', 'text'],
  ['date', undefined, 1717243200000, 1717243200000, 'integer'],
  ['json', undefined, [1, { b: true }], '[1,{"b":true}]', 'text'],
  ['json', undefined, null, null, 'null'],
  ['json', undefined, { a: undefined, b: noon }, `{"b":"${iso}"}`, 'text'],
  ['json', undefined, new URL('http://a/'), '"http://a/"', 'text'],
  ['uuid', undefined, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'text'],
  ['blob', undefined, Buffer.from([0, 1, 255]), new Uint8Array([0, 1, 255]), 'blob'],
  ['blob', undefined, new Uint8Array(new ArrayBuffer(9), 3, 2), new Uint8Array(2), 'blob'],
  ['blob', undefined, Buffer.alloc(0), new Uint8Array(0), 'blob'],
  ['', undefined, 1, 1, 'integer'],
  ['', undefined, 1.5, 1.5, 'real'],
  ['', undefined, '1', '1', 'text'],
  ['', undefined, maximum, maximum, 'integer'],
  ['', undefined, Buffer.from('x'), new Uint8Array([120]), 'blob'],
  ['', 'boolean', true, 1, 'integer'],
  ['', 'date', noon, iso, 'text'],
  ['any', undefined, 3, 3, 'integer'],
]

test.each(stored)(
  '%j with types %j stores %p as %p (%s)',
  async (declared, type, value, expected, storage) => {
    await using db = await openDatabase({
      path: ':memory:',
      setup: `create table t (id integer primary key, v ${declared})`,
    })
    expect(await db.write(tableWith(type), [{ id: 1, v: value }])).toBeUndefined()
    const [row] = await db.driver.query('select v, typeof(v) as storage from t')
    expect(row).toEqual({ v: expected, storage })
  },
)

const refused: readonly (readonly [string, Type | undefined, unknown, string])[] = [
  ['integer', undefined, 1.5, 'a fraction'],
  ['integer', undefined, Number.NaN, 'NaN'],
  ['integer', undefined, Infinity, 'Infinity'],
  ['integer', undefined, 2 ** 53, 'an integer beyond 2^53 as a number'],
  ['integer', undefined, 2n ** 63n, 'a bigint beyond 64 bits'],
  ['integer', undefined, '1', 'a string'],
  ['integer', undefined, noon, 'a Date'],
  ['integer', 'date', new Date(Number.NaN), 'an invalid or far Date'],
  ['integer', 'bigint', 1.5, 'a fraction'],
  ['numeric', undefined, Number.NaN, 'NaN'],
  ['numeric', undefined, Infinity, 'Infinity'],
  ['decimal', undefined, '12.50', 'a string'],
  ['real', undefined, Number.NaN, 'NaN'],
  ['real', undefined, 2n ** 60n + 1n, 'a bigint'],
  ['real', undefined, true, 'a boolean'],
  ['text', undefined, 1, 'an integer'],
  ['text', undefined, 1n, 'a bigint'],
  ['text', undefined, true, 'a boolean'],
  ['text', undefined, {}, 'an object'],
  ['text', undefined, ['x'], 'an array'],
  ['text', undefined, Buffer.from('x'), 'a Buffer'],
  ['text', undefined, 'a\0b', 'a string with NUL'],
  ['text', undefined, 'a\ud800b', 'a string with a lone surrogate'],
  ['text', undefined, new Date(8.64e15), 'an invalid or far Date'],
  ['text', undefined, () => 1, 'a function'],
  ['text', undefined, Symbol('x'), 'a symbol'],
  ['text', 'json', { a: [Number.NaN] }, 'an object with NaN in it'],
  ['text', 'json', { a: 1n }, 'an object with a bigint in it'],
  ['text', 'json', [undefined], 'an array with undefined in it'],
  ['text', 'json', new Map([[1, 2]]), 'a Map'],
  ['text', 'json', Promise.resolve(1), 'a Promise'],
  ['json', undefined, { a: Buffer.from('x') }, 'an object with a Buffer in it'],
  ['json', undefined, { a: () => 1 }, 'an object with a function in it'],
  ['datetime', undefined, '2024', 'a string'],
  ['string', undefined, '12', 'a string'],
  ['uuid', undefined, noon, 'a Date'],
  ['blob', undefined, 'x', 'a string'],
  ['blob', undefined, new Float64Array(1), 'an ArrayBuffer view'],
  ['', undefined, true, 'a boolean'],
  ['', undefined, noon, 'a Date'],
  ['', undefined, {}, 'an object'],
  ['', undefined, Infinity, 'Infinity'],
]

test.each(refused)(
  '%j with types %j refuses %p as %s and writes the rest',
  async (declared, type, value, kind) => {
    await using db = await openDatabase({
      path: ':memory:',
      setup: `create table t (id integer primary key, v ${declared})`,
    })
    const rows: ({ id: number } & Cell)[] = [
      { id: 1, v: null },
      { id: 2, v: value },
      { id: 3, v: null },
    ]
    const outcomes = await db.write(tableWith(type), rows)
    expect(reasons(outcomes)).toEqual(['w', 'poison invalid_row', 'w'])
    const outcome = outcomes?.[1]
    expect(outcome?.outcome === 'failed' && outcome.cause).toMatchObject({
      code: 'BATCHFLOW_INVALID_ROW',
      message: expect.stringMatching(new RegExp(`^t\\.v must be .*, got ${kind.replace('^', '\\^')}$`)),
    })
    expect(await db.driver.query('select id from t order by id')).toEqual([{ id: 1 }, { id: 3 }])
  },
)

test.each([
  ['real', 'date'],
  ['blob', 'date'],
  ['text', 'boolean'],
  ['text', 'bigint'],
  ['integer', 'json'],
] as const)(
  'a column declared %s does not take types %s: a configuration failure',
  async (declared, type) => {
    await using db = await openDatabase({
      path: ':memory:',
      setup: `create table t (id integer primary key, v ${declared})`,
    })
    const error: unknown = await db
      .write(tableWith(type), [{ id: 1, v: null }])
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      message: `table t: column v: types '${type}' does not fit a column declared ${declared.toUpperCase()}`,
    })
    expect(db.driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
  },
)

test('a STRICT table takes the same values, and ANY keeps them as they are', async () => {
  await using db = await openDatabase({
    setup: 'create table s (id int primary key, a any, r real, t text, b blob) strict',
  })
  const table = tableOf<Record<'id' | 'a' | 'r' | 't' | 'b', unknown>>()('s', {
    columns: ['id', 'a', 'r', 't', 'b'],
  })
  const rows = [
    { id: 1, a: 2, r: 1, t: 'x', b: Buffer.from([1]) },
    { id: 2, a: '2', r: 0.5, t: 'y', b: null },
  ]
  expect(await db.write(table, rows)).toBeUndefined()
  expect(await db.driver.query('select a, typeof(a) as ta, r from s order by id')).toEqual([
    { a: 2, ta: 'integer', r: 1 },
    { a: '2', ta: 'text', r: 0.5 },
  ])
})

test('names with quotes, dots and reserved words are names, in any case', async () => {
  await using db = await openDatabase({
    setup: 'create table "sel""ect.x" ("or""der" integer primary key, "A.b" text)',
  })
  const table = tableOf<{ 'or"der': number; 'a.B': string }>()('SEL"ect.x', {
    columns: ['or"der', 'a.B'],
    schema: 'main',
    conflict: { strategy: 'update', columns: ['or"der'], update: ['a.B'] },
  })
  await db.write(table, [{ 'or"der': 1, 'a.B': 'x' }])
  await db.write(table, [{ 'or"der': 1, 'a.B': 'y' }])
  expect(await db.driver.query('select * from "sel""ect.x"')).toEqual([{ 'or"der': 1, 'A.b': 'y' }])
})

test('a buffer that was transferred away costs its own row only', async () => {
  await using db = await openDatabase({ setup: 'create table t (id integer primary key, v blob)' })
  const bytes = new Uint8Array([1, 2, 3])
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  const table = tableWith()
  await db.driver.prepare(table, { signal: new AbortController().signal })
  const rows = [
    { id: 1, v: Buffer.from('x') },
    { id: 2, v: bytes },
  ]
  const outcomes = await db.driver.write(
    { id: 'b', target: table, rows },
    { attempt: 1, signal: new AbortController().signal },
  )
  expect(outcomes?.map(({ outcome }) => outcome)).toEqual(['written', 'failed'])
})
