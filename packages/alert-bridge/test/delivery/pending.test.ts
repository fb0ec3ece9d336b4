import { describe, expect, test } from '@jest/globals'
import { Pending, WaitingRoom, type Entry } from '../../src/delivery/pending.ts'
import { groupNumber, notification } from '../support/notification.ts'
import { sentAlert } from '../support/webhook.ts'

const limits = { maxEntries: 3, keepMs: 1_000 }

describe('pending notifications', () => {
  test('are one when they tell the same', () => {
    const pending = new Pending(new WaitingRoom(2 ** 20), limits)
    expect(pending.bring(notification(), 0)).toBe(pending.bring(notification(), 5))
    expect(pending.size).toBe(1)
  })

  test('rank by their worst alert, resolved ones included', () => {
    const pending = new Pending(new WaitingRoom(2 ** 20), limits)
    const alerts = [sentAlert(1, { labels: { severity: 'info' } }), sentAlert(2, { status: 'resolved' })]
    expect(pending.bring(notification(alerts), 0)?.rank).toBe(0)
  })

  test('are dropped when nobody waits and time is up, or a newer state of the group is there', () => {
    const pending = new Pending(new WaitingRoom(2 ** 20), limits)
    const old = pending.bring(notification([sentAlert(1)]), 0)
    const newer = pending.bring(notification([sentAlert(1), sentAlert(2)]), 100)
    pending.dropStale(100)
    expect([...pending]).toEqual([newer])
    pending.dropStale(1_099)
    expect(pending.size).toBe(1)
    pending.dropStale(1_100)
    expect(pending.size).toBe(0)
    expect(old).toBeDefined()
  })

  test('stay while somebody waits or they are under way', () => {
    const pending = new Pending(new WaitingRoom(2 ** 20), limits)
    const held = known(pending.bring(groupNumber(1), 0))
    held.waiters.add({ deadline: 0, answer: () => {} })
    const sent = known(pending.bring(groupNumber(2), 0))
    pending.setUnderway([sent])
    pending.bring(groupNumber(3), 0)
    pending.dropStale(10_000)
    expect([...pending]).toEqual([held, sent])
  })

  test('give their bytes back once', () => {
    const bytes = notification().bytes
    const room = new WaitingRoom(bytes)
    const pending = new Pending(room, limits)
    const entry = known(pending.bring(notification(), 0))
    expect(room.take(1)).toBe(false)
    pending.remove(entry)
    pending.remove(entry)
    expect(room.take(bytes)).toBe(true)
    expect(room.take(1)).toBe(false)
  })
})

function known(entry: Entry | undefined): Entry {
  if (entry === undefined) throw new Error('there was no room')
  return entry
}
