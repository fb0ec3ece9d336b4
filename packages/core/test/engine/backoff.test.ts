import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { backoffDelay } from '../../src/engine/backoff.ts'

test('the bound doubles with each attempt, up to maxBackoffMs', () => {
  const policy = { backoffMs: 20, maxBackoffMs: 100 }
  const delays = [1, 2, 3, 4, 5].map((attempt) => backoffDelay(attempt, policy, () => 1))
  expect(delays).toEqual([20, 40, 80, 100, 100])
})

test('the pause lies between zero and the bound, at any attempt', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, part) => {
        const delay = backoffDelay(attempt, { backoffMs: 20, maxBackoffMs: 2_000 }, () => part)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(2_000)
      },
    ),
  )
})
