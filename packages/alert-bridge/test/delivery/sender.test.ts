import { describe, expect, test } from '@jest/globals'
import { groupNumber, notification } from '../support/notification.ts'
import { TestSender } from '../support/sender.ts'
import { sentAlert } from '../support/webhook.ts'

const limited = { outcome: 'rate_limited', detail: 'errcode 45009' } as const
const failed = { outcome: 'failed', detail: 'HTTP 502' } as const
const rejected = { outcome: 'rejected', detail: 'errcode 93000' } as const
const refusedText = { outcome: 'rejected', detail: 'errcode 40058', refusedText: 'errcode 40058' } as const

describe('a sender', () => {
  test('answers when the robot has the message, not before', async () => {
    const { sender, clock } = new TestSender()
    const answer = watched(sender.submit(notification()))
    await clock.advance(9)
    expect(answer.result).toBeUndefined()
    await clock.advance(1)
    expect(answer.result).toEqual({ outcome: 'delivered', detail: '' })
    expect(clock.timers).toBe(0)
  })

  test('makes one digest of what came while a message was under way and is too much for the rest of the burst', async () => {
    const { sender, clock, given } = new TestSender()
    const answers = Array.from({ length: 500 }, (_, n) => watched(sender.submit(groupNumber(n))))
    await clock.advance(20)
    expect(given).toHaveLength(2)
    expect(answers.map(({ result }) => result?.outcome)).toEqual([
      'delivered',
      ...Array<string>(499).fill('digested'),
    ])
    expect(given[1]?.message.title).toBe('Digest of 499 alerts')
    expect(sender.pending).toBe(0)
  })

  test('gives a few notifications one by one, critical first', async () => {
    const { sender, clock, given } = new TestSender()
    for (const n of [1, 2, 3]) sender.submit(groupNumber(n)).catch(fail)
    sender.submit(groupNumber(4, 'critical')).catch(fail)
    await clock.advance(100)
    expect(given.map(({ message }) => message.title)).toEqual([
      '[FIRING:1] Alert1',
      '[FIRING:1] Alert4',
      '[FIRING:1] Alert2',
      '[FIRING:1] Alert3',
    ])
  })

  test('tells the states of one group in their order', async () => {
    const { sender, clock, given } = new TestSender()
    sender.submit(groupNumber(9)).catch(fail)
    const labels = { alertname: 'A', severity: 'warning' }
    sender.submit(notification([sentAlert(1, { labels })], { group: 'a' })).catch(fail)
    const worse = [sentAlert(1, { labels }), sentAlert(2)]
    sender.submit(notification(worse, { group: 'a' })).catch(fail)
    await clock.advance(100)
    expect(given.map(({ message }) => message.title)).toEqual([
      '[FIRING:1] Alert9',
      '[FIRING:1] A',
      '[FIRING:2] RowsLost',
    ])
  })

  test('gathers for six seconds after a digest', async () => {
    const { sender, clock, given } = new TestSender()
    const storm = (from: number) => {
      for (let n = from; n < from + 50; n++) sender.submit(groupNumber(n)).catch(fail)
    }
    for (let from = 0; from < 1_000; from += 50) {
      storm(from)
      await clock.advance(1_000)
    }
    // One alone, and then a digest every six seconds.
    expect(given.map(({ at }) => Math.round(at / 1_000))).toEqual([0, 0, 6, 12, 18])
    await clock.advance(10_000)
    expect(sender.pending).toBe(0)
  })

  test('stays within the limit of every minute in a storm that does not end', async () => {
    const { sender, clock, given } = new TestSender()
    for (let n = 0; n < 600; n++) {
      sender.submit(groupNumber(n)).catch(fail)
      await clock.advance(500)
    }
    const times = given.map(({ at }) => at)
    for (const [i, at] of times.entries())
      expect(at - (times[i - 20] ?? -Infinity)).toBeGreaterThanOrEqual(60_000)
    await clock.advance(60_000)
    expect(sender.pending).toBe(0)
  })
})

describe('when the robot has had too many messages, a sender', () => {
  test('says so at once, keeps the notifications, and tells them in one digest after the pause', async () => {
    const { sender, clock, given, script } = new TestSender()
    script.push(limited)
    const first = watched(sender.submit(groupNumber(0)))
    await clock.advance(10)
    expect(first.result).toEqual(limited)
    const answers = Array.from({ length: 99 }, (_, n) => watched(sender.submit(groupNumber(n + 1))))
    await clock.advance(10)
    expect(answers.every(({ result }) => result?.outcome === 'rate_limited')).toBe(true)
    expect(given).toHaveLength(1)
    await clock.advance(60_000)
    expect(given.map(({ message }) => message.title)).toEqual(['[FIRING:1] Alert0', 'Digest of 100 alerts'])
    expect(sender.pending).toBe(0)
    // Alertmanager comes again and hears that it is done.
    await expect(sender.submit(groupNumber(42))).resolves.toEqual({ outcome: 'digested', detail: '' })
    expect(given).toHaveLength(2)
  })

  test('keeps only the newest state of a group that nobody waits for', async () => {
    const { sender, clock, given, script } = new TestSender()
    script.push(limited)
    sender.submit(notification([sentAlert(1)])).catch(fail)
    await clock.advance(10)
    sender.submit(notification([sentAlert(1), sentAlert(2)])).catch(fail)
    sender
      .submit(notification([sentAlert(1, { status: 'resolved' }), sentAlert(2, { status: 'resolved' })]))
      .catch(fail)
    await clock.advance(60_000)
    expect(given.slice(1).map(({ message }) => message.title)).toEqual(['[RESOLVED:2] RowsLost'])
  })

  test('drops what nobody brought again for as long as it remembers', async () => {
    const { sender, clock, script, given } = new TestSender({ rateLimitPauseMs: 200_000 })
    script.push(limited)
    sender.submit(groupNumber(1)).catch(fail)
    await clock.advance(10)
    sender.submit(groupNumber(2)).catch(fail)
    await clock.advance(100_000)
    sender.submit(groupNumber(2)).catch(fail)
    await clock.advance(100_010)
    expect(given.slice(1).map(({ message }) => message.title)).toEqual(['[FIRING:1] Alert2'])
  })
})

describe('when the robot fails, a sender', () => {
  test('tries again after a growing pause and answers 200 if that is in time', async () => {
    const { sender, clock, given, script } = new TestSender()
    script.push(failed, failed)
    const answer = watched(sender.submit(notification()))
    await clock.advance(8_000)
    expect(given.map(({ at }) => at)).toEqual([0, 510, 1_520])
    expect(answer.result?.outcome).toBe('delivered')
  })

  test('tells Alertmanager to come again while it is still trying', async () => {
    const slow = new TestSender()
    slow.usual = failed
    const answer = watched(slow.sender.submit(notification()))
    await slow.clock.advance(7_999)
    expect(answer.result).toEqual(failed)
    slow.usual = { outcome: 'delivered' }
    await slow.clock.advance(30_000)
    await expect(slow.sender.submit(notification())).resolves.toEqual({ outcome: 'delivered', detail: '' })
  })

  test('answers by the end of the hold when the robot does not answer at all', async () => {
    const slow = new TestSender()
    slow.latencyMs = 60_000
    const answer = watched(slow.sender.submit(notification()))
    await slow.clock.advance(7_999)
    expect(answer.result).toBeUndefined()
    await slow.clock.advance(1)
    expect(answer.result).toEqual({ outcome: 'failed', detail: 'the robot has not answered yet' })
  })

  test('goes on with the part that failed, not with the first', async () => {
    const { sender, clock, given, script } = new TestSender()
    script.push({ outcome: 'delivered' }, failed)
    const alerts = Array.from({ length: 20 }, (_, n) => sentAlert(n))
    const answer = watched(sender.submit(notification(alerts)))
    await clock.advance(8_000)
    expect(answer.result?.outcome).toBe('delivered')
    const parts = given.map(({ message }) => /\((\d)\/(\d)\)/.exec(message.title)?.[1])
    expect(parts).toEqual(['1', '2', '2'])
  })
})

describe('when the robot refuses, a sender', () => {
  test('answers that it will not be taken', async () => {
    const { sender, clock, script, given, log } = new TestSender()
    script.push(rejected)
    const answer = watched(sender.submit(notification()))
    await clock.advance(10)
    expect(answer.result).toEqual(rejected)
    expect(given).toHaveLength(1)
    expect(sender.pending).toBe(0)
    expect(log).toHaveLength(1)
  })

  test('gives the number of alerts where the text was refused', async () => {
    const { sender, clock, script, given } = new TestSender()
    script.push(refusedText)
    const answer = watched(sender.submit(notification([sentAlert(1), sentAlert(2)])))
    await clock.advance(20)
    expect(answer.result).toEqual({ outcome: 'digested', detail: '' })
    expect(given[1]?.message.text).toContain('FIRING 2')
    expect(given[1]?.message.text).toContain('errcode 40058')
    expect(given[1]?.message.text).not.toContain('table1')
  })

  test('gives up when the number is refused as well', async () => {
    const { sender, clock, script, given } = new TestSender()
    script.push(refusedText, refusedText)
    const answer = watched(sender.submit(notification()))
    await clock.advance(1_000)
    expect(answer.result?.outcome).toBe('rejected')
    expect(given).toHaveLength(2)
  })

  test('does not let a code that nobody knows block the others', async () => {
    const { sender, clock, script, given } = new TestSender()
    script.push({ outcome: 'failed', detail: 'errcode 7', refusedText: 'errcode 7' })
    const first = watched(sender.submit(groupNumber(1)))
    const second = watched(sender.submit(groupNumber(2)))
    await clock.advance(100)
    expect([first.result?.outcome, second.result?.outcome]).toEqual(['digested', 'delivered'])
    expect(given).toHaveLength(3)
  })
})

describe('a sender that is full', () => {
  test('tells Alertmanager to come again, and makes room of what nobody waits for', async () => {
    const slow = new TestSender({ maxPending: 2, rateLimitPauseMs: 8_000 })
    slow.latencyMs = 1
    const { sender, clock, script } = slow
    script.push(limited)
    sender.submit(groupNumber(0)).catch(fail)
    await clock.advance(10)
    const held = [1, 2].map((n) => watched(sender.submit(groupNumber(n))))
    const refused = watched(sender.submit(groupNumber(3)))
    await clock.advance(0)
    expect(held.map(({ result }) => result)).toEqual([undefined, undefined])
    expect(refused.result).toEqual({ outcome: 'rate_limited', detail: 'too many notifications are waiting' })
    await clock.advance(8_100)
    expect(held.map(({ result }) => result?.outcome)).toEqual(['delivered', 'delivered'])
  })

  test('counts bytes too, and gives all of them back', async () => {
    const bytes = notification().bytes
    const { sender, clock, room } = new TestSender({}, bytes)
    const first = watched(sender.submit(notification()))
    const second = watched(sender.submit(notification([sentAlert(2)], { group: 'b' })))
    await clock.advance(100)
    expect(first.result?.outcome).toBe('delivered')
    expect(second.result?.outcome).toBe('rate_limited')
    expect(room.take(bytes)).toBe(true)
  })
})

describe('a sender that ends', () => {
  test('takes no more, and is drained when what was pending is delivered', async () => {
    const { sender, clock, given } = new TestSender()
    const answers = [1, 2].map((n) => watched(sender.submit(groupNumber(n))))
    const drained = watched(sender.drain())
    await expect(sender.submit(groupNumber(3))).resolves.toEqual({
      outcome: 'failed',
      detail: 'the bridge is stopping',
    })
    expect(drained.isDone).toBe(false)
    await clock.advance(50)
    expect(drained.isDone).toBe(true)
    expect(answers.map(({ result }) => result?.outcome)).toEqual(['delivered', 'delivered'])
    expect(given).toHaveLength(2)
  })

  test('does not gather any more', async () => {
    const { sender, clock, given } = new TestSender()
    for (let n = 0; n < 100; n++) sender.submit(groupNumber(n)).catch(fail)
    await clock.advance(100)
    for (let n = 100; n < 200; n++) sender.submit(groupNumber(n)).catch(fail)
    await clock.advance(100)
    expect(given).toHaveLength(2)
    const drained = watched(sender.drain())
    await clock.advance(100)
    expect(drained.isDone).toBe(true)
    expect(given).toHaveLength(3)
  })

  test('tells those who still wait to come again, and leaves no timer', async () => {
    const slow = new TestSender()
    slow.latencyMs = 60_000
    const answers = [1, 2].map((n) => watched(slow.sender.submit(groupNumber(n))))
    await slow.clock.advance(10)
    expect(slow.sender.abort()).toBe(2)
    await slow.clock.advance(0)
    expect(answers.map(({ result }) => result?.outcome)).toEqual(['failed', 'failed'])
    expect(slow.clock.timers).toBe(0)
    expect(slow.sender.pending).toBe(0)
  })
})

/** What a promise came to, to be looked at without waiting for it. */
function watched<T>(promise: Promise<T>): { result: T | undefined; isDone: boolean } {
  const watch: { result: T | undefined; isDone: boolean } = { result: undefined, isDone: false }
  promise
    .then((result) => {
      watch.result = result
      watch.isDone = true
    })
    .catch(fail)
  return watch
}

function fail(error: unknown): never {
  throw error
}
