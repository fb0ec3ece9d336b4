import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { KeyTable, type KeyOwner } from '../../src/engine/key-table.ts'

const key = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.bigInt(),
  fc.string(),
  fc.integer({ min: 0, max: 20 }),
)

test('a key belongs to one batch until that batch is done', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat(3), fc.boolean()), { maxLength: 300 }), (steps) => {
      const table = new KeyTable(64)
      const owners: KeyOwner[] = Array.from({ length: 4 }, () => ({ done: false }))
      const held = new Map<string | number | bigint, KeyOwner>()
      for (const [wanted, index, finish] of steps) {
        const owner = owners[index] as KeyOwner
        const holder = held.get(wanted)
        const answer = table.claim(wanted, owner)
        if (holder !== undefined && !holder.done) expect(answer).toBe(holder === owner ? 'mine' : 'taken')
        if (answer === 'free') held.set(wanted, owner)
        if (finish) {
          owner.done = true
          owners[index] = { done: false }
        }
      }
    }),
  )
})

test('equal numbers and texts of different types are different keys', () => {
  const table = new KeyTable(64)
  const one: KeyOwner = { done: false }
  const other: KeyOwner = { done: false }
  expect([table.claim(1, one), table.claim('1', other), table.claim(1n, other)]).toEqual([
    'free',
    'free',
    'free',
  ])
})

test('few of as many keys as the table is made for find no cell', () => {
  for (const keyOf of [
    (n: number) => n,
    (n: number) => `user:${n}`,
    (n: number) => n * 65_536,
    (n: number) => n / 7,
  ]) {
    const table = new KeyTable(4_000)
    const owner: KeyOwner = { done: false }
    const other: KeyOwner = { done: false }
    let refused = 0
    for (let n = 0; n < 4_000; n++)
      if (table.claim(keyOf(n), n % 2 === 0 ? owner : other) !== 'free') refused++
    expect(refused).toBeLessThan(40)
  }
})
