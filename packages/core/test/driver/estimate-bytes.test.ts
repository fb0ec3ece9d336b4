import { expect, test } from '@jest/globals'
import { estimateBytes } from '../../src/driver/estimate-bytes.ts'

test('an estimate grows with what a value holds on to', () => {
  expect(estimateBytes({ text: 'x'.repeat(1_000) })).toBeGreaterThanOrEqual(2_000)
  expect(estimateBytes({ blob: Buffer.alloc(5_000) })).toBeGreaterThanOrEqual(5_000)
  expect(estimateBytes([1, 2, 3])).toBeGreaterThan(estimateBytes([]))
})

test('a value that contains itself has an estimate', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  expect(estimateBytes(loop)).toBeLessThan(1_000)
})
