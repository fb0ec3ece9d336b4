import fc from 'fast-check'
import { as, itself, type TypedValues } from './typed-value.ts'

/** What quoting can go wrong with. */
const pieces = [
  'NULL',
  'null',
  '',
  ' ',
  ' a ',
  '{}',
  '{',
  '}',
  ',',
  ';',
  '"',
  '\\',
  '\\"',
  "'",
  '\\x41',
  '$1',
  'a,b',
]
const characters = [
  '\t\n\r\v\f\b',
  '\u0001',
  '\u007f',
  '\u2028',
  '\ufffe\uffff',
  'Zürich 東京',
  '🙂',
  '\\u0000',
]
export const awkward: fc.Arbitrary<string> = fc.constantFrom(...pieces, ...characters)

const anyText = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))
const text = fc.oneof(
  awkward,
  anyText,
  fc.array(awkward).map((parts) => parts.join('')),
  fc.tuple(anyText, fc.integer({ min: 1, max: 300 })).map(([part, times]) => part.repeat(times)),
)
const ascii = fc.string({ unit: 'binary-ascii', maxLength: 1 }).filter((character) => character !== '\0')

const json = fc
  .oneof(fc.jsonValue(), fc.jsonValue({ stringUnit: 'binary' }), awkward, fc.dictionary(awkward, awkward))
  .filter((value) => value !== null)
const hasNul = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('\0')
    : typeof value === 'object' && value !== null && Object.entries(value).some((entry) => entry.some(hasNul))

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const bytes = fc.oneof(
  fc.uint8Array(),
  fc.uint8Array().map((array) => Buffer.from(array)),
  // A view into a larger buffer.
  fc.uint8Array({ minLength: 3 }).map((array) => array.subarray(1, -1)),
)
const uuid = fc
  .tuple(fc.uuid(), fc.boolean(), fc.boolean())
  .map(([id, isUpper, isBare]) => (isUpper ? id.toUpperCase() : id).replaceAll(isBare ? '-' : '', ''))

/** The labels of the enum `awkward_enum`. */
export const labels: readonly string[] = [
  'plain',
  'NULL',
  'two words',
  'quote"',
  'back\\slash',
  'comma,',
  '{',
  'ü🙂',
]

export const texts: TypedValues = [
  ['text', itself(text)],
  ['varchar', itself(text)],
  ['bpchar', itself(text)],
  ['name', itself(text.filter((name) => Buffer.byteLength(name) <= 63))],
  ['"char"', itself(ascii)],
  ['citext', itself(text)],
  ['short_text', itself(text.filter((short) => Array.from(short).length <= 20))],
  ['plain_enum', itself(fc.constantFrom('small', 'not-small'))],
  ['awkward_enum', itself(fc.constantFrom(...labels))],
  ['bytea', as(bytes, (array) => `\\x${hex(array)}`)],
  ['uuid', itself(uuid)],
  ['json', as(json, (value) => JSON.stringify(value))],
  [
    'jsonb',
    as(
      json.filter((value) => !hasNul(value)),
      (value) => JSON.stringify(value),
    ),
  ],
]
