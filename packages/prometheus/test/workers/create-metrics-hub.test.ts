import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from '@jest/globals'
// As the workers have it: threads find each other by the name of their channel.
import { createMetricsHub, createPrometheusReporter, type MetricsHub } from '@batchflow/prometheus'
import { parsePage } from '../support/parse-page.ts'
import { samplesOf, sumOf } from '../support/page.ts'

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const ends: (() => Promise<unknown> | void)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

function hubOf(options: { readonly timeoutMs?: number } = {}): MetricsHub {
  const reporter = createPrometheusReporter({ sampleIntervalMs: 20 })
  const hub = createMetricsHub(reporter, options)
  ends.push(
    () => reporter[Symbol.dispose](),
    () => hub[Symbol.dispose](),
  )
  return hub
}

async function thread(hub: MetricsHub, file = 'load-worker.mjs'): Promise<Worker> {
  const worker = new Worker(fileOf(`./${file}`))
  ends.push(async () => await worker.terminate())
  hub.add(worker)
  await once(worker, 'message')
  return worker
}

/** Pages until one is as claimed. */
async function pageWith(hub: MetricsHub, claim: (page: string) => boolean): Promise<string> {
  for (;;) {
    const page = await hub.metrics()
    if (claim(page)) return page
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const everybody = (workers: number) => (page: string) =>
  sumOf(page, 'own_total') === 2 * workers && page.includes('batchflow_current_rps{')

const imbalance = (page: string) =>
  sumOf(page, 'batchflow_rows_submitted_total') -
  sumOf(page, 'batchflow_rows_settled_total') -
  sumOf(page, 'batchflow_rows_pending')

const flow = 'database="load",instance_id="load",test_name="load"'

test('counters of threads and processes are summed, limits are not', async () => {
  const hub = hubOf()
  await thread(hub)
  await thread(hub)
  const child = fork(fileOf('./load-worker.mjs'))
  ends.push(() => void child.kill())
  hub.add(child)
  const page = samplesOf(await pageWith(hub, everybody(3)))
  expect(page.get(`batchflow_executor_concurrency{${flow}}`)).toBe(4)
  expect(page.get(`batchflow_queue_capacity_rows{${flow}}`)).toBe(1_000)
  expect(page.get(`batchflow_flush_size_limit_rows{${flow}}`)).toBe(50)
  expect(page.get(`nodejs_version_info{${versionText()}}`)).toBe(1)
  expect(page.get('process_max_fds')).toBeLessThan(3 * 2 ** 20)
  expect(page.get('process_start_time_seconds')).toBeLessThan(Date.now() / 1000 + 10)
  expect(page.get('own_limit')).toBe(7)
  expect(page.get(`batchflow_response_time_seconds_count{database="test",operation="set"}`)).toBe(300)
})

test('quantiles are those of all workers together', async () => {
  const hub = hubOf()
  await thread(hub)
  await thread(hub)
  const page = samplesOf(await pageWith(hub, everybody(2)))
  const at = (quantile: number) =>
    page.get(`batchflow_response_time_seconds{database="test",operation="set",quantile="${quantile}"}`)
  expect(at(0.5)).toBeGreaterThan(0.04)
  expect(at(0.5)).toBeLessThan(0.06)
  expect(at(0.99)).toBeGreaterThan(0.08)
  expect(at(0.99)).toBeLessThan(0.12)
})

test('ratios are computed from the sums, and rates added', async () => {
  const hub = hubOf()
  await thread(hub)
  await thread(hub)
  const page = await pageWith(hub, (text) => everybody(2)(text) && text.includes('integrity_rate{'))
  const samples = samplesOf(page)
  expect(samples.get(`batchflow_data_integrity_rate{${flow}}`)).toBe(1)
  expect(samples.get(`batchflow_error_rate{${flow}}`)).toBe(0)
  const queued = samples.get(`batchflow_pipeline_queue_length{${flow}}`) ?? NaN
  expect(samples.get(`batchflow_buffer_utilization{${flow}}`)).toBeCloseTo(queued / 1_000)
})

test('a family is there once, whoever has it, and the resident set of threads is that of their process', async () => {
  const hub = hubOf()
  await thread(hub)
  const page = await pageWith(hub, everybody(1))
  expect(parsePage(page).get('own_total')?.samples).toBe(1)
  expect(samplesOf(page).get('process_resident_memory_bytes')).toBeLessThan(1.5 * process.memoryUsage().rss)
})

test('the ledger balances at every scrape while two threads and a process are at work', async () => {
  const hub = hubOf()
  await thread(hub)
  await thread(hub)
  const child = fork(fileOf('./load-worker.mjs'))
  ends.push(() => void child.kill())
  hub.add(child)
  await pageWith(hub, everybody(3))
  const submitted = []
  for (let scrape = 0; scrape < 20; scrape++) {
    const page = await hub.metrics()
    expect(imbalance(page)).toBe(0)
    submitted.push(sumOf(page, 'batchflow_rows_submitted_total'))
  }
  expect(submitted).toEqual(submitted.toSorted((a, b) => a - b))
  expect(submitted.at(-1)).toBeGreaterThan(submitted[0] ?? 0)
})

test('when a worker has ended its gauges are gone, and all that it counted is there', async () => {
  const hub = hubOf()
  const worker = await thread(hub)
  await pageWith(hub, everybody(1))
  const told = once(worker, 'message')
  const ended = once(worker, 'exit')
  worker.postMessage('end')
  const [{ submitted }] = (await told) as [{ readonly submitted: number }]
  await ended
  const page = await pageWith(hub, (text) => !text.includes('batchflow_rows_pending{'))
  expect(sumOf(page, 'batchflow_rows_submitted_total')).toBe(submitted)
  expect(sumOf(page, 'batchflow_rows_settled_total')).toBe(submitted)
  expect(page).not.toContain('own_limit')
})

test('a worker that does not answer is shown as of its last answer, and counted', async () => {
  const hub = hubOf({ timeoutMs: 50 })
  const worker = await thread(hub, 'silent-worker.mjs')
  const bytes = 'batchflow_bytes_written_total{database="test",instance_id="silent",test_name="silent"}'
  await pageWith(hub, (page) => page.includes(bytes))
  const before = sumOf(await hub.metrics(), 'batchflow_metrics_collect_errors_total')
  worker.postMessage('block')
  await once(worker, 'message')
  const page = samplesOf(await hub.metrics())
  expect(page.get(bytes)).toBe(5)
  expect(page.get('batchflow_metrics_collect_errors_total')).toBe(before + 1)
})

test('a worker that publishes nothing keeps no page waiting', async () => {
  const hub = hubOf({ timeoutMs: 60_000 })
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
  ends.push(async () => await worker.terminate())
  hub.add(worker)
  expect(await hub.metrics()).toContain('batchflow_metrics_series')
})

test('a page that waits for a worker does not wait for one that has ended', async () => {
  const hub = hubOf({ timeoutMs: 60_000 })
  const worker = await thread(hub, 'silent-worker.mjs')
  await pageWith(hub, (page) => page.includes('instance_id="silent"'))
  worker.postMessage('block')
  await once(worker, 'message')
  const page = hub.metrics()
  // better-sqlite3 is not loaded in it, so it may be terminated.
  await worker.terminate()
  expect(sumOf(await page, 'batchflow_bytes_written_total')).toBe(5)
})

test('workers of a cluster are joined too', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fileOf('./cluster-primary.mjs')], {
    maxBuffer: 2 ** 25,
  })
  const { during, after } = JSON.parse(stdout) as { readonly during: string; readonly after: string }
  expect(samplesOf(during).get(`batchflow_executor_concurrency{${flow}}`)).toBe(4)
  expect(imbalance(during)).toBe(0)
  expect(sumOf(after, 'batchflow_rows_submitted_total')).toBeGreaterThanOrEqual(
    sumOf(during, 'batchflow_rows_submitted_total'),
  )
  expect(imbalance(after)).toBe(0)
})

test('the hub serves its pages as a reporter does, OpenMetrics too', async () => {
  const hub = hubOf()
  await thread(hub)
  await pageWith(hub, everybody(1))
  const server = await hub.listen({ port: 0 })
  ends.push(async () => await server.close())
  expect(await (await fetch(`${server.url}/metrics?profile=modern`)).text()).toContain(
    'own_total{by="worker"} 2',
  )
  const open = await (await fetch(`${server.url}/openmetrics`)).text()
  expect(open).toContain('# TYPE own counter\nown_total{by="worker"} 2')
  expect(open.endsWith('# EOF\n')).toBe(true)
})

test.each([
  [{}, {}, 'reporter must be made by createPrometheusReporter, got an object'],
  [undefined, { timeoutMs: 0 }, 'timeoutMs must be a number of milliseconds from 1 to 60000, got 0'],
  [undefined, { timeout: 5 }, 'timeout is not an option'],
])('of the reporter %j and the options %j it is said: %s', (given, options, message) => {
  const reporter = createPrometheusReporter({ runtime: false })
  ends.push(() => reporter[Symbol.dispose]())
  expect(() => createMetricsHub((given ?? reporter) as never, options as never)).toThrow(message)
})

test('a process that nobody has forked has nobody to tell', async () => {
  const program = `
    import { createPrometheusReporter, publishMetrics } from '@batchflow/prometheus'
    try {
      publishMetrics(createPrometheusReporter())
    } catch (error) {
      console.log(error.code, error.message)
    }`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileOf('.'),
  })
  expect(stdout.trim()).toBe(
    'BATCHFLOW_INVALID_OPTION publishMetrics must be called in a worker thread or a forked process, got neither',
  )
})

test('what is no worker is refused', () => {
  expect(() => hubOf().add({} as never)).toThrow(
    'worker must be a Worker of worker_threads, cluster or child_process, got an object',
  )
})

function versionText(): string {
  const [major, minor, patch] = process.versions.node.split('.')
  return `version="${process.version}",major="${major}",minor="${minor}",patch="${patch}"`
}
