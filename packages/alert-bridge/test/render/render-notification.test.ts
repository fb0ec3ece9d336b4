import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { renderNotification } from '../../src/render/render-notification.ts'
import { words } from '../../src/render/words.ts'
import { notification } from '../support/notification.ts'
import { dingTalk, styleFor, weCom } from '../support/style.ts'
import { sentAlert } from '../support/webhook.ts'

describe('a notification in full', () => {
  test('for WeCom, in English', () => {
    expect(renderNotification(notification(), styleFor(weCom))).toEqual([
      {
        title: '[FIRING:1] RowsLost',
        text: [
          '### 🔴 [FIRING:1] RowsLost',
          '<font color="warning">FIRING 1</font> · database=postgres',
          '🔴 **critical** RowsLost · since 2026-01-01 00:00:00 UTC',
          'Rows of table1 are lost',
          '> Look at the dead letters first.',
          '<font color="comment">table=table1</font>',
          '[Runbook](https://runbooks.example/RowsLost) · ' +
            '[Dashboard](https://grafana.example/d/batchflow?var-table=table1) · ' +
            '[Query](http://prometheus.example:9090/graph?g0.expr=up&g0.tab=1)',
          '[Alertmanager](http://alertmanager.example:9093/)',
          '<@ada>',
        ].join('\n'),
        mentions: true,
      },
    ])
  })

  test('for DingTalk, in Chinese, with the keyword of the robot', () => {
    const style = styleFor(dingTalk, { words: words.zh, keyword: '监控' })
    const [message] = renderNotification(notification([sentAlert(1, { status: 'resolved' })]), style)
    expect(message).toMatchObject({ title: '[已恢复:1] RowsLost · 监控', mentions: false })
    expect(message?.text.split('\n\n').slice(0, 4)).toEqual([
      '### ✅ [已恢复:1] RowsLost · 监控',
      '已恢复 1 条 · database=postgres',
      '✅ **critical** RowsLost · 始于 2026-01-01 00:00:00 UTC · 恢复于 2026-01-01 00:10:00 UTC',
      'Rows of table1 are lost',
    ])
  })

  test('has the worst first and what is over last', () => {
    const severity = (word: string) => ({ alertname: `A-${word}`, severity: word })
    const alerts = [
      sentAlert(1, { status: 'resolved', labels: severity('critical') }),
      sentAlert(2, { labels: severity('info') }),
      sentAlert(3, { labels: severity('page') }),
    ]
    const [message] = renderNotification(notification(alerts), styleFor(weCom))
    const order = ['A-page', 'A-info', 'A-critical'].map((name) => message?.text.lastIndexOf(name))
    expect(order).toEqual(order.toSorted((a = 0, b = 0) => a - b))
    expect(message?.title).toBe('[FIRING:2] A-page')
  })

  test('calls people for firing alerts of their severities only, once', () => {
    const style = styleFor(weCom)
    const called = (change: Parameters<typeof sentAlert>[1]) =>
      renderNotification(notification([sentAlert(1, change)]), style)[0]?.mentions
    expect(called({})).toBe(true)
    expect(called({ status: 'resolved' })).toBe(false)
    expect(called({ labels: { severity: 'warning' } })).toBe(false)
    const many = renderNotification(notification(Array.from({ length: 40 }, (_, n) => sentAlert(n))), style)
    expect(many.map(({ mentions }) => mentions)).toEqual([true, ...many.slice(1).map(() => false)])
  })

  test('says how many alerts Alertmanager left out', () => {
    const [message] = renderNotification({ ...notification(), truncated: 12 }, styleFor(weCom))
    expect(message?.text).toContain('12 more of this group')
  })

  test('says that an alert has no name or severity', () => {
    const [message] = renderNotification(notification([sentAlert(1, { labels: {} })]), styleFor(weCom))
    expect(message?.text).toContain('**no severity** alert without a name')
  })

  test('stays within the limits of both robots, and forges nothing, whatever the alerts say', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '<@all>',
        '[a](b)',
        ...['"', '告', '🔥', 'x', '<', '\\'].map((character) => character.repeat(4_000)),
      ),
    )
    const alert = fc
      .record({
        name: text,
        value: text,
        label: text,
        summary: text,
        description: text,
        url: fc.webUrl(),
      })
      .map(({ name, value, label, summary, description, url }) =>
        sentAlert(1, {
          labels: { alertname: name, severity: 'critical', [label]: value },
          annotations: { summary, description, runbook_url: url, dashboard_url: url },
        }),
      )
    fc.assert(
      fc.property(fc.array(alert, { minLength: 1, maxLength: 12, size: 'max' }), (alerts) => {
        for (const message of renderNotification(notification(alerts), styleFor(weCom, { mention: '' }))) {
          expect(Buffer.byteLength(message.text)).toBeLessThanOrEqual(4_096)
          expect(message.text).not.toContain('<@')
        }
        for (const message of renderNotification(notification(alerts), styleFor(dingTalk)))
          expect(Buffer.byteLength(dingTalk.request(message, 0).body)).toBeLessThanOrEqual(20_000)
      }),
      { numRuns: 30 },
    )
  })
})
