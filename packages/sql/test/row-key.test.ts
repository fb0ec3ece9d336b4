import { rowSemantics } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ColumnType } from '../src/definition.ts'
import { rowKeyOf } from '../src/row-key.ts'
import { tableOf } from '../src/table.ts'

const typed = (type: ColumnType) => (value: unknown) => rowKeyOf(['k'], { k: type })({ k: value })
const single = (value: unknown) => rowKeyOf(['k'])({ k: value })
const pair = (a: unknown, b: unknown) => rowKeyOf(['a', 'b'])({ a, b })

test('one integer or string is its own key', () => {
  expect(single(7)).toBe(7)
  expect(single(7n)).toBe(7)
  expect(single('7')).toBe('7')
  expect(Object.is(single(-0), 0)).toBe(true)
})

test('an integer and the bigint of its value are one key, also beyond 2^53', () => {
  expect(single(2 ** 60)).toBe(single(2n ** 60n))
  expect(pair(2 ** 60, 1)).toBe(pair(2n ** 60n, 1n))
  expect(pair(-0, 1)).toBe(pair(0n, 1))
})

test('values of different kinds never share a key', () => {
  const values = [
    1,
    '1',
    true,
    false,
    new Date(1),
    Buffer.from('1'),
    1.5,
    '1.5',
    2,
    '\u0000b1:1',
    '\u0000T;',
    '',
  ]
  expect(new Set(values.map(single)).size).toBe(values.length)
  expect(new Set(values.map((value) => pair(value, 0))).size).toBe(values.length)
})

test('a row with NULL, NaN, an invalid Date or an object in its key has none', () => {
  for (const value of [null, undefined, Number.NaN, new Date(Number.NaN), {}, [1], () => 1]) {
    expect(single(value)).toBeUndefined()
    expect(pair(1, value)).toBeUndefined()
  }
})

test('Dates are keyed by instant and Buffers by content', () => {
  expect(single(new Date(5))).toBe(single(new Date(5)))
  expect(single(Buffer.from('ab'))).toBe(single(new Uint8Array([97, 98])))
})

test('composite keys are injective over typed values', () => {
  const value = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.bigInt(),
    fc.string({ unit: fc.constantFrom('s', 'i', '1', ':', ';', 'T', '\u0000', '|') }),
    fc.boolean(),
  )
  const normal = (v: unknown) =>
    typeof v === 'bigint' || Number.isInteger(v)
      ? `integer ${BigInt(v as number)}`
      : `${typeof v} ${String(v)}`
  fc.assert(
    fc.property(fc.tuple(value, value), fc.tuple(value, value), ([a, b], [c, d]) => {
      const same = normal(a) === normal(c) && normal(b) === normal(d)
      expect(pair(a, b) === pair(c, d)).toBe(same)
      expect(single(a) === single(c)).toBe(normal(a) === normal(c))
    }),
    { numRuns: 2000 },
  )
})

test('bigint: an integer, its bigint and its text are one key, however it is spelt', () => {
  const key = typed('bigint')
  for (const value of [1, 1n, true, '1', '01', '+1', '1.0', '1.', ' 1\n']) expect(key(value)).toBe(1)
  for (const value of [0, -0, 0n, false, '0', '-0', '00.000']) expect(Object.is(key(value), 0)).toBe(true)
  expect(key('-9007199254740993')).toBe(-9007199254740993n)
  expect(key('9223372036854775807')).toBe(9223372036854775807n)
})

test('bigint: what is no integer is no key of one', () => {
  const key = typed('bigint')
  const others = [
    '',
    ' ',
    '-',
    '1e0',
    '0x1',
    '1_0',
    '1.5',
    '1,0',
    '--1',
    '1 1',
    1.5,
    '1n',
    `${'0'.repeat(64)}1`,
  ]
  const keys = others.map(key)
  expect(new Set([...keys, key(1), key(0)]).size).toBe(others.length + 2)
  expect([key(null), key(undefined), key(Number.NaN), key({})]).toEqual(Array(4).fill(undefined))
})

test('boolean: true is 1 and false is 0', () => {
  const key = typed('boolean')
  for (const value of [true, 1, 1n, '1']) expect(key(value)).toBe(1)
  for (const value of [false, 0, -0, 0n, '0']) expect(key(value)).toBe(0)
  expect(new Set(['true', 't', 2, true].map(key)).size).toBe(4)
})

test('date: a Date, the ISO text of its instant and its milliseconds are one key', () => {
  const key = typed('date')
  const time = Date.UTC(2024, 5, 1, 12)
  const texts = [
    '2024-06-01T12:00:00.000Z',
    '2024-06-01T12:00Z',
    '2024-06-01 12:00:00',
    '2024-06-01 12:00:00.000000+00',
    '2024-06-01t14:00:00+02:00',
    '2024-06-01T07:00:00-0500',
    '2024-06-01 12:19:32+00:19:32',
    '+002024-06-01T12:00:00z',
    ' 2024-06-01 12:00:00 Z ',
  ]
  for (const value of [new Date(time), time, BigInt(time), ...texts])
    expect(key(value)).toBe(key(new Date(time)))
  expect(key('2024-06-01')).toBe(key(new Date(Date.UTC(2024, 5, 1))))
})

test('date: what is finer than a Date is told apart, whatever its zone', () => {
  const key = typed('date')
  expect(key('2024-06-01T12:00:00.0000010Z')).toBe(key('2024-06-01 14:00:00.000001+02'))
  expect(key('1969-12-31T23:59:59.9995Z')).toBe(key('1970-01-01T00:59:59.9995+01'))
  const texts = ['00', '00.000001', '00.00001', '00.0000011', '00.001', '00.0010001']
  expect(new Set(texts.map((seconds) => key(`1969-12-31T12:00:${seconds}Z`))).size).toBe(texts.length)
})

test('date: other texts and numbers are keys of their own', () => {
  const key = typed('date')
  const others = ['', 'infinity', '2024', '2024-13-01', '2024-06-01T25:00', 'June 1, 2024', 0.5, 1e300, 'Z']
  expect(new Set([...others, new Date(0)].map(key)).size).toBe(others.length + 1)
  expect(key(new Date(Number.NaN))).toBeUndefined()
})

test('json, and a column without a type beside one with, are as without types', () => {
  expect(typed('json')('1')).toBe('1')
  expect(typed('json')({})).toBeUndefined()
  const key = rowKeyOf(['a', 'b'], { a: 'bigint' })
  expect(key({ a: '01', b: 1 })).toBe(pair(1, 1))
  expect(key({ a: '01', b: '1' })).toBe(pair(1, '1'))
  expect(rowKeyOf(['constructor'], {})({ constructor: 'x' })).toBe('x')
})

test("a table's key takes the types of its columns", () => {
  const table = tableOf<{ id: string | number }>()('t', {
    columns: ['id'],
    conflict: { strategy: 'ignore', columns: ['id'] },
    types: { id: 'bigint' },
  })
  expect(table[rowSemantics]?.key?.({ id: '007' })).toBe(7)
})

test('keys with types are equal for equal values and for no others', () => {
  const spelling = (type: string, value: bigint) => {
    switch (type) {
      case 'bigint':
        return fc.constantFrom<unknown>(value, Number(value), `${value}`, `${value}.00`, ` ${value}`)
      case 'boolean':
        return fc.constantFrom<unknown>(value % 2n !== 0n, value % 2n === 0n ? 0 : 1)
      case 'date': {
        const date = new Date(Number(value) * 60_000)
        const ahead = new Date(date.getTime() + 3_600_000).toISOString().replace('Z', '+01:00')
        return fc.constantFrom<unknown>(date, date.getTime(), date.toISOString(), ahead)
      }
      default:
        return fc.constant<unknown>(`${value}`)
    }
  }
  const column = fc.tuple(fc.constantFrom('bigint', 'boolean', 'date', 'none'), fc.bigInt(-9n, 9n))
  const other = fc.option(fc.bigInt(-9n, 9n), { nil: undefined })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(column, other), { minLength: 1, maxLength: 3 }).chain((columns) =>
        fc.record({
          columns: fc.constant(columns),
          one: fc.tuple(...columns.map(([[type, value]]) => spelling(type, value))),
          two: fc.tuple(...columns.map(([[type, value], change]) => spelling(type, change ?? value))),
        }),
      ),
      ({ columns, one, two }) => {
        const names = columns.map((_, index) => `c${index}`)
        const types = columns.flatMap(([[type]], index) => (type === 'none' ? [] : [[`c${index}`, type]]))
        const key = rowKeyOf(names, Object.fromEntries(types) as Record<string, ColumnType>)
        const rowOf = (values: readonly unknown[]) =>
          Object.fromEntries(values.map((value, index) => [`c${index}`, value]))
        const isSame = columns.every(([[type, value], change = value]) =>
          type === 'boolean' ? (value - change) % 2n === 0n : value === change,
        )
        expect(key(rowOf(one)) === key(rowOf(two))).toBe(isSame)
      },
    ),
    { numRuns: 2000 },
  )
})
