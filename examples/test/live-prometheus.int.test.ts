import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBatchFlow } from '@batchflow/core'
import { createTestRecorder, flowMetrics } from '@batchflow/pipeline-metrics'
import { createPrometheusReporter } from '@batchflow/prometheus'
import { sqlite, tableOf } from '@batchflow/sqlite'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { FaultyDriver } from './support/faulty-driver.ts'
import { expanded, type Expression, readExpressions } from './support/promql.ts'
import { findPrometheus, type Prometheus, startPrometheus } from './support/start-prometheus.ts'

interface EventRow {
  id: number
  name: string | null
}

const names = ['events', '订单']
const tables = names.map((name) => tableOf<EventRow>()(name, { columns: ['id', 'name'] }))
const [events, orders] = tables
type Table = (typeof tables)[number]
const setup = names
  .map((name) => `create table ${name} (id integer primary key, name text not null);`)
  .join('\n')

const program = findPrometheus()
const expressions = readExpressions()
const missing = [
  ...(program === undefined ? ['Prometheus'] : []),
  ...(expressions === undefined ? ['shared/metrics/promql.json'] : []),
]
if (missing.length > 0)
  process.stderr.write(`SKIPPED: ${missing.join(' and ')} not there: nothing is asked live\n`)
const live = missing.length > 0 ? test.skip : test

let prometheus: Prometheus
/** Unix times in seconds: the run as a whole, and the part of it in which nothing went wrong. */
const run = { from: 0, to: 0 }
const healthy = { from: 0, to: 0 }
const ends: (() => Promise<unknown> | void)[] = []

const now = () => Date.now() / 1000

/** Waits until an expression has had a sample since the given time. */
async function until(query: string, from: number): Promise<void> {
  while ((await prometheus.range(query, from, now())).length === 0) await sleep(100)
}

beforeAll(async () => {
  if (missing.length > 0) return
  const folder = await mkdtemp(join(tmpdir(), 'batchflow-live-'))
  const metrics = createPrometheusReporter({ sampleIntervalMs: 1_000 })
  const server = await metrics.listen({ port: 0 })
  prometheus = await startPrometheus(program as string, configFor(server.port))
  const driver = new FaultyDriver(sqlite({ path: join(folder, 'live.db'), setup, synchronous: 'normal' }))
  const recorder = createTestRecorder(metrics)
  const flow = createBatchFlow({
    driver,
    flushIntervalMs: 20,
    retry: { backoffMs: 5, maxBackoffMs: 20 },
    onDeadLetter: () => {},
    observers: [
      flowMetrics(metrics, { instanceId: 'live', targets: tables, exemplar: () => ({ trace_id: 'abc' }) }),
      recorder.observer(),
    ],
  })
  let id = 0
  // Ten thousand rows a second, and more after a pause of the machine: the alert on low throughput must stay silent.
  let due = now()
  const load = setInterval(() => {
    for (; due < now(); due += 0.0001) {
      flow.trySubmit((id % 10 === 0 ? orders : events) as Table, { id: id++, name: `name ${id}` })
    }
  }, 10)
  ends.push(
    async () => await prometheus[Symbol.asyncDispose](),
    async () => await server.close(),
    () => metrics[Symbol.dispose](),
    () => recorder[Symbol.dispose](),
    async () => await rm(folder, { recursive: true, force: true }),
  )

  run.from = now()
  recorder.setCurrentTestCase('live', 'sqlite')
  recorder.recordRealTimeMetrics({ database: 'sqlite', rowsPerSecond: 10_000, workers: 1 })
  recorder.recordTestResult({
    database: 'sqlite',
    success: true,
    durationMs: 1_000,
    submittedRows: 10_000,
    actualRows: 10_000,
  })
  await until('batchflow_current_rps > 1000', run.from)
  healthy.from = now()
  await until(`timestamp(batchflow_current_rps) > ${healthy.from + 4}`, healthy.from)
  healthy.to = now()

  driver.faulty = true
  const faulty = now()
  // SQLite itself refuses these: the column takes no NULL.
  const refused = setInterval(() => flow.trySubmit(events as Table, { id: id++, name: null }), 200)
  for (const type of ['retry:deadlock', 'retry:processor_timeout', 'final:constraint', 'final:context'])
    await until(`rate(batchflow_errors_total{type="${type}"}[1m]) > 0`, faulty)
  for (const timer of [refused, load]) clearInterval(timer)
  driver.faulty = false
  await flow.close()
  await until('absent(batchflow_rows_pending)', now())
  run.to = now()
}, 300_000)

afterAll(async () => {
  for (const end of ends) await end()
})

/** Whether a range query has had a sample that is a number. */
async function hasData(
  query: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<boolean> {
  const series = await prometheus.range(query, from, to)
  return series.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))))
}

/** Whether Grafana would have something to choose from. */
async function hasValues(expression: string): Promise<boolean | undefined> {
  const [, match, label] = /^label_values\((.+), (\w+)\)$/.exec(expression) ?? []
  if (match === undefined || label === undefined) return undefined
  return (await prometheus.labelValues(label, match, run.from, run.to)).length > 0
}

async function answers(expression: string, within = run): Promise<boolean> {
  const query = expanded(expression)
  return (await hasValues(query)) ?? (await hasData(query, within))
}

const asked = (expressions ?? []).filter(({ expect: what }) => what !== 'later')
/** Verbatim: these are no queries at all, or ask for a metric that the guides themselves call a mistake of the past. */
const rejected = 'batchflow_records_per_second_bucket'
const queries = asked.filter(({ expect: what, verbatim }) => what !== 'not-a-query' && verbatim !== rejected)
const idOf = ({ id, verbatim }: Expression) => [id, verbatim] as const

live.each(queries.filter(({ expect: what }) => /^(data|harness|data-after-faults)$/.test(what)).map(idOf))(
  '%s has data verbatim: %s',
  async (_, verbatim) => expect(await answers(verbatim)).toBe(true),
)

live.each(queries.filter(({ expect: what }) => what === 'empty').map(idOf))(
  '%s parses verbatim, and no exporter can give it data: %s',
  async (_, verbatim) => expect(await answers(verbatim)).toBe(false),
)

live.each(queries.filter(({ expect: what }) => what === 'empty-when-healthy').map(idOf))(
  '%s is silent verbatim while nothing is wrong: %s',
  async (_, verbatim) => expect(await answers(verbatim, healthy)).toBe(false),
)

live.each(asked.filter(({ expect: what }) => what === 'not-a-query').map(idOf))(
  '%s is no query verbatim, and Prometheus says so or finds no such metric: %s',
  async (_, verbatim) =>
    expect(
      await answers(verbatim).catch((error: unknown) =>
        String(error).includes('parse error') ? 'no query' : error,
      ),
    ).toBe(/^[A-Za-z]+$/.test(verbatim) ? false : 'no query'),
)

live('the metric that the guides reject has no data', async () => {
  expect(await answers(rejected)).toBe(false)
})

/** Metrics of the chat service, which come with its packages. */
const isOfChat = ({ corrected }: Expression) => corrected.includes('chatim_')
/** Alerts on what did not happen in this run: few batches failed, and no target was down. */
const isAlertNotMet = ({ id }: Expression) => id === '000-Q45' || id === '004-Q42'
const isSilent = (expression: Expression) =>
  isAlertNotMet(expression) || expression.expect === 'empty-when-healthy'
const correctedOf = ({ id, corrected }: Expression) => [id, corrected] as const

live.each(asked.filter((one) => !isOfChat(one) && !isSilent(one)).map(correctedOf))(
  '%s has data as corrected: %s',
  async (_, corrected) => expect(await answers(corrected)).toBe(true),
)

live.each(asked.filter((one) => !isOfChat(one) && isSilent(one)).map(correctedOf))(
  '%s is silent as corrected while nothing is wrong: %s',
  async (_, corrected) => expect(await answers(corrected, healthy)).toBe(false),
)

live.each(asked.filter(isOfChat).map(correctedOf))(
  '%s parses as corrected, and has no data without the chat service: %s',
  async (_, corrected) => expect(await answers(corrected)).toBe(false),
)

live('the ledger balances at every scrape, under load, failures and shutdown', async () => {
  const sum = (name: string) => `sum by (database, instance_id) (${name})`
  const balance = `${sum('batchflow_rows_submitted_total')} - ${sum('batchflow_rows_settled_total')} - ${sum('batchflow_rows_pending')}`
  const [series] = await prometheus.range(balance, run.from, run.to)
  expect(series?.values.length).toBeGreaterThan(5)
  expect(new Set(series?.values.map(([, value]) => value))).toEqual(new Set(['0']))
})

live('a table with a Chinese name is found by it', async () => {
  expect(await answers('rate(batchflow_batches_total{table="订单"}[1m])')).toBe(true)
})

live('every target was up, OpenMetrics too, and its exemplars arrived', async () => {
  const jobs = await prometheus.range('min_over_time(up[10m])', run.to, run.to)
  expect(jobs.map(({ metric, values }) => [metric['job'], values[0]?.[1]])).toEqual(
    expect.arrayContaining(['batchflow', 'batchsql', 'openmetrics'].map((job) => [job, '1'])),
  )
  const exemplars = await prometheus.exemplars(
    'batchflow_row_commit_latency_seconds_bucket',
    run.from,
    run.to,
  )
  expect(JSON.stringify(exemplars)).toContain('"trace_id":"abc"')
})

/** The two jobs of the guides; and one that only shows that OpenMetrics can be read, or everything would be there twice. */
function configFor(port: number): string {
  const job = (name: string, more: string) => `
  - job_name: ${name}
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
${more}`
  return `global: { scrape_interval: 500ms, scrape_timeout: 500ms }
scrape_configs:${job('batchflow', '')}${job('batchsql', '    params: { profile: [batchsql] }')}${job(
    'openmetrics',
    `    metrics_path: /openmetrics
    metric_relabel_configs:
      - { source_labels: [__name__], regex: batchflow_row_commit_latency_seconds_bucket, action: keep }`,
  )}
`
}
