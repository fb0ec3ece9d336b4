import { describe, expect, test } from '@jest/globals'
import { type ColumnType, encoderOf, type Encoder } from '../../src/types/index.ts'

const rules = { timestampOffset: '' as const, nullIsNow: false, zeroIsNext: true }

function encoder(
  type: Partial<ColumnType> & { readonly name: string },
  changed: Partial<typeof rules> = {},
): Encoder {
  const full = { declared: type.name, notNull: false, ...type }
  const made = encoderOf(full, undefined, { ...rules, ...changed })
  if (typeof made === 'string') throw new Error(made)
  return made
}

const moment =
  'a Date, or an ISO 8601 string with at most microseconds (in UTC where it has no offset), of the years 1 to 9999'
const date = 'a Date, of which the UTC day counts, or a day as a string (YYYY-MM-DD), of the years 1 to 9999'
const time = 'a time as a string, from -838:59:59 to 838:59:59, with at most microseconds'
const number = 'a finite number, a bigint within 2^53, or a string that is a number'
const decimal = 'a finite number, a bigint, or a string that is a decimal number'
const int =
  'an integer from -2147483648 to 2147483647, as a number, a bigint, a string of digits or a boolean'
const bigint =
  'an integer from -9223372036854775808 to 9223372036854775807, as a bigint or a string of digits, or as a number or boolean within 2^53'

const refused: readonly (readonly [Partial<ColumnType> & { readonly name: string }, unknown, string])[] = [
  // The server would round.
  [{ name: 'int' }, 1.5, `must be ${int}, got a fraction`],
  [{ name: 'int' }, '1.5', `must be ${int}, got a string`],
  [{ name: 'int' }, ' 1', `must be ${int}, got a string`],
  [{ name: 'int' }, 2 ** 31, `must be ${int}, got an integer out of range`],
  [{ name: 'int' }, Number.NaN, `must be ${int}, got NaN`],
  [{ name: 'int' }, new Date(0), `must be ${int}, got a Date`],
  [{ name: 'bigint' }, 2 ** 53, `must be ${bigint}, got an integer beyond 2^53 as a number`],
  [{ name: 'bigint' }, 2n ** 63n, `must be ${bigint}, got a bigint out of range`],
  [{ name: 'bigint' }, '9223372036854775808', `must be ${bigint}, got a string of digits out of range`],
  [{ name: 'double' }, Number.NaN, `must be ${number}, got NaN`],
  [{ name: 'double' }, Infinity, `must be ${number}, got Infinity`],
  [{ name: 'double' }, 'NaN', `must be ${number}, got a string`],
  [{ name: 'double' }, '1e400', `must be ${number}, got a number out of range`],
  [{ name: 'float' }, 1e39, `must be ${number}, got a number out of range`],
  [{ name: 'double' }, 2n ** 60n, `must be ${number}, got a bigint`],
  [{ name: 'decimal' }, Infinity, `must be ${decimal}, got Infinity`],
  [{ name: 'decimal' }, '1,5', `must be ${decimal}, got a string`],
  [{ name: 'varchar', maxCharacters: 9 }, 5, 'must be a string without lone surrogates, got an integer'],
  [
    { name: 'varchar', maxCharacters: 9 },
    { a: 1 },
    'must be a string without lone surrogates, got an object',
  ],
  [
    { name: 'varchar', maxCharacters: 9 },
    'a\ud800',
    'must be a string without lone surrogates, got a string with a lone surrogate',
  ],
  // The server would cut the blanks off.
  [
    { name: 'varchar', maxCharacters: 3 },
    'abc ',
    'must be a string without lone surrogates, of at most 3 characters, got a longer string',
  ],
  [
    { name: 'tinytext', maxBytes: 255, charset: 'utf8mb4' },
    `${'é'.repeat(127)}  `,
    'must be a string without lone surrogates, of at most 255 bytes, got a longer string',
  ],
  [{ name: 'blob' }, 'text', 'must be a Buffer or Uint8Array, got a string'],
  [{ name: 'blob' }, [1, 2], 'must be a Buffer or Uint8Array, got an array'],
  [
    { name: 'bit', bits: 4 },
    16,
    'must be an integer from 0 to 15 as a number or a bigint, a boolean, or a Buffer of at most 1 bytes, got one out of range',
  ],
  [
    { name: 'bit', bits: 4 },
    '5',
    'must be an integer from 0 to 15 as a number or a bigint, a boolean, or a Buffer of at most 1 bytes, got a string',
  ],
  // The server would drop the time of day.
  [{ name: 'date' }, '2024-06-01T12:00:00Z', `must be ${date}, got a string`],
  [{ name: 'date' }, '2024-02-30', `must be ${date}, got a string`],
  [{ name: 'date' }, new Date(Number.NaN), `must be ${date}, got an invalid Date`],
  [{ name: 'datetime' }, '2024-02-30 00:00:00', `must be ${moment}, got a string`],
  [{ name: 'datetime' }, '2024-06-01T24:00:00', `must be ${moment}, got a string`],
  [{ name: 'datetime' }, '2024-06-01T12:00:00+25:00', `must be ${moment}, got a string`],
  [{ name: 'datetime' }, '0001-01-01T00:00:00+01:00', `must be ${moment}, got a string`],
  [{ name: 'datetime' }, 1_717_243_200_000, `must be ${moment}, got an integer`],
  [{ name: 'datetime' }, new Date(8.64e15), `must be ${moment}, got a Date`],
  [{ name: 'timestamp' }, new Date(0), 'must be a moment from 1970-01-01T00:00:01Z on, got an earlier one'],
  [{ name: 'time' }, '839:00:00', `must be ${time}, got a string`],
  [{ name: 'time' }, 12, `must be ${time}, got an integer`],
  // The server would take 5 for 2005.
  [
    { name: 'year' },
    5,
    'must be a year from 1901 to 2155, or 0, as a number or a string of four digits, got an integer',
  ],
  [
    { name: 'year' },
    '24',
    'must be a year from 1901 to 2155, or 0, as a number or a string of four digits, got a string',
  ],
  [{ name: 'json' }, Number.NaN, 'must be what JSON can hold without a change, at any depth, got NaN'],
  [
    { name: 'json' },
    { a: new Map() },
    'must be what JSON can hold without a change, at any depth, got an object with a Map in it',
  ],
  // The server would take 1 for the first label.
  [{ name: 'enum', declared: `enum('a','b')` }, '1', `must be one of the enum's 2 labels, got a string`],
  [{ name: 'enum', declared: `enum('a','b')` }, 1, `must be one of the enum's 2 labels, got an integer`],
  [
    { name: 'set', declared: `set('a','b')` },
    'a,c',
    `must be some of the set's 2 labels, as an array or as a string with commas, got a string`,
  ],
  [
    { name: 'set', declared: `set('a','b')` },
    3,
    `must be some of the set's 2 labels, as an array or as a string with commas, got an integer`,
  ],
  [
    { name: 'uuid' },
    'f81d4fae',
    'must be a uuid, as a string of 32 hexadecimal digits with or without hyphens, got a string',
  ],
  [
    { name: 'int', counts: true },
    0,
    'must be other than 0, in whose place AUTO_INCREMENT puts the next number, got a 0',
  ],
]

describe('refuses what the server would change, by rule and kind, without the value', () => {
  test.each(refused)('%j: %p', (type, value, message) => {
    expect(() => encoder(type).encode(value)).toThrow(
      expect.objectContaining({ code: 'BATCHFLOW_INVALID_ROW', message }),
    )
  })
})

test('a string that is exactly as long as its column is taken, whatever its characters take', () => {
  expect(encoder({ name: 'varchar', maxCharacters: 3 }).encode('👩👩👩')).toBe('👩👩👩')
  expect(encoder({ name: 'tinytext', maxBytes: 8, charset: 'utf8mb4' }).encode('👩👩')).toBe('👩👩')
  expect(encoder({ name: 'tinytext', maxBytes: 3, charset: 'latin1' }).encode('éàü')).toBe('éàü')
})

test('0 goes to AUTO_INCREMENT where the server takes it as it is', () => {
  expect(encoder({ name: 'int', counts: true }, { zeroIsNext: false }).encode(0)).toBe(0)
})

test('a moment is cut to what its column holds, never rounded into the future', () => {
  const almost = new Date('2024-12-31T23:59:59.999Z')
  expect(encoder({ name: 'datetime', fraction: 0 }).encode(almost)).toBe('2024-12-31 23:59:59')
  expect(encoder({ name: 'datetime', fraction: 1 }).encode(almost)).toBe('2024-12-31 23:59:59.9')
  expect(encoder({ name: 'datetime', fraction: 6 }).encode(almost)).toBe('2024-12-31 23:59:59.999000')
  expect(encoder({ name: 'datetime', fraction: 6 }).encode('2024-12-31T23:59:59.999Z')).toBe(
    '2024-12-31 23:59:59.999000',
  )
})

test('MySQL is told that a TIMESTAMP is in UTC by the offset behind it', () => {
  const timestamp = encoder({ name: 'timestamp' }, { timestampOffset: '+00:00' as '' })
  expect(timestamp.encode('2024-06-01T12:00:00+02:00')).toBe('2024-06-01 10:00:00+00:00')
})

test('NULL for a TIMESTAMP that is NOT NULL is refused where the server makes the current time of it', () => {
  expect(encoder({ name: 'timestamp' }, { nullIsNow: true }).refusesNull).toBeUndefined()
  const type = { name: 'timestamp', declared: 'timestamp', notNull: true }
  expect(encoderOf(type, undefined, { ...rules, nullIsNow: true })).toMatchObject({ refusesNull: true })
})

test('types of the table say which text columns hold JSON, and have to fit the column', () => {
  const json = encoderOf({ name: 'longtext', declared: 'longtext', notNull: false }, 'json', rules)
  expect((json as Encoder).encode({ a: ['x'] })).toBe('{"a":["x"]}')
  expect(encoderOf({ name: 'int', declared: 'int', notNull: false }, 'date', rules)).toBe(
    `is of type int, which types 'date' does not fit`,
  )
  expect(encoderOf({ name: 'point', declared: 'point', notNull: false }, undefined, rules)).toBe(
    'is of type point, which this driver does not write',
  )
})

test('keys that a collation holds for one have one place in the order', () => {
  const order = (collation: string, text: string) =>
    encoder({ name: 'varchar', maxCharacters: 99, collation }).orderOf(text)
  expect(order('utf8mb4_general_ci', 'ÉCOLE  ')).toBe(order('utf8mb4_general_ci', 'école'))
  expect(order('utf8mb4_bin', 'École')).not.toBe(order('utf8mb4_bin', 'école'))
})
