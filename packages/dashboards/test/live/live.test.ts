import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { chromium, type Browser, type Page } from 'playwright-core'
import { live } from '../../src/config/config.ts'
import { dashboards } from '../../src/dashboards/index.ts'
import { alertmanagerConfig } from '../../src/output/alertmanager-config.ts'
import { ruleFiles } from '../../src/output/files.ts'
import { prometheusConfig } from '../../src/output/prometheus-config.ts'
import { servePreview, type Preview } from '../../src/preview/serve-preview.ts'
import { familyOf } from '../../src/promql/family.ts'
import { parsePromql } from '../../src/promql/parse.ts'
import type { PanelInput } from '../../src/preview/page/dashboard-json.ts'
import { selectorsOf } from '../support/promql.ts'
import { committed, readJson, root, specification, tool } from '../support/tools.ts'
import { until } from '../support/until.ts'
import { startRobot, type FakeRobot } from './fake-robot.ts'
import { panelsOf } from './drawn-panels.ts'
import { checkDashboard, lineOf, seriesWithData, type PanelCheck, type Run } from './panel-checks.ts'
import { freePort, startAlertmanager, startBridge, startPrometheus, type LiveServer } from './servers.ts'
import { startWorkload, type Workload } from './workload.ts'

/** How long the load runs before anybody looks: 60 s in `npm test`, more in `pnpm verify:monitoring`. */
const seconds = Number(process.env['BATCHFLOW_LIVE_SECONDS'] ?? 60)
const urls = {
  postgres: process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  redis: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
}
const screenshots = fileURLToPath(new URL('../../screenshots', import.meta.url))
const migration = join(specification, 'migration')
const programs = {
  prometheus: tool('PROMETHEUS'),
  alertmanager: tool('ALERTMANAGER'),
  chromium: tool('CHROMIUM'),
}
const secret = 'SEC-of-the-test-robot'

const described = programs.prometheus === undefined ? describe.skip : describe

described('a live run', () => {
  let workload: Workload
  let prometheus: LiveServer
  let robot: FakeRobot
  let preview: Preview
  let browser: Browser | undefined
  let run: Run
  const others: AsyncDisposable[] = []

  beforeAll(
    async () => {
      robot = await startRobot(secret)
      workload = await startWorkload(urls)
      const alertmanager =
        programs.alertmanager === undefined ? undefined : await startNotifications(programs.alertmanager)
      prometheus = await startPrometheus(
        programs.prometheus as string,
        monitoring(alertmanager),
        ruleFiles(live),
      )
      const from = Math.floor(Date.now() / 1000)
      await delay(seconds * 1000)
      run = { from, to: Math.floor(Date.now() / 1000) }
      const grafana = join(committed, 'grafana')
      const folders = { en: join(grafana, 'en'), 'zh-CN': join(grafana, 'zh-CN') }
      preview = await servePreview({
        folders: existsSync(migration) ? { ...folders, migration } : folders,
        prometheus: new URL(prometheus.url),
        port: 0,
      })
      if (programs.chromium !== undefined) {
        mkdirSync(screenshots, { recursive: true })
        browser = await chromium.launch({ executablePath: programs.chromium, args: ['--no-sandbox'] })
      }
    },
    seconds * 1000 + 120_000,
  )

  afterAll(async () => {
    await browser?.close()
    await preview?.[Symbol.asyncDispose]()
    await prometheus?.[Symbol.asyncDispose]()
    for (const other of others.reverse()) await other[Symbol.asyncDispose]()
    await workload?.[Symbol.asyncDispose]()
    await robot?.[Symbol.asyncDispose]()
  }, 60_000)

  /** Alertmanager and the bridge, with the robot behind it. */
  async function startNotifications(program: string): Promise<LiveServer> {
    const port = await freePort()
    const target = { messagesPerMinute: 1_000, rateLimitPauseMs: 1_000 }
    const dingtalk = {
      ...target,
      type: 'dingtalk',
      url: `http://${robot.host}/dingtalk`,
      tokenFile: 'token-1',
    }
    const wecom = { ...target, type: 'wecom', url: `http://${robot.host}/wecom`, keyFile: 'token-3' }
    const config = {
      listen: { port, tokenFile: 'bridge-token' },
      allowedHosts: [robot.host],
      targets: {
        'dingtalk-oncall': { ...dingtalk, secretFile: 'robot-secret' },
        // Signed with the wrong secret: refused, and counted.
        'dingtalk-team': { ...dingtalk, tokenFile: 'token-2', secretFile: 'wrong-secret' },
        'wecom-oncall': wecom,
        'wecom-team': { ...wecom, keyFile: 'token-4' },
      },
    }
    const secrets = new Map([
      ['bridge-token', 'token-of-the-bridge-0123456789'],
      ...[1, 2, 3, 4].map((i): [string, string] => [`token-${i}`, `robot-token-${i}`]),
      ['robot-secret', secret],
      ['wrong-secret', 'SEC-of-somebody-else'],
    ])
    const command = join(root, 'packages', 'alert-bridge', 'bin', 'batchflow-alert-bridge.mjs')
    const bridge = await startBridge(command, port, config, secrets)
    others.push(bridge)
    const alertmanager = await startAlertmanager(
      program,
      alertmanagerConfig({
        ...live.alertmanager,
        bridgeUrl: bridge.url,
        bridgeTokenFile: join(bridge.folder, 'bridge-token'),
        watchdogUrl: `${bridge.url}/dingtalk/dingtalk-oncall`,
        // Nobody there: that mail fails must not hold up the others.
        smtpHost: '127.0.0.1:1',
        smtpPasswordFile: join(bridge.folder, 'robot-secret'),
      }),
    )
    others.push(alertmanager)
    return alertmanager
  }

  function monitoring(alertmanager: LiveServer | undefined): object {
    const flow = { addresses: [workload.page] }
    const config = prometheusConfig(live, {
      ruleFiles: ['recording.rules.yml', 'batchflow.rules.yml'],
      alertmanagers: alertmanager ? [alertmanager.host] : [],
      targets: { flow, chat: { addresses: [] } },
      others: {},
    }) as { scrape_configs: object[] }
    const modern = {
      job_name: 'modern',
      params: { profile: ['modern'] },
      static_configs: [{ targets: flow.addresses }],
    }
    return { ...config, scrape_configs: [...config.scrape_configs, modern] }
  }

  test('writes to each database that is there', () => {
    const written = workload.written()
    for (const line of workload.missing) process.stdout.write(`not in the live run: ${line}\n`)
    expect(Object.keys(written)).toEqual(expect.arrayContaining(['signup', 'archive', 'reports']))
    expect(Object.values(written).filter((rows) => rows === 0)).toEqual([])
    if (process.env['CI'] === 'true') expect(workload.missing).toEqual([])
  })

  describe('shows in each panel what is declared', () => {
    // Only PostgreSQL has a pool to wait for; without the server the other queries of that panel are checked.
    const bad = (checks: readonly PanelCheck[]) =>
      checks
        .filter(({ ok, query }) => !ok && !(query === 'acquire p95' && workload.missing.length > 0))
        .map(lineOf)

    test.each(dashboards)('$uid', async (spec) => {
      const job = spec.profile === 'batchsql' ? 'batchsql' : 'batchflow'
      const checks = await checkDashboard(prometheus.url, spec, run, job)
      process.stdout.write(`${checks.map(lineOf).join('\n')}\n`)
      expect(bad(checks)).toEqual([])
    })

    test.each(dashboards.filter(({ profile }) => profile === 'modern'))(
      '$uid, on a modern page',
      async (spec) => {
        expect(bad(await checkDashboard(prometheus.url, spec, run, 'modern'))).toEqual([])
      },
    )
  })

  const guided = existsSync(specification) ? test : test.skip
  guided('answers the expressions of the guides, word for word', async () => {
    const expressions = readJson(join(specification, 'promql.json')) as GuideExpression[]
    const asked = expressions.filter(
      ({ kind, expect: expected, id }) =>
        kind !== 'variable' &&
        ['data', 'data-after-faults', 'harness'].includes(expected) &&
        !(id in withoutData),
    )
    const empty: string[] = []
    for (const { id, verbatim } of asked) {
      const expr = verbatim.replaceAll(/\$(?:database|table|test_name)/g, '.+')
      if ((await seriesWithData(prometheus.url, expr, run)) === 0) empty.push(`${id} ${verbatim}`)
    }
    process.stdout.write(`${asked.length} expressions of the guides, ${empty.length} without data\n`)
    expect(empty).toEqual([])
    expect(asked.length).toBeGreaterThan(70)
  })

  describe('is drawn', () => {
    const pages = [
      ...dashboards
        .filter(({ tags }) => !tags.includes('chatim'))
        .map((spec) => ({ path: `en/${spec.uid}`, spec })),
      ...dashboards.slice(0, 1).map((spec) => ({ path: `zh-CN/${spec.uid}`, spec })),
    ]
    const drawn = programs.chromium === undefined ? test.skip : test

    drawn.each(pages)(
      '$path',
      async ({ path, spec }) => {
        await using page = await openPage(path)
        const panels = await panelsOf(page.page)
        const titles = spec.rows.flatMap((row) =>
          row.panels.map(({ title }) => (path.startsWith('zh') ? title.zh : title.en)),
        )
        expect(panels.map(({ title }) => title).toSorted()).toEqual(titles.toSorted())
        // What has to have data does not say "No data", and has something on its canvas or in its text.
        expect(panels.filter(({ state }) => state !== 'data')).toEqual([])
        expect(
          panels.filter(({ type, inked, text }) =>
            type === 'timeseries' || type === 'heatmap'
              ? inked < 50
              : !/\d|passed|failed|unlimited/.test(text),
          ),
        ).toEqual([])
      },
      60_000,
    )

    const proven = programs.chromium === undefined || !existsSync(migration) ? test.skip : test
    proven.each(['guide-000-retry', 'go-batchflow-performance'])(
      'migration: %s, unmodified, has data wherever it names a metric that exists',
      async (name) => {
        await using page = await openPage(`migration/${name}`)
        const panels = await panelsOf(page.page)
        const { panels: inputs = [] } = readJson(join(migration, `${name}.json`)) as { panels?: PanelInput[] }
        const existing = inputs.filter(
          ({ type, targets = [] }) =>
            type !== 'row' && targets.some(({ expr = '' }) => namesKnownFamilies(expr)),
        )
        expect(existing.length).toBe(name === 'guide-000-retry' ? 4 : 26)
        const empty = existing.filter(
          ({ title }) => panels.find((panel) => panel.title === title)?.state !== 'data',
        )
        process.stdout.write(`${existing.map(({ title }) => `ok  ${name} ${title}`).join('\n')}\n`)
        expect(empty.map(({ title }) => title)).toEqual([])
      },
      60_000,
    )

    /** The page of a dashboard over the run, drawn to its end and kept as a picture. */
    async function openPage(path: string): Promise<{ readonly page: Page } & AsyncDisposable> {
      const page = await (browser as Browser).newPage({ viewport: { width: 1600, height: 1000 } })
      const query = new URLSearchParams({
        from: String(run.from),
        to: String(run.to),
        step: '1',
        scrape: '1',
      })
      await page.goto(`${preview.url}/d/${path}?${query.toString()}`)
      await page.waitForSelector('body[data-state]')
      await page.screenshot({ path: join(screenshots, `${path.replace('/', '-')}.png`), fullPage: true })
      expect(await page.getAttribute('body', 'data-state')).toBe('done')
      return { page, [Symbol.asyncDispose]: () => page.close() }
    }
  })

  describe('alerts', () => {
    const alerted = programs.alertmanager === undefined ? test.skip : test
    const told = (name: string, detail = '') =>
      until(`a message about ${name}`, () =>
        robot.texts.some((text) => [name, detail, 'FIRING'].every((word) => text.includes(word))),
      )

    alerted.each([
      'BatchFlowWatchdog',
      'BatchFlowRowsLost',
      'BatchFlowRetryStorm',
      'BatchFlowQueueNearFull',
      'BatchFlowWritesStalled',
    ])(
      '%s reaches the robot',
      async (name) => {
        expect(await told(name)).toBe(true)
      },
      70_000,
    )

    alerted(
      'BatchFlowWriterDown reaches the robot when the page is gone',
      async () => {
        await workload.closePage()
        // With its address: before the first scrape no writer is known at all, which is told too.
        expect(await told('BatchFlowWriterDown', workload.page)).toBe(true)
      },
      70_000,
    )

    alerted(
      'nothing is lost when the robot has too many messages, and a bad signature is counted',
      async () => {
        expect(robot.refused.rate).toBeGreaterThan(0)
        expect(robot.refused.signature).toBeGreaterThan(0)
        const [bridge] = others as LiveServer[]
        const page = await (await fetch(`${bridge?.url ?? ''}/metrics`)).text()
        expect(page).toMatch(
          /batchflow_bridge_notifications_total\{target="dingtalk-team",outcome="rejected"\} [1-9]/,
        )
        expect(page).toMatch(
          /batchflow_bridge_notifications_total\{target="dingtalk-oncall",outcome="delivered"\} [1-9]/,
        )
      },
    )
  })
})

interface GuideExpression {
  readonly id: string
  readonly kind: string
  readonly verbatim: string
  readonly expect: string
}

/** Expressions that can be asked and have no answer, with the reason. */
const withoutData: Readonly<Record<string, string>> = {
  '000-Q29': 'the guide itself lists the family as removed',
}

function namesKnownFamilies(expr: string): boolean {
  const selectors = selectorsOf(parsePromql(expr))
  return selectors.length > 0 && selectors.every(({ name }) => familyOf(name) !== undefined)
}
