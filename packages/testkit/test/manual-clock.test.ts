import { expect, test } from '@jest/globals'
import { ManualClock } from '../src/index.ts'

test('timers run in the order of their times, and those set on the way run too', async () => {
  const clock = new ManualClock()
  const ran: string[] = []
  clock.setTimeout(() => ran.push(`late at ${clock.now()}`), 20)
  clock.setTimeout(() => {
    ran.push(`early at ${clock.now()}`)
    clock.setTimeout(() => ran.push(`nested at ${clock.now()}`), 5)
  }, 10)
  clock.setTimeout(() => ran.push('never'), 31)
  await clock.advance(30)
  expect(ran).toEqual(['early at 10', 'nested at 15', 'late at 20'])
  expect(clock.timers).toBe(1)
})

test('what a timer sets going has run before the next timer does', async () => {
  const clock = new ManualClock()
  const ran: string[] = []
  clock.setTimeout(() => void Promise.resolve().then(() => ran.push('promise')), 1)
  clock.setTimeout(() => ran.push('timer'), 1)
  await clock.advance(1)
  expect(ran).toEqual(['promise', 'timer'])
})

test('a cancelled timer does not run', async () => {
  const clock = new ManualClock()
  let ran = false
  clock
    .setTimeout(() => {
      ran = true
    }, 1)
    .cancel()
  await clock.advance(10)
  expect(ran).toBe(false)
  expect(clock.timers).toBe(0)
})
