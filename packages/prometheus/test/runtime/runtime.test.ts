import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { setTimeout as sleep } from 'node:timers/promises'
import { catalogue } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { parsePage } from '../support/parse-page.ts'
import { samplesOf, sumOf } from '../support/page.ts'
import { reporterOf } from '../support/reporter.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const ofRuntime = Object.values(catalogue).filter(({ name }) => /^(process|nodejs)_/.test(name))

test('the first page has every family of the process and of Node.js', async () => {
  const page = parsePage(await reporterOf({ runtime: 'auto' }).metrics({ profile: 'modern' }))
  expect(ofRuntime).toHaveLength(14)
  for (const { name } of ofRuntime) expect([name, page.get(name)?.samples ?? 0]).not.toEqual([name, 0])
})

test('the process is told in base units', async () => {
  const page = samplesOf(await reporterOf({ runtime: true }).metrics())
  const { rss, heapUsed } = process.memoryUsage()
  expect(page.get('process_start_time_seconds')).toBeCloseTo(Date.now() / 1000 - process.uptime(), 0)
  expect(page.get('process_resident_memory_bytes')).toBeGreaterThan(rss / 2)
  expect(page.get('nodejs_heap_size_used_bytes')).toBeGreaterThan(heapUsed / 4)
  expect(page.get('nodejs_heap_size_limit_bytes')).toBeGreaterThan(heapUsed)
  expect(page.get('process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(page.get('process_open_fds')).toBeGreaterThan(2)
  expect(page.get('process_max_fds')).toBeGreaterThan(page.get('process_open_fds') ?? 0)
  const [major, minor, patch] = process.versions.node.split('.')
  expect(
    page.get(
      `nodejs_version_info{version="${process.version}",major="${major}",minor="${minor}",patch="${patch}"}`,
    ),
  ).toBe(1)
})

test('every garbage collection counts, also those that are told of together', async () => {
  const reporter = reporterOf({ runtime: true })
  const majors = async () =>
    samplesOf(await reporter.metrics()).get('nodejs_gc_duration_seconds_count{kind="major"}') ?? 0
  // Collections of before are told of late.
  await sleep(20)
  const before = await majors()
  for (let run = 0; run < 10; run++) collectGarbage()
  for (let tries = 0; tries < 500 && (await majors()) < before + 10; tries++) await sleep(10)
  expect(await majors()).toBeGreaterThanOrEqual(before + 10)
  const sum = samplesOf(await reporter.metrics()).get('nodejs_gc_duration_seconds_sum{kind="major"}') ?? 0
  expect(sum).toBeGreaterThan(0)
  expect(sum).toBeLessThan(60)
})

test('a block of the event loop is in its delay, and idle time is not', async () => {
  const reporter = reporterOf({ runtime: true, sampleIntervalMs: 150 })
  await sleep(100)
  const until = performance.now() + 300
  while (performance.now() < until);
  const above = async () => {
    const page = samplesOf(await reporter.metrics())
    const count = (le: string) => page.get(`nodejs_eventloop_delay_seconds_bucket{le="${le}"}`) ?? 0
    return count('+Inf') - count('0.1')
  }
  for (let tries = 0; tries < 500 && (await above()) === 0; tries++) await sleep(10)
  expect(await above()).toBeGreaterThan(0)
  // The timer's own 20 ms would put every value above this bound.
  const idle = async () =>
    samplesOf(await reporter.metrics()).get('nodejs_eventloop_delay_seconds_bucket{le="0.01"}') ?? 0
  for (let tries = 0; tries < 500 && (await idle()) === 0; tries++) await sleep(10)
  expect(await idle()).toBeGreaterThan(0)
})

test('utilisation is a share', async () => {
  const reporter = reporterOf({ runtime: true, sampleIntervalMs: 10 })
  await sleep(50)
  const utilization = samplesOf(await reporter.metrics()).get('nodejs_eventloop_utilization_ratio') ?? -1
  expect(utilization).toBeGreaterThanOrEqual(0)
  expect(utilization).toBeLessThanOrEqual(1)
})

test('resources that are gone are told as none', async () => {
  const reporter = reporterOf({ runtime: true })
  const timer = setTimeout(() => {}, 60_000)
  const timeouts = async () =>
    samplesOf(await reporter.metrics()).get('nodejs_active_resources{type="Timeout"}')
  const during = (await timeouts()) ?? 0
  expect(during).toBeGreaterThan(0)
  clearTimeout(timer)
  expect(await timeouts()).toBeLessThan(during)
})

test("families that the user's registry has already stay his", async () => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  const reporter = reporterOf({ registry, runtime: 'auto' })
  const page = await reporter.metrics()
  const theirs = await registry.getSingleMetricAsString('nodejs_version_info')
  expect(page).toContain(theirs)
  // Of ours, the ones that prom-client does not have.
  const families = parsePage(page)
  expect(families.get('nodejs_eventloop_delay_seconds')?.type).toBe('histogram')
  expect(families.get('nodejs_heap_size_limit_bytes')?.samples).toBe(1)
  expect(families.get('process_resident_memory_bytes')?.samples).toBe(1)
})

test('runtime: true refuses a registry that has one of them', () => {
  const registry = new Registry()
  registry.registerMetric(new Gauge({ name: 'process_open_fds', help: 'Mine.', registers: [] }))
  expect(() => reporterOf({ registry, runtime: true })).toThrow(
    'registry must be without a metric of its own named process_open_fds, got one that has it',
  )
})

test('runtime: false measures nothing of the process', async () => {
  const page = await reporterOf({ runtime: false }).metrics()
  expect(page).not.toMatch(/^(process|nodejs)_/m)
})

test('after disposal of the last reporter nothing is counted any more, and the page is still there', async () => {
  const registry = new Registry()
  const [first, reporter] = [1, 2].map(() => reporterOf({ registry, runtime: true, sampleIntervalMs: 20 }))
  if (first === undefined || reporter === undefined) throw new Error('no reporters')
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  const idle = async () =>
    samplesOf(await reporter.metrics()).get('nodejs_eventloop_delay_seconds_count') ?? 0
  for (let tries = 0; tries < 500 && (await idle()) === 0; tries++) await sleep(10)
  expect(await idle()).toBeGreaterThan(0)
  reporter[Symbol.dispose]()
  await sleep(20)
  const before = sumOf(await reporter.metrics(), 'nodejs_gc_duration_seconds_count')
  for (let run = 0; run < 5; run++) collectGarbage()
  await sleep(50)
  expect(sumOf(await reporter.metrics(), 'nodejs_gc_duration_seconds_count')).toBe(before)

  // The next one puts it to use again.
  reporterOf({ registry, runtime: true })
  collectGarbage()
  const after = async () => sumOf(await reporter.metrics(), 'nodejs_gc_duration_seconds_count')
  for (let tries = 0; tries < 500 && (await after()) === before; tries++) await sleep(10)
  expect(await after()).toBeGreaterThan(before)
})
