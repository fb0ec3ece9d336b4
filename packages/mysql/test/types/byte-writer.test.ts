import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteWriter } from '../../src/types/index.ts'

function written(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter()
  write(out)
  return out.written().toString('hex')
}

test.each([
  [0, '00'],
  [250, 'fa'],
  [251, 'fcfb00'],
  [65_535, 'fcffff'],
  [65_536, 'fd000001'],
  [2 ** 24 - 1, 'fdffffff'],
  [2 ** 24, 'fe0000000100000000'],
])('the length %i', (length, hex) => {
  expect(written((out) => out.size(length))).toBe(hex)
})

test('texts of any length and script are their UTF-8, behind its length', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 300 })), (texts) => {
      const expected = new ByteWriter()
      for (const text of texts) expected.bytes(Buffer.from(text))
      expect(written((out) => texts.forEach((text) => out.utf8(text)))).toBe(
        expected.written().toString('hex'),
      )
    }),
  )
})

test('integers of 64 bits are the same from a number and from a bigint', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(written((out) => out.int64(value))).toBe(written((out) => out.bigint64(BigInt(value))))
    }),
  )
  expect(written((out) => out.bigint64(2n ** 64n - 1n))).toBe('ffffffffffffffff')
})

test('grows with what is in it, and gives memory back', () => {
  const out = new ByteWriter()
  const large = Buffer.alloc(1_000_000, 7)
  out.utf8('before')
  out.raw(large)
  expect(out.written().subarray(1, 7).toString()).toBe('before')
  expect(out.written().subarray(7).equals(large)).toBe(true)
  const size = () => out.written().buffer.byteLength
  const largest = size()
  for (let batch = 0; batch < 5; batch++) {
    out.reset()
    out.utf8('little')
  }
  expect(size()).toBeLessThan(largest / 4)
})
