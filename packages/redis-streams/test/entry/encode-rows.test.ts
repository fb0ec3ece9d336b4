import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeRows } from '../../src/entry/decode-rows.ts'
import { encodeRows } from '../../src/entry/encode-rows.ts'
import { preparedRow, type Row } from '../../src/entry/row.ts'

/** There and back again, as a producer and a worker do it. */
function travelled(rows: readonly Row[]): readonly Row[] {
  return decodeRows(encodeRows(rows.map((row) => preparedRow('t', { ...row }))), rows.length)
}

describe('values arrive as they left', () => {
  const values: readonly (readonly [name: string, value: unknown])[] = [
    ['texts', 'Zürich 北京 \u0000 \ud800 "\\'],
    ['integers', -42],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['bigints', -(2n ** 63n)],
    ['booleans', false],
    ['null', null],
    ['Dates', new Date(-1)],
    ['Buffers', Buffer.from([0, 255, 128])],
    ['empty Buffers', Buffer.alloc(0)],
    ['arrays', [1, null, 'x', [2n]]],
    [
      'JSON with all of these',
      { a: [{ b: 1n, c: new Date(5), d: Number.NaN, e: -0 }], f: Buffer.from('g'), $: { $: 1 } },
    ],
    ['members named __proto__', JSON.parse('{"__proto__":{"x":1}}')],
    ['undefined members', { a: undefined, b: [undefined] }],
  ]
  test.each(values)('%s', (_name, value) => {
    expect(travelled([{ value }])).toStrictEqual([{ value }])
    // Beside others of the column, which may have another form.
    expect(travelled([{ value }, { value: null }, { value: 'x' }])).toStrictEqual([
      { value },
      { value: null },
      { value: 'x' },
    ])
  })
})

test('a Date that is none arrives as one, for the database to refuse', () => {
  const rows = travelled([{ at: new Date(Number.NaN) }, { at: new Date(7) }])
  expect(rows.map((row) => (row['at'] as Date).getTime())).toEqual([Number.NaN, 7])
  const nested = travelled([{ json: [{ at: new Date(Number.NaN) }] }])
  expect(nested).toEqual([{ json: [{ at: expect.any(Date) }] }])
  expect((nested as unknown as [{ json: [{ at: Date }] }])[0].json[0].at.getTime()).toBeNaN()
})

test('a Uint8Array arrives as a Buffer with its bytes', () => {
  const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)
  expect(travelled([{ bytes }])).toStrictEqual([{ bytes: Buffer.from([2, 3]) }])
})

test('what has toJSON arrives as what that answers', () => {
  expect(travelled([{ json: { at: new URL('http://a.example/') } }])).toStrictEqual([
    { json: { at: 'http://a.example/' } },
  ])
})

test('a column that a row lacks is no property of the row', () => {
  expect(travelled([{ a: 1 }, { a: undefined, b: 2 }, { b: undefined, c: null }])).toStrictEqual([
    { a: 1 },
    { b: 2 },
    { c: null },
  ])
})

test('a column named __proto__ is a column', () => {
  const row = Object.defineProperty({}, '__proto__', { value: 1, enumerable: true, writable: true })
  expect(Object.entries(travelled([row])[0] ?? {})).toEqual([['__proto__', 1]])
})

test('any rows arrive as they left', () => {
  // Dates that are none have tests of their own: `toEqual` takes no such Date for the same as another.
  const leaves = [
    fc.string(),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.date({ noInvalidDate: true }),
  ]
  const value = fc.oneof(
    fc.anything({ values: leaves, withNullPrototype: false, maxDepth: 3 }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string({ maxLength: 3 }), value), { minLength: 1, maxLength: 5 }),
      (rows) => {
        const given = rows.map((row) =>
          Object.fromEntries(Object.entries(row).filter(([, member]) => member !== undefined)),
        )
        expect(travelled(given)).toEqual(given)
      },
    ),
  )
})

test('JSON that is changed after it was submitted travels as it was', () => {
  const json = { a: 1 }
  const row = preparedRow('t', { json })
  json.a = 2
  expect(decodeRows(encodeRows([row]), 1)).toEqual([{ json: { a: 1 } }])
})

describe('what no database takes is refused with its column and its kind', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  test.each([
    [() => {}, 'must be something that a database takes, got a function'],
    [Symbol('s'), 'must be something that a database takes, got a symbol'],
    [new Map(), 'must be something that a database takes, got an instance of a class'],
    [{ deep: [new Set()] }, 'must be something that a database takes, got an instance of a class'],
    [circle, 'must be nested less deeply, and not in a circle'],
  ])('%p', (value, message) => {
    expect(() => preparedRow('t', { column: value })).toThrow(
      expect.objectContaining({ code: 'BATCHFLOW_INVALID_ROW', message: `t.column ${message}` }),
    )
  })
})

test.each([
  ['no JSON', '{'],
  ['no list', '{}'],
  ['a column that is none', '[1]'],
  ['too few values', '[["a","j",[1]]]'],
  ['a form from the future', '[["a","q",[1,2]]]'],
  ['a form that everything inherits', '[["a","toString",[1,2]]]'],
  ['a date that is none', '[["a","d",["x",1]]]'],
  ['a value form from the future', '[["a","v",[{"$":"q"},1]]]'],
])('%s is refused', (_what, text) => {
  expect(() => decodeRows(text, 2)).toThrow()
})
