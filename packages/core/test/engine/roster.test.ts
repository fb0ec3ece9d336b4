import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Roster } from '../../src/engine/roster.ts'

test('a roster holds whom it was given and not those that left, like a set', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ member: fc.nat(9), enters: fc.boolean() })), (events) => {
      const members = Array.from({ length: 10 }, (_, name) => ({ name, seat: -1 }))
      const roster = new Roster<(typeof members)[number]>()
      const expected = new Set<number>()
      for (const { member, enters } of events) {
        const who = members[member] as (typeof members)[number]
        if (enters && !expected.has(member)) {
          roster.add(who)
          expected.add(member)
        } else if (!enters) {
          roster.remove(who)
          expected.delete(member)
        }
        expect(roster.size).toBe(expected.size)
        expect(new Set(Array.from(roster, ({ name }) => name))).toEqual(expected)
      }
      expect(roster.clear()).toHaveLength(expected.size)
      expect(roster.size).toBe(0)
    }),
  )
})

test('who has left stays out, also when another one has the seat', () => {
  const roster = new Roster<{ seat: number }>()
  const [one, two] = [{ seat: -1 }, { seat: -1 }]
  roster.add(one)
  roster.remove(one)
  roster.add(two)
  roster.remove(one)
  expect([...roster]).toEqual([two])
})
