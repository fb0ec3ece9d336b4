import { expect, test } from '@jest/globals'
import type { RowKey } from '@batchflow/core'
import fc from 'fast-check'
import { keyOrder } from '../src/key-order.ts'

test('numbers ascend before texts, rows without a key stand at the end, equal keys keep their order', () => {
  const keys = ['b', 2 ** 53, undefined, 'B', 10, 2n ** 53n + 1n, 'b', -1.5, undefined, '10']
  expect(keyOrder(keys)).toEqual([7, 4, 1, 5, 9, 3, 0, 6, 2, 8])
})

test('says nothing about keys that are in order', () => {
  for (const keys of [[], ['a'], [1, 1, 2n, 'a', undefined]]) expect(keyOrder(keys)).toBeUndefined()
})

test('two writers put the keys that they share into one order, whatever else they write', () => {
  const key = fc.oneof(fc.integer(), fc.bigInt(), fc.string(), fc.double({ noNaN: true }))
  const sorted = (keys: readonly RowKey[]) => keyOrder(keys)?.map((index) => keys[index]) ?? keys
  fc.assert(
    fc.property(fc.uniqueArray(key), fc.array(key), fc.array(key), fc.nat(), (shared, mine, yours, seed) => {
      const isShared = (one: RowKey) => shared.includes(one as never)
      const turned = [
        ...shared.slice(seed % (shared.length + 1)),
        ...shared.slice(0, seed % (shared.length + 1)),
      ]
      const own = (keys: readonly RowKey[]) => keys.filter((one) => !isShared(one))
      const first = sorted([...own(mine), ...shared]).filter(isShared)
      const second = sorted([...turned.toReversed(), ...own(yours)]).filter(isShared)
      expect(first.map(String)).toEqual(second.map(String))
    }),
  )
})
