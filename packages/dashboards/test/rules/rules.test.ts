import { describe, expect, test } from '@jest/globals'
import { live, production } from '../../src/config/config.ts'
import { seconds } from '../../src/config/duration.ts'
import { dashboards } from '../../src/dashboards/index.ts'
import { alertmanagerConfig } from '../../src/output/alertmanager-config.ts'
import { familyOf } from '../../src/promql/family.ts'
import { parsePromql } from '../../src/promql/parse.ts'
import { alertRule, type AlertRule, type RuleGroup } from '../../src/rules/alert.ts'
import { guideAlerts, guideGroups, operatorAlerts, operatorGroups } from '../../src/rules/groups.ts'
import { migrationGroups, recordingGroups } from '../../src/rules/recording.ts'
import { runbooks } from '../../src/runbooks/index.ts'
import { groupings, outputLabels, recordedLabels, selectorsOf } from '../support/promql.ts'

const alerts = [...operatorAlerts, ...guideAlerts]
const groups = [
  ...recordingGroups(production),
  ...operatorGroups(production),
  ...guideGroups(production),
  ...migrationGroups(production),
]
const recorded = new Set(
  recordingGroups(production).flatMap(({ rules }) =>
    rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])),
  ),
)

describe('every alert', () => {
  test.each(alerts.map((alert) => ({ alert, rule: alertRule(alert, production) })))(
    '$alert.name has severity, time, texts, runbook and dashboard',
    ({ alert, rule }) => {
      expect(['critical', 'warning', 'none']).toContain(rule.labels['severity'])
      expect(rule.for).toMatch(/^\d+[hms]/)
      expect(rule.annotations['summary']).toMatch(/^[^\n]{5,120}$/)
      expect(rule.annotations['description']).toMatch(/[Ff]irst /)
      expect(runbooks.map((runbook) => runbook.alert)).toContain(alert.name)
      expect(rule.annotations['runbook_url']).toBe(`${production.runbookUrl}${alert.name}.md`)
      const dashboard = dashboards.find(({ uid }) => uid === alert.dashboard)
      expect(dashboard?.variables.map(({ name }) => name) ?? []).toEqual(
        expect.arrayContaining([...alert.variables]),
      )
    },
  )

  test.each(alerts.map((alert) => ({ alert, rule: alertRule(alert, production) })))(
    '$alert.name has every label that its texts name',
    ({ rule }) => {
      const named = [...JSON.stringify(rule.annotations).matchAll(/\$labels\.(\w+)/g)].map(
        ([, label]) => label,
      )
      const labels = [...outputLabels(parsePromql(rule.expr)), ...Object.keys(rule.labels)]
      expect(labels).toEqual(expect.arrayContaining(named))
    },
  )

  test('of the guides says what is weak about it', () => {
    for (const { name, weakness = '' } of guideAlerts)
      expect({ name, long: weakness.length > 20 }).toEqual({ name, long: true })
    expect(guideAlerts).toHaveLength(19)
  })

  test('has a name of its own, but for the windows of one objective', () => {
    const keys = alerts.map(({ name, labels }) => `${name} ${labels?.['window'] ?? ''}`)
    expect(new Set(keys).size).toBe(keys.length)
  })
})

const modern = ['canonical', 'addition', 'runtime', 'prometheus']

describe('rules', () => {
  const expressions = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))

  test('name families and labels of the catalogue, or recorded series', () => {
    for (const expr of expressions)
      for (const { name, matchers } of selectorsOf(parsePromql(expr))) {
        expect({ name, known: recorded.has(name) || familyOf(name) !== undefined }).toEqual({
          name,
          known: true,
        })
        for (const { label } of matchers) expect([...recordedLabels(name)]).toContain(label)
      }
  })

  test('group by labels that are there', () => {
    for (const expr of expressions)
      for (const { by, available } of groupings(parsePromql(expr))) {
        // The alias is made by label_replace.
        if (by === 'test_name') continue
        expect({ expr, available: [...available] }).toEqual({ expr, available: expect.arrayContaining([by]) })
      }
  })

  test('of the operator need nothing but a modern page', () => {
    const names = [...recordingGroups(production), ...operatorGroups(production)]
      .flatMap(({ rules }) => rules.flatMap(({ expr }) => selectorsOf(parsePromql(expr))))
      .flatMap(({ name }) => (recorded.has(name) ? [] : [name]))
    const layers = new Set(names.map((name) => familyOf(name)?.layer))
    expect([...layers].filter((layer) => !modern.includes(layer ?? ''))).toEqual([])
  })

  test('never compare an integer le, which Prometheus 3 writes otherwise', () => {
    for (const expr of expressions) expect(expr).not.toMatch(/le="\d+"/)
  })

  test('are shortened for a live run in numbers of time only', () => {
    for (const make of [recordingGroups, operatorGroups, guideGroups]) {
      const long = make(production)
      const short = make(live)
      expect(timeless(short)).toEqual(timeless(long))
      expect(short).not.toEqual(long)
      for (const { rules } of short)
        for (const rule of rules) if ('for' in rule) expect(seconds(rule.for)).toBeLessThanOrEqual(5)
    }
    expect(windowsOf(recordingGroups(live))).toEqual(
      new Set([...windowsOf(recordingGroups(production))].map((window) => window / 30)),
    )
  })

  test('and so is alertmanager.yml', () => {
    const long = { ...alertmanagerConfig(production.alertmanager), time_intervals: '…' }
    const short = { ...alertmanagerConfig(live.alertmanager), time_intervals: '…' }
    expect(timeless(short)).toEqual(timeless(long))
    expect(short).toMatchObject({ route: { group_wait: '0s', group_interval: '1s' } })
  })
})

/** Windows of all ranges, in seconds. */
function windowsOf(list: readonly RuleGroup[]): Set<number> {
  const text = list.flatMap(({ rules }) => rules.map(({ expr }) => expr)).join(' ')
  return new Set([...text.matchAll(/\[([^\]]+)\]/g)].map(([, window = '']) => seconds(window)))
}

/** With every time taken out: windows, `for`, and the limit of WritesStalled. */
function timeless(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll(/\[(?:\d+[dhms])+\]/g, '[…]')
      .replaceAll(/"(?:for|group_wait|group_interval|repeat_interval)":"[^"]+"/g, '"…":"…"')
      .replace(
        /"time_intervals":\[\{"name":"outside-office-hours","time_intervals":\[.*?\]\}\]/,
        '"time_intervals":"…"',
      )
      .replaceAll(/(last_success_timestamp_seconds\)) > \d+/g, '$1 > …'),
  )
}

test('alerts are rendered with their own labels only', () => {
  const rule: AlertRule = alertRule(operatorAlerts[0] as (typeof operatorAlerts)[number], production)
  expect(Object.keys(rule.labels)).toEqual(['severity', 'service', 'component', 'slo', 'burn', 'window'])
})
