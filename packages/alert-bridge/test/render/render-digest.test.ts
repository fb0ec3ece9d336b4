import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { renderCounts, renderDigest } from '../../src/render/render-digest.ts'
import { words } from '../../src/render/words.ts'
import { groupNumber, notification } from '../support/notification.ts'
import { dingTalk, styleFor, weCom } from '../support/style.ts'
import { sentAlert } from '../support/webhook.ts'

describe('a digest', () => {
  test('counts by severity and kind, worst first, and names what tells alerts apart', () => {
    const lost = Array.from({ length: 10 }, (_, n) => notification([sentAlert(n)], { group: `a${n}` }))
    const over = notification([sentAlert(99, { status: 'resolved' })], { group: 'b' })
    const message = renderDigest([over, groupNumber(50), ...lost], styleFor(weCom))
    expect(message.title).toBe('Digest of 12 alerts')
    expect(message.mentions).toBe(true)
    expect(message.text.split('\n')).toEqual([
      '### 🔴 Digest of 12 alerts',
      "12 alerts from 12 notifications, in one message to stay within the robot's rate limit",
      '<font color="warning">FIRING 11</font> (critical 10, warning 1) · <font color="info">RESOLVED 1</font>',
      '🔴 **critical** RowsLost × 10 · table=table0; table=table1; table=table2; table=table3; table=table4; ' +
        'table=table5; table=table6; table=table7; table=table8; table=table9 · [Runbook](https://runbooks.example/RowsLost)',
      '🟡 **warning** Alert50 × 1 · Rows of table50 are lost · table=table50 · [Runbook](https://runbooks.example/RowsLost)',
      '✅ **critical** RowsLost × 1 · Rows of table99 are lost · database=postgres, table=table99 · ' +
        '[Runbook](https://runbooks.example/RowsLost)',
      '[Alertmanager](http://alertmanager.example:9093/)',
      '<@ada>',
    ])
  })

  test('tells the last state of an alert that comes more than once', () => {
    const message = renderDigest(
      [notification([sentAlert(1)]), notification([sentAlert(1, { status: 'resolved' })])],
      styleFor(weCom),
    )
    expect(message.title).toBe('Digest of 1 alert')
    expect(message.text).toContain('RESOLVED 1')
    expect(message.text).not.toContain('FIRING')
  })

  test('in Chinese', () => {
    const message = renderDigest([groupNumber(1), groupNumber(2)], styleFor(dingTalk, { words: words.zh }))
    expect(message.text).toContain('2 个通知共 2 条告警')
    expect(message.text).toContain('告警 2 条 (warning 2 条)')
  })

  test('counts every alert and stays within the limit, whatever there is', () => {
    const kinds = fc.array(
      fc.record({
        name: fc.string({ unit: 'binary', maxLength: 40 }),
        severity: fc.constantFrom('critical', 'warning', 'x'),
      }),
      { minLength: 1, maxLength: 200, size: 'max' },
    )
    fc.assert(
      fc.property(kinds, (all) => {
        const notifications = all.map(({ name, severity }, n) =>
          notification([sentAlert(n, { labels: { alertname: name, severity, n: String(n) } })], {
            group: `g${n}`,
          }),
        )
        const message = renderDigest(notifications, styleFor(weCom))
        expect(Buffer.byteLength(message.text)).toBeLessThanOrEqual(4_096)
        expect(countIn(message.text)).toBe(all.length)
        const forDingTalk = renderDigest(notifications, styleFor(dingTalk))
        expect(Buffer.byteLength(dingTalk.request(forDingTalk, 0).body)).toBeLessThanOrEqual(20_000)
        expect(countIn(forDingTalk.text)).toBe(all.length)
      }),
      { numRuns: 20 },
    )
  })
})

test('a message that only counts has no word and no link from outside', () => {
  const { text } = renderCounts(
    [groupNumber(1), groupNumber(2, 'critical')],
    'errcode 430102',
    styleFor(weCom),
  )
  expect(text).toContain('FIRING 2')
  expect(text).toContain('errcode 430102')
  expect(text).not.toMatch(/Alert1|warning 1|http/)
})

/** Alerts in the lines of their kinds, and in the last line. */
function countIn(digest: string): number {
  const lines = digest.split('\n').filter((line) => !line.startsWith('###'))
  const counts = lines.flatMap((line) => [
    / × (\d+)(?: · |$)/.exec(line),
    /^and (\d+) alerts? under/.exec(line),
  ])
  return counts.reduce((sum, match) => sum + Number(match?.[1] ?? 0), 0)
}
