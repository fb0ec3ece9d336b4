import type { FlowObserver, FlowStats } from '@batchflow/core'
import { flowMetrics, type MetricsReporter } from '@batchflow/pipeline-metrics'
import { createPrometheusReporter } from '@batchflow/prometheus'
import { Registry } from 'prom-client'
import type { Case, OpenCase } from './case.ts'
import { alone, side } from './core-side.ts'
import { promClientReporter } from './metrics-prom-client.ts'
import type { Side, SideBySide } from './side-by-side.ts'

const target = { name: 'rows' }

function stats(): FlowStats {
  return {
    state: 'open',
    bufferedRows: 0,
    bufferedBytes: 0,
    inFlightBatches: 0,
    retryingBatches: 0,
    waitingSubmits: 0,
    highWaterRows: 0,
    highWaterBytes: 0,
    pressure: 'normal',
    concurrency: 4,
    breaker: 'closed',
    oldestRowAgeMs: 0,
    busyMs: 0,
    observerErrors: 0,
    limits: {
      flushSize: 500,
      flushBytes: 2 ** 20,
      flushIntervalMs: 100,
      bufferSize: 10_000,
      bufferBytes: 2 ** 26,
      concurrencyLimit: 4,
    },
    pool: { inUse: 1, idle: 1, pending: 0, max: 4 },
    ledger: { submitted: 9, written: 9, coalesced: 0, deadLettered: 0, dropped: 0, returned: 0, pending: 0 },
  }
}

function opened(reporter: MetricsReporter, instanceId: string): FlowObserver {
  const observer = flowMetrics(reporter, { instanceId })
  observer.flowOpened?.({ driver: 'sink', stats })
  return observer
}

/** Everything that the engine tells of a batch that was written: rows are stamped in chunks of 64. */
function tellBatch(observer: FlowObserver, table: string, rows: number): void {
  const chunks = Math.ceil(rows / 64)
  observer.batchFlushed?.({
    target: table,
    rows,
    bytes: 100 * rows,
    trigger: 'size',
    waitMs: 1.5,
    enqueueMs: 0,
  })
  observer.batchPrepared?.({ target: table, inputRows: rows, outputRows: rows, durationMs: 0.01 })
  observer.batchSettled?.({
    target: table,
    rows,
    written: rows,
    failed: 0,
    coalesced: 0,
    attempts: 1,
    bytes: 100 * rows,
    durationMs: 3,
    commitLatenciesMs: {
      values: Float64Array.from({ length: chunks }, (_, chunk) => 3 + chunk / 10),
      counts: new Float64Array(chunks).fill(rows / chunks),
    },
  })
}

const recordBatches: Case = ({ rows, flushSize }) => {
  const observer = opened(createPrometheusReporter(), 'bench')
  for (let batch = 0; batch < rows; batch++) tellBatch(observer, 'users', flushSize)
  return Promise.resolve(rows)
}

/** Flows of five tables each until a page has as many series as asked for. */
async function fill({ reporter, page }: Scraped, series: number): Promise<void> {
  for (let flows = 0; seriesIn(await page()) < series; flows++) {
    const observer = opened(reporter, `flow-${flows}`)
    for (const table of ['a', 'b', 'c', 'd', 'e']) tellBatch(observer, table, 1)
  }
}

function seriesIn(page: string): number {
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
}

/** A reporter, and how its page is written. */
interface Scraped {
  readonly reporter: MetricsReporter
  readonly page: () => Promise<string>
}

/** Writes a page as often as there are rows, each in a turn of the event loop of its own, and encodes it as it is sent.
 * The series are there before the clock runs. */
function scrapes(series: number, create: () => Scraped): OpenCase {
  return {
    async open({ rows }) {
      const scraped = create()
      await fill(scraped, series)
      let pages = 0
      return {
        async run() {
          for (; pages < rows; pages++) {
            if (Buffer.from(await scraped.page()).length === 0) throw new Error('the page is empty')
            await new Promise((resolve) => setImmediate(resolve))
          }
        },
        arrived: () => pages,
        close: async () => {},
      }
    },
  }
}

function ours(series: number, profile: 'modern' | 'batchflow'): OpenCase {
  return scrapes(series, () => {
    const reporter = createPrometheusReporter({ profile, runtime: false })
    return { reporter, page: () => reporter.metrics() }
  })
}

function theirs(series: number): OpenCase {
  return scrapes(series, () => {
    const registry = new Registry()
    return { reporter: promClientReporter(registry), page: () => registry.metrics() }
  })
}

/** Its process metrics run in its turns only: they go with the last reporter of a registry, and come with the next. */
function recordedSide(flushSize: number): Side {
  const registry = new Registry()
  const reporter = createPrometheusReporter({ registry })
  const recorded = side(target, flushSize, [flowMetrics(reporter)])
  reporter[Symbol.dispose]()
  return { ...recorded, begin: () => createPrometheusReporter({ registry }) }
}

export const metricsCases: Readonly<Record<string, Case | OpenCase | SideBySide>> = {
  flow: alone(target, () => []),
  flowWithReporter: alone(target, () => [flowMetrics(createPrometheusReporter())]),
  flowRecorded: {
    sides: (flushSize) => ({
      ours: recordedSide(flushSize),
      theirs: side(target, flushSize, []),
    }),
  },
  recordBatches,
  scrape1000: ours(1_000, 'modern'),
  promClient1000: theirs(1_000),
  scrape10000: ours(10_000, 'modern'),
  promClient10000: theirs(10_000),
  default10000: ours(10_000, 'batchflow'),
}
