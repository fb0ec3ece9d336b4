import { createHash } from 'node:crypto'
import { BridgeError } from '../bridge-error.ts'
import { array, integer, object, oneOf, refuse, string } from '../checks/checks.ts'
import { kindOf } from '../checks/kind-of.ts'
import type { Alert, LabelPairs, Notification } from './notification.ts'

/** Alerts in one notification. Alertmanager sends a group whole unless `max_alerts` says otherwise. */
const maxAlerts = 10_000
/** UTF-16 units that are kept of a text; what is shown is shorter. */
const maxTextUnits = 4_096
const statuses = ['firing', 'resolved'] as const

/** Reads the body of an Alertmanager webhook, version 4.
 * Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 *
 * @throws BridgeError `BRIDGE_INVALID_FIELD` or, for what is not JSON, `BRIDGE_UNREADABLE` */
export function parsePayload(body: Buffer): Notification {
  const payload = object('payload', parsedJson(body))
  if (payload['version'] !== '4') refuse('version', '"4"', kindOf(payload['version']))
  const groupKey = string('groupKey', payload['groupKey'])
  const status = oneOf('status', payload['status'], statuses)
  const alerts = array('alerts', payload['alerts'], maxAlerts).map((alert, i) =>
    alertOf(`alerts[${i}]`, alert),
  )
  if (alerts.length === 0) refuse('alerts', 'an array of at least 1 alert', 'an empty one')
  const truncated = integer('truncatedAlerts', payload['truncatedAlerts'] ?? 0, {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  })
  return {
    receiver: string('receiver', payload['receiver']),
    status,
    groupKey,
    groupLabels: pairs('groupLabels', payload['groupLabels']),
    externalUrl: kept('externalURL', payload['externalURL']),
    alerts,
    truncated,
    identity: identityOf(groupKey, alerts, truncated),
    bytes: body.length,
  }
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // The parser's message quotes the text, which may be anything.
    throw new BridgeError('BRIDGE_UNREADABLE', 'payload must be JSON, got something else')
  }
}

function alertOf(field: string, value: unknown): Alert {
  const alert = object(field, value)
  const status = oneOf(`${field}.status`, alert['status'], statuses)
  const labels = pairs(`${field}.labels`, alert['labels'])
  const annotations = new Map(pairs(`${field}.annotations`, alert['annotations']))
  const label = (name: string) => labels.find(([candidate]) => candidate === name)?.[1] ?? ''
  return {
    status,
    // Versions before 0.19 send none.
    fingerprint:
      kept(`${field}.fingerprint`, alert['fingerprint']) || JSON.stringify(labels.toSorted(byName)),
    name: label('alertname'),
    severity: label('severity'),
    labels: labels.filter(([name]) => name !== 'alertname' && name !== 'severity'),
    summary: annotations.get('summary') ?? '',
    description: annotations.get('description') ?? annotations.get('message') ?? '',
    startsAt: kept(`${field}.startsAt`, alert['startsAt']),
    // While an alert is firing, Alertmanager sends the year 1 here.
    endsAt: status === 'resolved' ? kept(`${field}.endsAt`, alert['endsAt']) : '',
    runbookUrl: annotations.get('runbook_url') ?? '',
    dashboardUrl: annotations.get('dashboard_url') ?? '',
    sourceUrl: kept(`${field}.generatorURL`, alert['generatorURL']),
  }
}

/** Names and values of an object of strings; none when it is left out. */
function pairs(field: string, value: unknown): LabelPairs {
  return Object.entries(object(field, value ?? {})).map(([name, text]) => {
    if (typeof text !== 'string') refuse(field, 'an object of strings', `${kindOf(text)} in it`)
    return [name.slice(0, maxTextUnits), text.slice(0, maxTextUnits)]
  })
}

function kept(field: string, value: unknown): string {
  return string(field, value ?? '').slice(0, maxTextUnits)
}

function byName(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : 1
}

/** Annotations are left out on purpose: those that show a value differ from one evaluation to the next, and the two
 * Alertmanagers of a pair do not see the same one. */
function identityOf(groupKey: string, alerts: readonly Alert[], truncated: number): string {
  const hash = createHash('sha256').update(JSON.stringify([groupKey, truncated]))
  const states = alerts.map(({ fingerprint, status, startsAt, endsAt }) =>
    JSON.stringify([fingerprint, status, startsAt, endsAt]),
  )
  for (const state of states.toSorted()) hash.update(state)
  return hash.digest('base64')
}
