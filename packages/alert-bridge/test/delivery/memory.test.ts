import { describe, expect, test } from '@jest/globals'
import { Memory } from '../../src/delivery/memory.ts'
import { ManualClock } from '../support/manual-clock.ts'

describe('the memory of what was delivered', () => {
  test('forgets after its time', async () => {
    const clock = new ManualClock()
    const memory = new Memory(clock, 1_000)
    memory.remember('a', 'delivered')
    await clock.advance(999)
    expect(memory.recall('a')).toBe('delivered')
    await clock.advance(1)
    expect(memory.recall('a')).toBeUndefined()
    expect(memory.size).toBe(0)
  })

  test('counts its time from the last delivery', async () => {
    const clock = new ManualClock()
    const memory = new Memory(clock, 1_000)
    memory.remember('a', 'delivered')
    await clock.advance(600)
    memory.remember('a', 'digested')
    await clock.advance(600)
    expect(memory.recall('a')).toBe('digested')
  })

  test('keeps the last 10,000 at most', () => {
    const memory = new Memory(new ManualClock(), 1_000)
    for (let i = 0; i < 10_010; i++) memory.remember(String(i), 'delivered')
    expect(memory.size).toBe(10_000)
    expect(memory.recall('9')).toBeUndefined()
    expect(memory.recall('10')).toBe('delivered')
  })

  test('remembers nothing when its time is 0', () => {
    const memory = new Memory(new ManualClock(), 0)
    memory.remember('a', 'delivered')
    expect(memory.recall('a')).toBeUndefined()
  })
})
