import { flowMetrics, type MetricsReporter } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import { FlowFixture, settle } from '../support/flow-fixture.ts'
import { metricOf } from '../support/metric-of.ts'
import { samplesOf, seriesOf, sumOf } from '../support/page.ts'
import { reporterOf } from '../support/reporter.ts'

const flow = { database: 'sqlite', instance_id: 'signup' }
const flowText = 'database="sqlite",instance_id="signup",test_name="signup"'
const attempt = {
  rows: 1,
  attempt: 1,
  delayMs: 1,
  durationMs: 1,
  failure: { kind: 'transient', reason: 'deadlock' },
} as const
const caseText = 'database="sqlite",test_case="signup"'

async function valuesOf(reporter: { metrics(options: { profile: 'all' }): Promise<string> }) {
  const samples = samplesOf(await reporter.metrics({ profile: 'all' }))
  return (name: string) => samples.get(name)
}

function execute(
  reporter: MetricsReporter,
  table: string,
  seconds: readonly number[],
  status = 'success',
): void {
  const histogram = reporter.histogram(metricOf('execute_duration_seconds'), { ...flow, table, status })
  for (const value of seconds) histogram.record(value)
}

test('milliseconds are the seconds with bounds and sum multiplied', async () => {
  const reporter = reporterOf()
  execute(reporter, 'users', [0.0004, 0.003, 0.003, 100])
  const value = await valuesOf(reporter)
  const text = `${flowText},table="users",status="success"`
  const ms = (suffix: string) => value(`batchflow_batch_execution_duration_ms${suffix}`)
  expect(ms(`_bucket{${text},le="0.5"}`)).toBe(1)
  expect(ms(`_bucket{${text},le="2"}`)).toBe(1)
  expect(ms(`_bucket{${text},le="4"}`)).toBe(3)
  expect(ms(`_bucket{${text},le="65536"}`)).toBe(3)
  expect(ms(`_bucket{${text},le="+Inf"}`)).toBe(4)
  expect(ms(`_sum{${text}}`)).toBeCloseTo(100_006.4)
  expect(ms(`_count{${text}}`)).toBe(4)
})

test('BatchSQL has the same durations in fewer buckets, exactly, by test case', async () => {
  const reporter = reporterOf()
  execute(reporter, 'users', [0.0004, 0.0009, 0.003, 20, 100], 'fail')
  const value = await valuesOf(reporter)
  const text = `database="sqlite",table="users",status="fail",test_case="signup"`
  const bucket = (le: string) => value(`batchsql_batch_execution_duration_seconds_bucket{${text},le="${le}"}`)
  expect([bucket('0.001'), bucket('0.002'), bucket('0.004'), bucket('16.384'), bucket('+Inf')]).toEqual([
    2, 2, 3, 3, 5,
  ])
  const page = await reporter.metrics({ profile: 'batchsql' })
  expect(seriesOf(page, 'batchsql_batch_execution_duration_seconds_bucket')).toHaveLength(16)
})

test('with other buckets for the source its views have those', async () => {
  const reporter = reporterOf({ buckets: { batchflow_execute_duration_seconds: [0.0645, 1] } })
  execute(reporter, 'users', [0.06, 0.5, 2])
  const page = await reporter.metrics({ profile: 'all' })
  const bounds = (name: string) =>
    seriesOf(page, `${name}_bucket`).map((series) => /[{,]le="(.*?)"/.exec(series)?.[1])
  expect(bounds('batchflow_batch_execution_duration_ms')).toEqual(['64.5', '1000', '+Inf'])
  expect(bounds('batchsql_batch_execution_duration_seconds')).toEqual(['0.0645', '1', '+Inf'])
  expect(sumOf(page, 'batchflow_batch_execution_duration_ms_count')).toBe(3)
})

test('batches and rows are there under the names of each guide', async () => {
  const reporter = reporterOf()
  const fixture = new FlowFixture()
  fixture.move({ submitted: 20, written: 15, coalesced: 3, deadLettered: 2 })
  const observer = fixture.open(flowMetrics(reporter, { instanceId: 'signup' }))
  settle(observer, 'users')
  settle(observer, 'orders')
  observer.attemptFailed?.({
    ...attempt,
    target: 'users',
  })
  observer.attemptFailed?.({
    ...attempt,
    target: 'orders',
  })
  const value = await valuesOf(reporter)
  expect(value(`batchflow_records_rate_total{${flowText}}`)).toBe(18)
  expect(value(`batchflow_batch_success_total{${flowText},table="users"}`)).toBe(1)
  expect(value(`batchflow_batch_failed_total{${flowText},table="users"}`)).toBe(0)
  expect(
    value(
      `batchsql_batch_execution_total{database="sqlite",table="users",status="success",test_case="signup"}`,
    ),
  ).toBe(1)
  expect(value(`batchsql_records_processed_total{database="sqlite",table="users",test_case="signup"}`)).toBe(
    10,
  )
  expect(value(`batchsql_batch_size_count{database="sqlite",table="users",test_case="signup"}`)).toBe(1)
  // Over all tables: BatchSQL's errors have no table.
  expect(value(`batchsql_errors_total{${caseText},error_type="retry:deadlock"}`)).toBe(2)
})

test('integrity is the share of settled rows that are in the database', async () => {
  const reporter = reporterOf()
  const fixture = new FlowFixture()
  fixture.move({ submitted: 100, written: 70, coalesced: 5, deadLettered: 10, dropped: 10, returned: 5 })
  fixture.open(flowMetrics(reporter, { instanceId: 'signup' }))
  expect((await valuesOf(reporter))(`batchflow_data_integrity_rate{${flowText}}`)).toBe(0.75)
})

test('there is no integrity before the first row is settled, and none when the flow is gone', async () => {
  const reporter = reporterOf()
  const fixture = new FlowFixture()
  fixture.move({ submitted: 100 })
  const observer = fixture.open(flowMetrics(reporter, { instanceId: 'signup' }))
  const there = async () => (await reporter.metrics()).includes('batchflow_data_integrity_rate{')
  expect(await there()).toBe(false)
  fixture.move({ written: 1 })
  expect(await there()).toBe(true)
  observer.flowClosed?.({ durationMs: 1, ledger: fixture.ledger })
  expect(await there()).toBe(false)
})

test('utilisation is the queue over its capacity', async () => {
  const reporter = reporterOf()
  reporter.gauge(metricOf('pipeline_queue_length'), flow, () => 2_500)
  reporter.gauge(metricOf('queue_capacity_rows'), flow, () => 10_000)
  expect((await valuesOf(reporter))(`batchflow_buffer_utilization{${flowText}}`)).toBe(0.25)
})

test('connections in use and their limit are there without a state', async () => {
  const reporter = reporterOf()
  for (const [state, count] of Object.entries({ in_use: 3, idle: 1 }))
    reporter.gauge(metricOf('pool_connections'), { database: 'sqlite', state }, () => count)
  reporter.gauge(metricOf('pool_max_connections'), { database: 'sqlite' }, () => 8)
  const value = await valuesOf(reporter)
  expect(value('batchflow_active_connections{database="sqlite"}')).toBe(3)
  expect(value('max_connections{database="sqlite"}')).toBe(8)
})

test('memory of the process is told for each open flow, in bytes and in MiB', async () => {
  const reporter = reporterOf()
  const observers = ['signup', 'orders'].map((instanceId) =>
    new FlowFixture().open(flowMetrics(reporter, { instanceId })),
  )
  const value = await valuesOf(reporter)
  const bytes = value(`batchflow_memory_usage_bytes{${flowText}}`) ?? 0
  expect(bytes).toBeGreaterThan(2 ** 20)
  expect(value(`batchflow_memory_usage_mb{${flowText},type="alloc"}`)).toBeCloseTo(bytes / 2 ** 20)
  expect(value(`batchflow_memory_usage_mb{${flowText},type="sys"}`)).toBeGreaterThan(bytes / 2 ** 20)
  expect(value(`batchsql_memory_usage_mb{${caseText},type="current"}`)).toBeCloseTo(bytes / 2 ** 20)
  expect(
    value('batchflow_memory_usage_bytes{database="sqlite",instance_id="orders",test_name="orders"}'),
  ).toBe(bytes)
  observers[0]?.flowClosed?.({ durationMs: 1, ledger: new FlowFixture().ledger })
  expect(seriesOf(await reporter.metrics(), 'batchflow_memory_usage_bytes')).toHaveLength(1)
})

test("labels of the user's own are on views too", async () => {
  const reporter = reporterOf({ extraLabels: ['tenant'] })
  const fixture = new FlowFixture()
  fixture.move({ submitted: 1, written: 1 })
  settle(fixture.open(flowMetrics(reporter, { instanceId: 'signup', labels: { tenant: 'acme' } })), 'users')
  const page = await reporter.metrics({ profile: 'all' })
  for (const name of [
    'batchflow_batch_success_total',
    'batchflow_data_integrity_rate',
    'batchflow_memory_usage_bytes',
    'batchsql_batch_execution_total',
  ]) {
    const series = seriesOf(page, name)
    expect(series.length).toBeGreaterThan(0)
    for (const one of series) expect(one).toContain('tenant="acme"')
  }
})
