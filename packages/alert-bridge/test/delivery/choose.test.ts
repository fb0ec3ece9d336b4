import { describe, expect, test } from '@jest/globals'
import { choose } from '../../src/delivery/choose.ts'
import { Pending, WaitingRoom, type Entry } from '../../src/delivery/pending.ts'
import { groupNumber } from '../support/notification.ts'

const usual = { free: 10, maxParts: 5, partsOf: () => 1 }

describe('what leaves next', () => {
  test('is the first of the worst while there is enough for all', () => {
    const [first, second, third] = entries('warning', 'critical', 'critical')
    expect(choose([first, second, third], usual)).toEqual({ kind: 'single', entries: [second] })
  })

  test('is a digest of all when their messages are more than may leave', () => {
    const all = entries('warning', 'warning', 'critical')
    expect(choose(all, { ...usual, free: 2 })).toEqual({ kind: 'digest', entries: all })
    expect(choose(all, { ...usual, free: 5, partsOf: () => 2 })).toEqual({ kind: 'digest', entries: all })
  })

  test('is a digest of one that takes more messages than a notification may', () => {
    const [one] = entries('warning')
    expect(choose([one], { ...usual, partsOf: () => 6 }).kind).toBe('digest')
    expect(choose([one], { ...usual, partsOf: () => 5 }).kind).toBe('single')
  })

  test('renders nothing to find that there are too many', () => {
    const partsOf = () => {
      throw new Error('rendered')
    }
    expect(choose(entries('warning', 'warning'), { ...usual, free: 1, partsOf }).kind).toBe('digest')
  })

  test('is the number of those whose text was refused, before anything else', () => {
    const [first, second] = entries('critical', 'warning')
    second.refusedText = 'errcode 40058'
    expect(choose([first, second], usual)).toEqual({
      kind: 'counts',
      entries: [second],
      code: 'errcode 40058',
    })
  })
})

function entries<const S extends readonly string[]>(...severities: S): { [I in keyof S]: Entry } {
  const pending = new Pending(new WaitingRoom(2 ** 20), { maxEntries: 100, keepMs: 1_000 })
  for (const [n, severity] of severities.entries()) pending.bring(groupNumber(n, severity), 0)
  return [...pending] as { [I in keyof S]: Entry }
}
