import { expect, test } from '@jest/globals'
import { assert, property, string } from 'fast-check'
import { labelValue } from '../../src/store/label-value.ts'

test('lone surrogates become replacement characters', () => {
  expect(labelValue('a\ud800b')).toBe('a\ufffdb')
  expect(labelValue('\udc00')).toBe('\ufffd')
})

test('long values are cut between characters', () => {
  expect(labelValue('é'.repeat(100))).toBe('é'.repeat(64))
  expect(labelValue('x'.repeat(127) + '😀')).toBe('x'.repeat(127))
  expect(labelValue('表'.repeat(100))).toBe('表'.repeat(42))
  expect(labelValue('x'.repeat(1_000_000))).toBe('x'.repeat(128))
})

test('any text gives at most 128 bytes that UTF-8 can write, and well-formed short texts stay as they are', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 200 }), (text) => {
      const value = labelValue(text)
      const bytes = Buffer.from(value, 'utf8')
      expect(bytes.length).toBeLessThanOrEqual(128)
      expect(bytes.toString('utf8')).toBe(value)
      if (Buffer.byteLength(text) <= 128) expect(value).toBe(text)
    }),
  )
})
