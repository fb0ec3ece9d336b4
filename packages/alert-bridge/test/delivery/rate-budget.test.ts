import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RateBudget } from '../../src/delivery/rate-budget.ts'

describe('a rate budget', () => {
  test('lets half of the limit leave at once and paces the rest', () => {
    const budget = new RateBudget(20)
    expect(budget.free(0)).toBe(10)
    for (let i = 0; i < 10; i++) send(budget, 0)
    expect(budget.free(0)).toBe(0)
    expect(budget.nextAt(0)).toBe(6_000)
    expect(budget.free(6_000)).toBe(1)
  })

  test('waits seconds, not a minute, for as long as a storm lasts', () => {
    const budget = new RateBudget(20)
    let now = 0
    for (let i = 0; i < 200; i++) {
      const next = budget.nextAt(now)
      expect(next - now).toBeLessThanOrEqual(6_000)
      now = next
      send(budget, now)
    }
  })

  test('has nothing free while its only free message is under way', () => {
    const budget = new RateBudget(1)
    expect(budget.free(0)).toBe(1)
    budget.begin()
    expect(budget.free(70_000)).toBe(0)
    budget.end(70_000)
    expect(budget.nextAt(70_000)).toBe(130_000)
  })

  test('never lets a robot count more than the limit in any minute, whatever the latencies', () => {
    const steps = fc.array(
      fc.record({
        idle: fc.nat(20_000),
        latency: fc.nat(8_000),
        counted: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 120, size: 'max' },
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), steps, (limit, messages) => {
        const budget = new RateBudget(limit)
        const countedAt: number[] = []
        let now = 0
        for (const { idle, latency, counted } of messages) {
          now = Math.max(now + idle, budget.nextAt(now + idle))
          budget.begin()
          // The robot counts a message somewhere between its departure and its answer.
          countedAt.push(now + latency * counted)
          now += latency
          budget.end(now)
        }
        for (const [i, at] of countedAt.entries()) {
          const first = countedAt[i - limit]
          expect(first === undefined || at - first >= 60_000).toBe(true)
        }
      }),
    )
  })
})

function send(budget: RateBudget, now: number): void {
  budget.begin()
  budget.end(now)
}
