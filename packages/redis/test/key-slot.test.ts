import { expect, test } from '@jest/globals'
import { slotOf, tagOf } from '../src/key-slot.ts'

test.each([
  // The check value of CRC16/XMODEM, and the examples of the cluster's specification.
  ['123456789', 0x31c3],
  ['{user1000}.following', 3443],
  ['{user1000}.followers', 3443],
  ['user1000', 3443],
  ['foo{}{bar}', 8363],
  ['foo{{bar}}zap', 4015],
  ['foo{bar}{zap}', 5061],
  ['', 0],
])('%j has slot %d', (key, slot) => {
  expect(slotOf(key)).toBe(slot % 16_384)
  expect(slotOf(Buffer.from(key))).toBe(slot % 16_384)
})

test('each slot has a tag', () => {
  for (let slot = 16_383; slot >= 0; slot--) expect(slotOf(`any{${tagOf(slot)}}thing`)).toBe(slot)
})
