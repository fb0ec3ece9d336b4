import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Bound, boundBytes, literalBytes, literalOf, roughBytes } from '../../src/types/index.ts'

describe('literals', () => {
  test.each([
    [null, 'null'],
    [1.5, '1.5'],
    [-7, '-7'],
    [1e21, '1e+21'],
    [2n ** 64n, '18446744073709551616'],
    ['plain', `'plain'`],
    ['', `''`],
    [`it's`, `'it''s'`],
    // Whether a backslash escapes is a matter of sql_mode, so none is ever in quotes.
    ['\\', `_utf8mb4 x'5c'`],
    [`\\' or 1 = 1 --`, `_utf8mb4 x'5c27206f722031203d2031202d2d'`],
    ['a\0b', `_utf8mb4 x'610062'`],
    ['?', `'?'`],
    [Buffer.from([0, 255]), `x'00ff'`],
    [Buffer.alloc(0), `x''`],
  ] as const)('%p is %s', (value, literal) => {
    expect(literalOf(value)).toBe(literal)
  })
})

const values: fc.Arbitrary<Bound | null> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(`'`, '\\', '\0', '👩'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt(-(2n ** 64n), 2n ** 64n),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.constant(null),
)

test('the bytes of a literal are counted without making it', () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(literalBytes(value)).toBe(Buffer.byteLength(literalOf(value)))
    }),
  )
})

test('the rough count is never below the exact ones', () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(roughBytes(value)).toBeGreaterThanOrEqual(Math.max(literalBytes(value), boundBytes(value)))
    }),
  )
})
