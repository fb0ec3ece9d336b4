import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { BridgeError } from '../../src/bridge-error.ts'
import type { Notification } from '../../src/payload/notification.ts'
import { parsePayload } from '../../src/payload/parse-payload.ts'
import { sentAlert, sentWebhook } from '../support/webhook.ts'

describe('the payload of a webhook', () => {
  test('is read with everything that a message needs', () => {
    expect(parsed(sentWebhook([sentAlert(7, { status: 'resolved' })]))).toMatchObject({
      receiver: 'pager',
      status: 'resolved',
      groupLabels: [
        ['alertname', 'RowsLost'],
        ['database', 'postgres'],
      ],
      externalUrl: 'http://alertmanager.example:9093',
      truncated: 0,
      alerts: [
        {
          status: 'resolved',
          fingerprint: 'f7',
          name: 'RowsLost',
          severity: 'critical',
          labels: [
            ['database', 'postgres'],
            ['table', 'table7'],
          ],
          summary: 'Rows of table7 are lost',
          startsAt: '2026-01-01T00:00:00Z',
          endsAt: '2026-01-01T00:10:00Z',
          runbookUrl: 'https://runbooks.example/RowsLost',
          dashboardUrl: 'https://grafana.example/d/batchflow?var-table=table7',
          sourceUrl: 'http://prometheus.example:9090/graph?g0.expr=up&g0.tab=1',
        },
      ],
    })
  })

  test.each([
    ['[]', 'payload must be an object, got an array'],
    ['{', 'payload must be JSON, got something else'],
    ['{}', 'version must be "4", got nothing'],
    [change({ version: 4 }), 'version must be "4", got an integer'],
    [change({ groupKey: null }), 'groupKey must be a string, got null'],
    [change({ status: 'broken' }), 'status must be one of firing, resolved, got another string'],
    [change({ alerts: {} }), 'alerts must be an array of at most 10000 values, got an object'],
    [change({ alerts: [] }), 'alerts must be an array of at least 1 alert, got an empty one'],
    [change({ alerts: [7] }), 'alerts[0] must be an object, got an integer'],
    [
      change({ alerts: [{ ...sentAlert(1), labels: { a: { b: 'secret' } } }] }),
      'alerts[0].labels must be an object of strings, got an object in it',
    ],
    [
      change({ truncatedAlerts: -1 }),
      'truncatedAlerts must be an integer from 0 to 9007199254740991, got another number',
    ],
    [change({ receiver: undefined }), 'receiver must be a string, got nothing'],
  ])('is refused by name and rule, without its values: %s', (body, message) => {
    expect(() => parsePayload(Buffer.from(body))).toThrow(message)
  })

  test('is read whatever its texts are, or refused with an error of ours', () => {
    const json = fc.json({ maxDepth: 4 })
    fc.assert(
      fc.property(json, json, (labels, annotations) => {
        const body = change({
          alerts: [{ ...sentAlert(1), labels: JSON.parse(labels), annotations: JSON.parse(annotations) }],
        })
        try {
          parsePayload(Buffer.from(body))
        } catch (error) {
          expect((error as BridgeError).code).toBe('BRIDGE_INVALID_FIELD')
        }
      }),
    )
  })

  test('with __proto__ among its names changes no prototype', () => {
    const body = change({}).replace('"groupLabels":{', '"groupLabels":{"__proto__":"polluted",')
    expect(parsePayload(Buffer.from(body)).groupLabels[0]).toEqual(['__proto__', 'polluted'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('of an alert without a fingerprint is told apart by its labels', () => {
    const alert = { ...sentAlert(1), fingerprint: undefined }
    const [one] = parsed(JSON.parse(change({ alerts: [alert] }))).alerts
    expect(one?.fingerprint).toContain('table1')
  })
})

describe('the identity of a notification', () => {
  const usual = parsed(sentWebhook([sentAlert(1), sentAlert(2)])).identity

  test('does not depend on the order of alerts, nor on annotations, which show values', () => {
    expect(parsed(sentWebhook([sentAlert(2), sentAlert(1)])).identity).toBe(usual)
    const annotations = { summary: 'now 17' }
    expect(parsed(sentWebhook([sentAlert(1, { annotations }), sentAlert(2)])).identity).toBe(usual)
  })

  test('depends on the group, the alerts, their state and their beginning', () => {
    const others = [
      sentWebhook([sentAlert(1), sentAlert(2)], { group: 'other' }),
      sentWebhook([sentAlert(1)]),
      sentWebhook([sentAlert(1), sentAlert(2, { status: 'resolved' })]),
      sentWebhook([sentAlert(1), sentAlert(2, { startsAt: '2026-01-01T00:00:01Z' })]),
    ].map((webhook) => parsed(webhook).identity)
    expect(new Set([usual, ...others]).size).toBe(5)
  })
})

function parsed(webhook: unknown): Notification {
  return parsePayload(Buffer.from(JSON.stringify(webhook)))
}

/** The JSON of a webhook with some fields changed. */
function change(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...sentWebhook(), ...fields })
}
