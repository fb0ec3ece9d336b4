import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteWriter } from '../../src/types/index.ts'

const kilobytes = (count: number): Uint8Array => new Uint8Array(count * 1024)

test('numbers are big-endian', () => {
  const out = new ByteWriter()
  out.int8(-1)
  out.int16(-2)
  out.int32(0x01020304)
  out.int64(-1, 0xfffffffe)
  out.bigint64(-3n)
  out.float32(1.5)
  out.float64(-0)
  const numbers = [
    'ff',
    'fffe',
    '01020304',
    'fffffffffffffffe',
    'fffffffffffffffd',
    '3fc00000',
    '8000000000000000',
  ]
  expect(out.written().toString('hex')).toBe(numbers.join(''))
})

test('texts of any length and alphabet have the length of their bytes before them', () => {
  const out = new ByteWriter()
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 2000 }), (part, times) => {
      const text = part.repeat(times)
      out.reset()
      out.utf8(text)
      const bytes = Buffer.from(text)
      expect(out.written().readInt32BE()).toBe(bytes.length)
      expect(out.written().subarray(4).equals(bytes)).toBe(true)
    }),
    {
      examples: [
        ['🙂', 5],
        ['a', 24],
        ['a', 25],
        ['ü', 24],
        [`${'a'.repeat(23)}ü`, 1],
      ],
    },
  )
})

test('a text that ends beyond the room of the buffer is written whole', () => {
  const text = '東'.repeat(1000)
  for (let left = 0; left <= 3010; left += 7) {
    const out = new ByteWriter()
    out.bytes(new Uint8Array(64 * 1024 - 4 - left))
    out.utf8(text)
    expect(out.written().subarray(-3000).toString()).toBe(text)
  }
})

test('a field can be made of parts', () => {
  const out = new ByteWriter()
  const start = out.open()
  out.int8(1)
  out.characters('ab')
  out.close(start)
  expect(out.written().toString('latin1')).toBe('\0\0\0\x03\x01ab')
})

test('what was written stays when there is no more room', () => {
  const out = new ByteWriter()
  for (let index = 0; index < 100_000; index++) out.int32(index)
  expect(out.length).toBe(400_000)
  for (const index of [0, 16_383, 16_384, 99_999]) expect(out.written().readInt32BE(4 * index)).toBe(index)
})

test('the end can be taken back', () => {
  const out = new ByteWriter()
  out.int16(1)
  const { length } = out
  out.bytes(kilobytes(100))
  out.truncate(length)
  out.int16(2)
  expect(out.written().toString('hex')).toBe('00010002')
})

test('the memory of a giant batch is given back when those after it are small', () => {
  const out = new ByteWriter()
  const held = () => out.written().buffer.byteLength
  out.bytes(kilobytes(4096))
  expect(held()).toBeGreaterThan(4096 * 1024)
  for (let batch = 0; batch < 10; batch++) {
    out.reset()
    out.bytes(kilobytes(10))
  }
  expect(held()).toBe(64 * 1024)
})

test('batches of one size take one buffer', () => {
  const out = new ByteWriter()
  out.bytes(kilobytes(300))
  const { buffer } = out.written()
  for (let batch = 0; batch < 5; batch++) {
    out.reset()
    out.bytes(kilobytes(300))
  }
  expect(out.written().buffer).toBe(buffer)
})
