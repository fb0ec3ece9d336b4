import { expect, test } from '@jest/globals'
import type { FailureKind } from '../../src/driver/failure.ts'
import { nextStep, type Situation } from '../../src/engine/next-step.ts'

const situation: Situation = {
  retry: { maxAttempts: 3, backoffMs: 1, maxBackoffMs: 1, maxElapsedMs: 1_000 },
  failures: 1,
  elapsedMs: 10,
  rows: 8,
  isolatesRows: false,
}
const step = (kind: FailureKind, changes: Partial<Situation> = {}, row?: number) =>
  nextStep({ kind, reason: 'unknown', ...(row === undefined ? {} : { row }) }, { ...situation, ...changes })

test('what heals by itself is retried, until attempts or time are used up', () => {
  for (const kind of ['transient', 'overload', 'ambiguous'] as const) {
    expect(step(kind)).toBe('retry')
    expect(step(kind, { failures: 3 })).toBe('giveUp')
    expect(step(kind, { elapsedMs: 1_000 })).toBe('giveUp')
  }
})

test('a configuration error stops the lane, however often it comes', () => {
  expect(step('configuration', { failures: 1_000, elapsedMs: 1e9 })).toBe('halt')
})

test('a batch that is too large is halved, a row that is too large is given up', () => {
  expect(step('split')).toBe('halve')
  expect(step('split', { rows: 1 })).toBe('giveUp')
})

test('a bad row is picked where the server names it, searched for where it does not', () => {
  expect(step('poison')).toBe('halve')
  expect(step('poison', {}, 7)).toBe('pick')
  expect(step('poison', {}, 8)).toBe('halve')
  expect(step('poison', {}, -1)).toBe('halve')
  expect(step('poison', { rows: 1 })).toBe('giveUp')
  expect(step('poison', { isolatesRows: true })).toBe('giveUp')
})
