import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { live, production } from '../../src/config/config.ts'
import { dashboards } from '../../src/dashboards/index.ts'
import { ruleFiles } from '../../src/output/files.ts'
import { withoutMacros } from '../../src/promql/parse.ts'
import { guideAlerts, operatorAlerts } from '../../src/rules/groups.ts'
import { runbooks } from '../../src/runbooks/index.ts'
import { committed, runTool, temporaryFolder, tool } from '../support/tools.ts'
import { guideCases, operatorCases, type RuleCase } from './cases.ts'

const promtool = tool('PROMTOOL')
const described = promtool === undefined ? describe.skip : describe

described('promtool', () => {
  let path: string
  beforeAll(() => {
    path = promtool as string
  })

  test('accepts every rule file, as committed and as shortened for a live run', () => {
    using folder = temporaryFolder()
    for (const config of [production, live])
      for (const [name, content] of ruleFiles(config)) {
        const { status, output } = runTool(path, [
          'check',
          'rules',
          '--lint-fatal',
          folder.write(name, content),
        ])
        expect({ status, output }).toMatchObject({ status: 0 })
      }
  })

  test('accepts prometheus.yml, with the rule files that it names', () => {
    const { status, output } = runTool(path, [
      'check',
      'config',
      join(committed, 'prometheus', 'prometheus.yml'),
    ])
    expect({ status, output }).toMatchObject({ status: 0 })
    expect(output).toContain('2 rule files found')
  })

  test('accepts every expression of dashboards and runbooks: their types fit too', () => {
    const expressions = [
      ...dashboards.flatMap(({ rows, annotations = [] }) => [
        ...rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr))),
        ...annotations.map(({ expr }) => expr),
      ]),
      ...runbooks.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
    ]
    const rules = expressions.map((expr, i) => ({ record: `checked:${i}`, expr: withoutMacros(expr) }))
    using folder = temporaryFolder()
    const file = folder.write(
      'expressions.yml',
      stringify({ groups: [{ name: 'all', rules }] }, { lineWidth: 0 }),
    )
    const { status, output } = runTool(path, ['check', 'rules', '--lint=none', file])
    expect({ status, output }).toMatchObject({ status: 0 })
    expect(output).toContain(`${expressions.length} rules found`)
  })

  test('sees each alert of the operator fire, and stay silent', () => {
    expect(testRules(['recording.rules.yml', 'batchflow.rules.yml'], operatorCases)).toEqual({
      status: 0,
      failed: [],
    })
  })

  test('sees each alert of the guides fire, and stay silent', () => {
    expect(testRules(['guide.rules.yml'], guideCases)).toEqual({ status: 0, failed: [] })
  })

  test('fills in the texts of an alert: 2147483648 bytes are 2GiB', () => {
    using folder = temporaryFolder()
    const text = testFile(['guide.rules.yml'], [])
    const document = {
      ...text,
      tests: [
        {
          interval: '1m',
          input_series: [
            {
              series: 'batchflow_memory_usage_bytes{job="batchflow",instance="a:2112"}',
              values: '2147483648x10',
            },
          ],
          alert_rule_test: [
            {
              eval_time: '5m',
              alertname: 'BatchFlowHighMemoryUsage',
              exp_alerts: [
                {
                  exp_labels: {
                    job: 'batchflow',
                    instance: 'a:2112',
                    severity: 'warning',
                    service: 'batchflow',
                    component: 'process',
                  },
                  exp_annotations: {
                    summary: 'a:2112 uses 2GiB of heap',
                    description:
                      'First compare with the heap limit on the Node.js dashboard, then take a heap profile.',
                    runbook_url: `${production.runbookUrl}BatchFlowHighMemoryUsage.md`,
                    dashboard_url:
                      'http://localhost:3000/d/nodejs-runtime?var-job=batchflow&var-instance=a%3A2112',
                  },
                },
              ],
            },
          ],
        },
      ],
    }
    const { status, output } = runTool(path, [
      'test',
      'rules',
      folder.write('texts.yml', stringify(document)),
    ])
    expect({ status, output }).toMatchObject({ status: 0 })
  })

  /** Which cases are not as they should be. */
  function testRules(files: readonly string[], cases: readonly RuleCase[]) {
    using folder = temporaryFolder()
    const file = folder.write('cases.yml', stringify(testFile(files, cases), { lineWidth: 0 }))
    const { status, output } = runTool(path, ['test', 'rules', file])
    const failed = cases
      .filter((_, i) => output.includes(`case ${i}:`))
      .map(({ alert, fires, because }) => `${alert} should ${fires ? 'fire' : 'be silent'}: ${because}`)
    return { status, failed: status !== 0 && failed.length === 0 ? [output] : failed }
  }
})

test('every alert has a case in which it fires, and one in which it does not', () => {
  for (const [alerts, cases] of [
    [operatorAlerts, operatorCases],
    [guideAlerts, guideCases],
  ] as const)
    for (const { name, labels } of alerts) {
      const own = cases.filter(
        ({ alert, labels: given }) =>
          alert === name && (given === undefined || given['burn'] === labels?.['burn']),
      )
      expect({ name, fires: own.some(({ fires }) => fires) }).toEqual({ name, fires: true })
      if (name !== 'BatchFlowWatchdog')
        expect({ name, silent: own.some(({ fires }) => !fires) }).toEqual({ name, silent: true })
    }
})

/** Asked as expressions: that takes the alert's state only, not each of its texts. */
function testFile(files: readonly string[], cases: readonly RuleCase[]): object {
  return {
    rule_files: files.map((name) => join(committed, 'prometheus', 'rules', name)),
    evaluation_interval: '1m',
    tests: cases.map(({ alert, labels = {}, fires, at, series }, i) => ({
      interval: '1m',
      name: `case ${i}:`,
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        {
          expr: `(count(ALERTS{alertname="${alert}",alertstate="firing"${selector(labels)}}) > bool 0) or vector(0)`,
          eval_time: at,
          exp_samples: [{ labels: '{}', value: fires ? 1 : 0 }],
        },
      ],
    })),
  }
}

const selector = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `,${name}="${value}"`)
    .join('')
