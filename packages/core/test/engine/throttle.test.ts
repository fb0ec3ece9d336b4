import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Throttle } from '../../src/engine/throttle.ts'

test('an overload halves, and only attempts begun after that can halve again', () => {
  const throttle = new Throttle(8)
  expect(throttle.overloaded(0, 10)).toBe(true)
  expect(throttle.allowed).toBe(4)
  expect(throttle.overloaded(5, 11)).toBe(false)
  expect(throttle.overloaded(10, 12)).toBe(false)
  expect(throttle.overloaded(11, 20)).toBe(true)
  expect(throttle.allowed).toBe(2)
})

test('a round of as many attempts as are allowed adds one, and an overload begins the round anew', () => {
  const throttle = new Throttle(4)
  throttle.overloaded(0, 1)
  expect([throttle.wentWell(), throttle.wentWell()]).toEqual([false, true])
  expect(throttle.allowed).toBe(3)
  throttle.wentWell()
  throttle.wentWell()
  throttle.overloaded(0, 2)
  expect([throttle.wentWell(), throttle.wentWell(), throttle.wentWell()]).toEqual([false, false, true])
  expect(throttle.wentWell()).toBe(false)
  expect(throttle.allowed).toBe(4)
})

test('whatever happens, at least one and at most the limit is allowed', () => {
  const event = fc.oneof(
    fc.record({ limit: fc.integer({ min: 1, max: 64 }) }),
    fc.constant('well' as const),
    fc.constant('overload' as const),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.array(event), (limit, events) => {
      const throttle = new Throttle(limit)
      for (const [now, what] of events.entries()) {
        if (what === 'well') throttle.wentWell()
        else if (what === 'overload') throttle.overloaded(now, now)
        else throttle.limit = what.limit
        expect(throttle.allowed).toBeGreaterThanOrEqual(1)
        expect(throttle.allowed).toBeLessThanOrEqual(throttle.limit)
      }
    }),
  )
})
