import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { live, production } from '../src/config/config.ts'
import { alertmanagerConfig } from '../src/output/alertmanager-config.ts'
import { guideAlerts, operatorAlerts } from '../src/rules/groups.ts'
import { committed, readJson, runTool, temporaryFolder, tool } from './support/tools.ts'

interface Route {
  readonly receiver: string
  readonly continue?: boolean
  readonly routes?: readonly Route[]
}
interface Document {
  readonly route: Route
  readonly time_intervals: readonly { readonly name: string }[]
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[]
    readonly target_matchers: readonly string[]
  }[]
  readonly receivers: readonly ({ readonly name: string } & Record<string, unknown>)[]
}

const document = alertmanagerConfig(production.alertmanager) as Document
const amtool = tool('AMTOOL')
const described = amtool === undefined ? describe.skip : describe

described('amtool', () => {
  let path: string
  beforeAll(() => {
    path = amtool as string
  })

  test('accepts the committed files and the live rendering', () => {
    using folder = temporaryFolder()
    const files = [
      join(committed, 'alertmanager', 'alertmanager.yml'),
      join(committed, 'alertmanager', 'wecom-application.example.yml'),
      folder.write('live.yml', stringify(alertmanagerConfig(live.alertmanager))),
    ]
    const { status, output } = runTool(path, ['check-config', ...files])
    expect({ status, output }).toMatchObject({ status: 0 })
  })

  test.each([
    ['page', 'alertname=BatchFlowRowsLost', 'severity=critical'],
    ['page', 'alertname=ServiceDown', 'severity=critical'],
    ['tickets', 'alertname=BatchFlowRowsLost', 'severity=warning'],
    ['tickets', 'alertname=BatchFlowQueueNearFull', 'severity=warning'],
    ['watchdog', 'alertname=BatchFlowWatchdog', 'severity=none'],
    ['tickets', 'alertname=SomebodyElses'],
  ])('routes to %s: %s %s', (receiver, ...labels) => {
    const file = join(committed, 'alertmanager', 'alertmanager.yml')
    const { status, stdout } = runTool(path, ['config', 'routes', 'test', '--config.file', file, ...labels])
    expect({ status, receivers: stdout.trim() }).toEqual({ status: 0, receivers: receiver })
  })
})

describe('alertmanager.yml', () => {
  test('has no routed receiver that is empty', () => {
    for (const name of receiversOf(document.route)) {
      const { name: _, ...channels } = document.receivers.find((receiver) => receiver.name === name) ?? {
        name,
      }
      const configured = Object.values(channels).flatMap((list) => list as unknown[])
      expect({ name, ways: configured.length > 0 }).toEqual({ name, ways: true })
    }
  })

  test('routes to every receiver that it has', () => {
    expect(new Set(receiversOf(document.route))).toEqual(new Set(document.receivers.map(({ name }) => name)))
  })

  test('routes each severity of our alerts, without going on to another route', () => {
    const severities = new Set([...operatorAlerts, ...guideAlerts].map(({ severity }) => severity))
    expect([...severities].sort()).toEqual(['critical', 'none', 'warning'])
    expect(JSON.stringify(document)).not.toContain('continue')
  })

  test('inhibits by names of alerts that exist', () => {
    const known = new Set([...operatorAlerts, ...guideAlerts].map(({ name }) => name))
    const named = document.inhibit_rules
      .flatMap(({ source_matchers, target_matchers }) => [...source_matchers, ...target_matchers])
      .flatMap((matcher) => matcher.match(/[A-Z]\w+/g) ?? [])
    expect(named.length).toBeGreaterThan(4)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  test('has no secret in it: files are named instead', () => {
    const text = JSON.stringify(document)
    expect(text).not.toMatch(/"(?:smtp_auth_password|api_secret|credentials|password)":/)
    expect(text).toContain('smtp_auth_password_file')
    expect(text).toContain('credentials_file')
  })

  test('names targets of the bridge that bridge.json has', () => {
    const { targets } = readJson(join(committed, 'alertmanager', 'bridge.json')) as {
      targets: Record<string, { type: string }>
    }
    const paths = [...JSON.stringify(document).matchAll(/:9095\/(\w+)\/([\w-]+)/g)]
    expect(paths.length).toBe(4)
    for (const [, type, name = ''] of paths) expect(targets[name]?.type).toBe(type)
  })
})

function receiversOf({ receiver, routes = [] }: Route): string[] {
  return [receiver, ...routes.flatMap(receiversOf)]
}
