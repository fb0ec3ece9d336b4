import { expect, test } from '@jest/globals'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { flowMetrics } from '@batchflow/pipeline-metrics'
import { feedFlows, feedOthers } from '../support/feed-everything.ts'
import { FlowFixture, settle } from '../support/flow-fixture.ts'
import { metricOf } from '../support/metric-of.ts'
import { reporterOf } from '../support/reporter.ts'

const labels = { database: 'sqlite', instance_id: 'signup' }
const text = 'database="sqlite",instance_id="signup"'

test('a counter is named without its ending, its samples with it', async () => {
  const reporter = reporterOf({ profile: 'modern' })
  reporter.counter(metricOf('executor_busy_seconds_total'), labels).add(2)
  expect(await reporter.openMetrics()).toContain(
    [
      '# HELP batchflow_executor_busy_seconds Batch execution time summed over slots; rate()/limit = utilization.',
      '# TYPE batchflow_executor_busy_seconds counter',
      '# UNIT batchflow_executor_busy_seconds seconds',
      `batchflow_executor_busy_seconds_total{${text}} 2`,
    ].join('\n'),
  )
})

test('a unit is told where the name ends in it, and nowhere else', async () => {
  const reporter = reporterOf()
  await feedFlows(reporter)
  for (const [, name = '', unit = ''] of (await reporter.openMetrics()).matchAll(/^# UNIT (\S+) (\S+)$/gm))
    expect(name).toMatch(new RegExp(`_${unit}$`))
  expect(await reporter.openMetrics()).not.toMatch(/# UNIT batchflow_(batch_size|memory_usage_mb) /)
})

test('the last exemplar of a bucket stands behind it, and on no page of the text format', async () => {
  const reporter = reporterOf({ profile: 'modern' })
  const flow = new FlowFixture()
  settle(
    flow.open(flowMetrics(reporter, { instanceId: 'signup', exemplar: () => ({ trace_id: 'a"b' }) })),
    'users',
  )
  const page = await reporter.openMetrics()
  expect(page).toMatch(
    new RegExp(
      `^batchflow_execute_duration_seconds_bucket\\{${text},table="users",status="success",le="0.004"\\} 1 ` +
        `# \\{trace_id="a\\\\"b"\\} 0.003 \\d+\\.\\d{3}$`,
      'm',
    ),
  )
  expect(page.match(/ # \{/g)).toHaveLength(3)
  expect(await reporter.metrics()).not.toContain('# {')
})

test('gauges whose names are kept for other types are left out', async () => {
  const reporter = reporterOf({ profile: 'all' })
  await feedFlows(reporter)
  feedOthers(reporter)
  const [plain, open] = [await reporter.metrics(), await reporter.openMetrics()]
  for (const name of ['chatim_groups_total', 'chatim_unread_messages_count', 'batchsql_gc_count']) {
    if (name !== 'batchsql_gc_count') expect(plain).toContain(`# TYPE ${name} gauge`)
    expect(open).not.toContain(`# TYPE ${name} `)
  }
})

test('the page ends with its end mark, and says nothing of when series were created', async () => {
  const reporter = reporterOf()
  await feedFlows(reporter)
  const page = await reporter.openMetrics()
  expect(page.endsWith('\n# EOF\n')).toBe(true)
  expect(page).not.toContain('_created')
  expect(page.includes('\n\n')).toBe(false)
})

test("a user's metrics are on it too, and keep their names in the registry", async () => {
  const registry = new Registry()
  const reporter = reporterOf({ registry })
  new Counter({ name: 'logins_total', help: 'Logins.', labelNames: ['by'], registers: [registry] }).inc(
    { by: 'x' },
    3,
  )
  new Gauge({ name: 'load', help: 'Load "now".', registers: [registry] }).set(Infinity)
  new Histogram({ name: 'took', help: 'Took.', buckets: [1], registers: [registry] }).observe(0.5)
  const page = await reporter.openMetrics()
  expect(page).toContain('# TYPE logins counter\nlogins_total{by="x"} 3')
  expect(page).toContain('# HELP load Load \\"now\\".\n# TYPE load gauge\nload +Inf')
  expect(page).toContain('took_bucket{le="1"} 1')
  expect(await reporter.metrics()).toContain('logins_total{by="x"} 3')
})
