import { flowMetrics, measurePool } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import { createPrometheusReporter as createTheirReporter } from '@batchflow/prometheus'
import { Counter, Gauge, Registry } from 'prom-client'
import { reporterOf } from './support/reporter.ts'
import { FlowFixture, settle } from './support/flow-fixture.ts'
import { metricOf } from './support/metric-of.ts'
import { samplesOf, seriesOf } from './support/page.ts'

const labels = { database: 'sqlite', instance_id: 'signup' }
const text = 'database="sqlite",instance_id="signup",test_name="signup"'

test('a histogram is written with cumulative buckets, sum and count', async () => {
  const reporter = reporterOf({ buckets: { batchflow_pipeline_flush_size: [1, 10, 100] } })
  const histogram = reporter.histogram(metricOf('pipeline_flush_size'), labels)
  histogram.record(1)
  histogram.record(5, 3)
  histogram.record(1_000)
  const page = await reporter.metrics()
  expect(page).toContain(
    [
      '# HELP batchflow_pipeline_flush_size Requests received by one flush before it is split by schema.',
      '# TYPE batchflow_pipeline_flush_size histogram',
      `batchflow_pipeline_flush_size_bucket{${text},le="1"} 1`,
      `batchflow_pipeline_flush_size_bucket{${text},le="10"} 4`,
      `batchflow_pipeline_flush_size_bucket{${text},le="100"} 4`,
      `batchflow_pipeline_flush_size_bucket{${text},le="+Inf"} 5`,
      `batchflow_pipeline_flush_size_sum{${text}} 1016`,
      `batchflow_pipeline_flush_size_count{${text}} 5`,
    ].join('\n'),
  )
})

test('the buckets of a page are those of the catalogue', async () => {
  const reporter = reporterOf({ profile: 'modern' })
  reporter.histogram(metricOf('batch_bytes'), labels)
  const bounds = seriesOf(await reporter.metrics(), 'batchflow_batch_bytes_bucket').map(
    (series) => /le="(.*?)"/.exec(series)?.[1],
  )
  expect(bounds).toEqual([...(metricOf('batch_bytes').buckets ?? []).map(String), '+Inf'])
})

test('alias labels repeat their canonical labels on the same series', async () => {
  const reporter = reporterOf()
  reporter.counter(metricOf('errors_total'), { ...labels, table: 'users', error_type: 'final:io' }).add(2)
  const page = await reporter.metrics()
  expect(page).toContain(
    `batchflow_errors_total{${text},table="users",error_type="final:io",type="final:io"} 2`,
  )
})

test('the profile modern has canonical labels only', async () => {
  const reporter = reporterOf()
  settle(new FlowFixture().open(flowMetrics(reporter)), 'users')
  const modern = await reporter.metrics({ profile: 'modern' })
  expect(/test_name=|[{,]type=/.test(modern)).toBe(false)
  expect(modern).toContain('batchflow_rows_pending{database="sqlite",instance_id="default"} 0')
})

test('the metrics of others are on every page but that of batchsql', async () => {
  const registry = new Registry()
  const reporter = reporterOf({ registry })
  new Counter({ name: 'logins_total', help: 'Logins.', registers: [registry] }).inc(3)
  for (const profile of ['batchflow', 'modern', 'all'] as const)
    expect((await reporter.metrics({ profile })).includes('\nlogins_total 3')).toBe(true)
  expect(await reporter.metrics({ profile: 'batchsql' })).not.toContain('logins')
})

test('constant labels are on every series, a prefix before every name that is not of the process', async () => {
  const reporter = reporterOf({ prefix: 'prod_', labels: { env: 'prod "eu"' }, runtime: true })
  settle(new FlowFixture().open(flowMetrics(reporter)), 'users')
  for (const series of samplesOf(await reporter.metrics({ profile: 'all' })).keys()) {
    expect(series).toMatch(/^(prod_(batchflow|batchsql|max_connections)|nodejs_|process_)/)
    expect(series).toContain('env="prod \\"eu\\""')
  }
})

test('without the table label all tables share their series', async () => {
  const reporter = reporterOf({ tableLabel: false })
  const observer = new FlowFixture().open(flowMetrics(reporter))
  for (const table of ['a', 'b', 'c']) settle(observer, table)
  const page = await reporter.metrics({ profile: 'all' })
  expect(page).not.toContain('table=')
  const series = 'batchflow_batches_total{database="sqlite",instance_id="default",test_name="default"'
  expect(samplesOf(page).get(`${series},status="success"}`)).toBe(3)
  expect(seriesOf(page, 'batchflow_batch_size_count')).toHaveLength(1)
})

test('labels that were not announced are refused, those that were may be left out', () => {
  const reporter = reporterOf({ extraLabels: ['tenant'] })
  expect(() =>
    flowMetrics(reporter, { labels: { tenant: 'a' } }).flowOpened?.(new FlowFixture()),
  ).not.toThrow()
  expect(() => flowMetrics(reporter).flowOpened?.(new FlowFixture())).not.toThrow()
  expect(() => flowMetrics(reporter, { labels: { team: 'a' } }).flowOpened?.(new FlowFixture())).toThrow(
    'must be database, instance_id, got team, database, instance_id',
  )
})

test('a label without a value is not written', async () => {
  const reporter = reporterOf({ detail: true, profile: 'modern' })
  reporter.histogram(metricOf('sql_generated_args'), { ...labels, table: '' }).record(3)
  expect(await reporter.metrics()).toContain(
    'batchflow_sql_generated_args_count{database="sqlite",instance_id="signup"} 1',
  )
})

test('equal labels give the same cell, whoever binds them', async () => {
  const reporter = reporterOf()
  reporter.counter(metricOf('bytes_written_total'), labels).add(1)
  reporter.counter(metricOf('bytes_written_total'), { instance_id: 'signup', database: 'sqlite' }).add(2)
  const page = await reporter.metrics()
  expect(seriesOf(page, 'batchflow_bytes_written_total')).toHaveLength(1)
  expect(page).toContain(`batchflow_bytes_written_total{${text}} 3`)
})

test('gauges of equal labels sum, ages and limits take the largest', async () => {
  const reporter = reporterOf()
  for (const value of [2, 3]) {
    reporter.gauge(metricOf('rows_pending'), labels, () => value)
    reporter.gauge(metricOf('queue_oldest_age_seconds'), labels, () => value)
  }
  const page = samplesOf(await reporter.metrics())
  expect(page.get(`batchflow_rows_pending{${text}}`)).toBe(5)
  expect(page.get(`batchflow_queue_oldest_age_seconds{${text}}`)).toBe(3)
})

test('a gauge vanishes with its last registration', async () => {
  const reporter = reporterOf()
  const [a, b] = [1, 2].map((value) => reporter.gauge(metricOf('rows_pending'), labels, () => value))
  a?.[Symbol.dispose]()
  expect(samplesOf(await reporter.metrics()).get(`batchflow_rows_pending{${text}}`)).toBe(2)
  b?.[Symbol.dispose]()
  expect(seriesOf(await reporter.metrics(), 'batchflow_rows_pending')).toEqual([])
})

test('a counter keeps its last reading when its flow is gone', async () => {
  const reporter = reporterOf()
  let total = 5
  const registration = reporter.gauge(metricOf('rows_submitted_total'), labels, () => total)
  expect(await reporter.metrics()).toContain(`batchflow_rows_submitted_total{${text}} 5`)
  total = 8
  registration[Symbol.dispose]()
  registration[Symbol.dispose]()
  total = 100
  expect(await reporter.metrics()).toContain(`batchflow_rows_submitted_total{${text}} 8`)
  reporter.gauge(metricOf('rows_submitted_total'), labels, () => 2)
  expect(await reporter.metrics()).toContain(`batchflow_rows_submitted_total{${text}} 10`)
})

test('a reading that throws or is not a number costs its own series and is counted on the page', async () => {
  const reporter = reporterOf()
  reporter.gauge(metricOf('rows_pending'), labels, () => {
    throw new Error('broken')
  })
  reporter.gauge(metricOf('queue_bytes'), labels, () => NaN)
  reporter.gauge(metricOf('submit_waiting'), labels, () => 4)
  const page = await reporter.metrics()
  expect(page).toContain(`batchflow_submit_waiting{${text}} 4`)
  expect(page).toContain('batchflow_metrics_collect_errors_total 2')
  expect(seriesOf(page, 'batchflow_rows_pending')).toEqual([])
})

test('a pulled counter that throws or goes down keeps its last reading', async () => {
  const reporter = reporterOf()
  const readings = [5, 3, undefined, 6]
  reporter.gauge(metricOf('rows_submitted_total'), labels, () => {
    const reading = readings.shift()
    if (reading === undefined) throw new Error('broken')
    return reading
  })
  const totals = []
  for (let scrape = 0; scrape < 4; scrape++) {
    totals.push(samplesOf(await reporter.metrics()).get(`batchflow_rows_submitted_total{${text}}`))
  }
  expect(totals).toEqual([5, 5, 5, 6])
  expect(await reporter.metrics()).toContain('batchflow_metrics_collect_errors_total 3')
})

test("a user's metrics are on the page, and one that fails is counted and left out", async () => {
  const registry = new Registry()
  const reporter = reporterOf({ registry })
  const logins = new Counter({ name: 'logins_total', help: 'Logins.', registers: [registry] })
  logins.inc(3)
  const collect = () => Promise.reject(new Error('broken'))
  registry.registerMetric(new Gauge({ name: 'broken', help: 'Broken.', registers: [], collect }))
  const page = await reporter.metrics()
  expect(page).toContain('logins_total 3')
  expect(page).not.toContain('# HELP broken')
  expect(page).toContain('batchflow_metrics_collect_errors_total 1')
})

test('the registry itself writes the same samples, as text and as JSON', async () => {
  const registry = new Registry()
  const reporter = reporterOf({ registry, labels: { env: 'test' }, profile: 'modern' })
  settle(new FlowFixture().open(flowMetrics(reporter)), 'users')
  expect(samplesOf(await registry.metrics())).toEqual(samplesOf(await reporter.metrics()))
  const json = await registry.getMetricsAsJSON()
  expect(json.find(({ name }) => name === 'batchflow_batches_total')).toMatchObject({ aggregator: 'sum' })
  expect(json.find(({ name }) => name === 'batchflow_build_info')).toMatchObject({ aggregator: 'max' })
})

test('resetting the registry sets what was counted to zero', async () => {
  const registry = new Registry()
  const reporter = reporterOf({ registry })
  reporter.counter(metricOf('bytes_written_total'), labels).add(5)
  reporter.histogram(metricOf('batch_bytes'), labels).record(5)
  registry.resetMetrics()
  const page = samplesOf(await reporter.metrics())
  expect(page.get(`batchflow_bytes_written_total{${text}}`)).toBe(0)
  expect(page.get(`batchflow_batch_bytes_count{${text}}`)).toBe(0)
})

test('a second reporter with equal options on one registry shares the cells, with a profile of its own', async () => {
  const registry = new Registry()
  const a = reporterOf({ registry, labels: { env: 'test' } })
  const b = reporterOf({ registry, labels: { env: 'test' }, profile: 'modern' })
  for (const reporter of [a, b]) reporter.counter(metricOf('bytes_written_total'), labels).add(1)
  expect(await a.metrics()).toContain(`batchflow_bytes_written_total{${text},env="test"} 2`)
  expect(await b.metrics()).toBe(await a.metrics({ profile: 'modern' }))
})

test.each([
  { labels: { env: 'test' } },
  { tableLabel: false },
  { detail: true },
  { extraLabels: ['tenant'] },
  { buckets: { batchflow_batch_size: [1] } },
])('a second reporter with other options on one registry is refused: %j', (options) => {
  const registry = new Registry()
  reporterOf({ registry })
  expect(() => reporterOf({ registry, ...options })).toThrow(
    'registry must be without a reporter of other labels, extraLabels, tableLabel, detail or buckets (or take another prefix), got one that has it',
  )
  expect(() => reporterOf({ registry, prefix: 'b_', ...options })).not.toThrow()
})

test('another copy of the package shares the cells too, as after a hot reload', async () => {
  const registry = new Registry()
  const ours = reporterOf({ registry })
  const theirs = createTheirReporter({ registry, runtime: false })
  for (const reporter of [ours, theirs]) reporter.counter(metricOf('bytes_written_total'), labels).add(1)
  expect(await theirs.metrics()).toContain(`batchflow_bytes_written_total{${text}} 2`)
  theirs[Symbol.dispose]()
})

test('a registry that was cleared gets its metrics back with the next reporter', async () => {
  const registry = new Registry()
  const flow = new FlowFixture().open(flowMetrics(reporterOf({ registry, profile: 'modern' })))
  registry.clear()
  const reporter = reporterOf({ registry, profile: 'modern' })
  settle(flow, 'users')
  expect(await registry.metrics()).toContain('batchflow_rows_pending')
  expect(samplesOf(await registry.metrics())).toEqual(samplesOf(await reporter.metrics()))
})

test('a registry of a successor of prom-client will do, under whatever name it comes', async () => {
  const metrics = new Map<string, { readonly name: string; get(): Promise<unknown> }>()
  const registry = {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    registerMetric: (metric: { readonly name: string; get(): Promise<unknown> }) =>
      void metrics.set(metric.name, metric),
    getSingleMetric: (name: string) => metrics.get(name),
    getMetricsAsArray: () => [...metrics.values()],
    getSingleMetricAsString: async (name: string) => await Promise.resolve(`${name} 7`),
  }
  const reporter = reporterOf({ registry })
  settle(new FlowFixture().open(flowMetrics(reporter)), 'users')
  registry.registerMetric({ name: 'theirs', get: async () => await Promise.resolve({}) })
  const page = await reporter.metrics()
  expect(page).toContain('\ntheirs 7\n')
  expect(metrics.size).toBeGreaterThan(40)
  expect(await metrics.get('batchflow_batches_total')?.get()).toMatchObject({
    name: 'batchflow_batches_total',
    type: 'counter',
    aggregator: 'sum',
  })
})

test('a registry with a metric of one of our names is refused at once', () => {
  const registry = new Registry()
  registry.registerMetric(new Gauge({ name: 'batchflow_rows_pending', help: 'Mine.', registers: [] }))
  expect(() => reporterOf({ registry })).toThrow(
    'registry must be without a metric of its own named batchflow_rows_pending, got one that has it',
  )
})

test('labels other than those of the metric are refused', () => {
  const reporter = reporterOf()
  expect(() => reporter.counter(metricOf('bytes_written_total'), { database: 'sqlite' })).toThrow(
    'labels of batchflow_bytes_written_total must be database, instance_id, got database',
  )
  expect(() => reporter.counter(metricOf('rows_pending'), labels)).toThrow(
    'batchflow_rows_pending must be used as a gauge, got its use as a counter',
  )
})

test('values that would spoil a counter or a sum are ignored', async () => {
  const reporter = reporterOf()
  const counter = reporter.counter(metricOf('bytes_written_total'), labels)
  const histogram = reporter.histogram(metricOf('batch_bytes'), labels)
  for (const value of [NaN, Infinity, -Infinity]) {
    counter.add(value)
    histogram.record(value)
    histogram.record(1, value)
  }
  counter.add(-1)
  counter.add(2)
  histogram.record(3)
  const page = samplesOf(await reporter.metrics())
  expect(page.get(`batchflow_bytes_written_total{${text}}`)).toBe(2)
  expect(page.get(`batchflow_batch_bytes_sum{${text}}`)).toBe(3)
})

test('the series gauge counts the series of the page', async () => {
  const reporter = reporterOf()
  settle(new FlowFixture().open(flowMetrics(reporter)), 'users')
  const page = samplesOf(await reporter.metrics())
  expect(page.get('batchflow_metrics_series')).toBe(page.size)
})

test('a default page with one flow of five tables, a pool and the process has at most 1,200 series', async () => {
  const reporter = reporterOf({ runtime: true, sampleIntervalMs: 10 })
  const fixture = new FlowFixture()
  const pooled = {
    driver: 'sqlite',
    stats: () => ({ ...fixture.stats(), pool: { inUse: 1, idle: 1, pending: 0, max: 4 } }),
  }
  fixture.move({ submitted: 50, written: 50 })
  const observer = flowMetrics(reporter)
  observer.flowOpened?.(pooled)
  await measurePool({ connect: async () => await Promise.resolve() }, reporter, {
    database: 'sqlite',
  }).connect()
  for (const table of ['a', 'b', 'c', 'd', 'e']) settle(observer, table)
  // With the rates, which are there from the second sample on.
  let page = ''
  while (!page.includes('batchflow_current_rps{')) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    page = await reporter.metrics()
  }
  const series = samplesOf(page).size
  expect(series).toBeLessThanOrEqual(1_200)
  expect(samplesOf(page).get('batchflow_metrics_series')).toBe(series)
})

test('readings of one source fit together on a page that the registry writes around other metrics', async () => {
  const registry = new Registry()
  const reporter = reporterOf({ registry })
  let rows = 0
  reporter.gauge(metricOf('rows_pending'), labels, () => rows)
  const collect = () => void rows++
  registry.registerMetric(new Gauge({ name: 'moves_rows', help: 'Moves.', registers: [], collect }))
  reporter.gauge(metricOf('pipeline_queue_length'), labels, () => rows)
  for (let scrape = 0; scrape < 3; scrape++) {
    const page = samplesOf(await registry.metrics())
    expect(page.get(`batchflow_rows_pending{${text}}`)).toBe(scrape)
    expect(page.get(`batchflow_pipeline_queue_length{${text}}`)).toBe(scrape)
  }
})
