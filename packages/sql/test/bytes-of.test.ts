import { expect, test } from '@jest/globals'
import { bytesOfColumns, bytesOfLoop, bytesOfValue } from '../src/bytes-of.ts'

test('the generated estimate and the loop agree', () => {
  const columns = ['id', 'text', 'blob', 'at', 'big', 'json', '__proto__']
  const row = {
    id: 1,
    text: 'Zürich',
    blob: Buffer.alloc(100),
    at: new Date(0),
    big: 5n,
    json: { a: [1, 'two', null] },
  }
  expect(bytesOfColumns(columns)(row)).toBe(bytesOfLoop(columns)(row))
})

test('a large value cannot hide in nesting or behind many small ones', () => {
  const large = 'x'.repeat(1_000_000)
  let nested: unknown = large
  for (let depth = 0; depth < 100; depth++) nested = { nested }
  expect(bytesOfValue(nested)).toBeGreaterThan(2_000_000)
  expect(bytesOfValue([...Array<number>(1_000).fill(1), large])).toBeGreaterThan(2_000_000)
})

test('an object that stands in a value twice, or in itself, is counted once', () => {
  const shared = { text: 'x'.repeat(1_000) }
  expect(bytesOfValue([shared, shared])).toBeLessThan(3_000)
  const loop: { self?: unknown; again?: unknown } = {}
  loop.self = loop
  loop.again = [loop, loop]
  expect(bytesOfValue(loop)).toBeLessThan(1_000)
})
