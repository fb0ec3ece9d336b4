import { setTimeout as delay } from 'node:timers/promises'
import { catalogue, createTestRecorder, type CatalogueMetric } from '@batchflow/pipeline-metrics'
import { createPrometheusReporter } from '@batchflow/prometheus'
import {
  lossyFlow,
  postgresFlow,
  redisFlow,
  slowFlow,
  sqliteFlow,
  stuckFlow,
  type LoadedFlow,
} from './flows.ts'

/** Load on databases with faults, and the page that tells of it. */
export interface Workload extends AsyncDisposable {
  /** `host:port` of the page. */
  readonly page: string
  /** What a database was left out for, if so. */
  readonly missing: readonly string[]
  /** Rows that were written, by test case. */
  written(): Readonly<Record<string, number>>
  /** Stops the page, as a process that ends does. */
  closePage(): Promise<void>
}

/** Starts the load. It goes on until it is disposed of. */
export async function startWorkload(urls: {
  readonly postgres: string
  readonly redis: string
}): Promise<Workload> {
  const metrics = createPrometheusReporter({ sampleIntervalMs: 1_000 })
  const page = await metrics.listen({ port: 0 })
  const recorder = createTestRecorder(metrics)
  const wiring = { metrics, recorder }
  const missing: string[] = []
  const flows: LoadedFlow[] = [sqliteFlow(wiring), lossyFlow(wiring)]
  for (const open of [() => postgresFlow(wiring, urls.postgres), () => redisFlow(wiring, urls.redis)])
    await open().then(
      (flow) => flows.push(flow),
      (error: unknown) => missing.push(String(error)),
    )
  const slow = slowFlow(wiring)
  const stuck = await stuckFlow(wiring)

  const stop = new AbortController()
  const running = [
    ...flows.map((flow) => produce(flow, 20, 40, stop.signal)),
    produce(slow, 50, 0, stop.signal),
    produce(slow, 50, 0, stop.signal),
    produce(stuck, 1, 0, stop.signal),
    report([...flows, slow], recorder, stop.signal),
    allocate(stop.signal),
    foldLabels(metrics, stop.signal),
  ]
  return {
    page: `127.0.0.1:${page.port}`,
    missing,
    written: () => Object.fromEntries([...flows, slow].map(({ testCase, written }) => [testCase, written()])),
    closePage: () => page.close(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(running)
      for (const flow of [...flows, slow, stuck]) await flow[Symbol.asyncDispose]()
      recorder[Symbol.dispose]()
      await page.close()
    },
  }
}

/** Submits rows again and again, so many and then a pause. */
async function produce(flow: LoadedFlow, rows: number, pauseMs: number, signal: AbortSignal): Promise<void> {
  for (let id = 1; !signal.aborted;) {
    for (let i = 0; i < rows; i++, id++) await flow.submit({ id, name: `row ${id}`, amount: id % 100 })
    await delay(pauseMs)
  }
}

/** What a load test reports: how it is doing each second, and a result every five. */
async function report(
  flows: readonly LoadedFlow[],
  recorder: ReturnType<typeof createTestRecorder>,
  signal: AbortSignal,
): Promise<void> {
  const before = new Map<LoadedFlow, number>()
  for (let second = 1; !signal.aborted; second++) {
    for (const flow of flows) {
      const { database, testCase } = flow
      const written = flow.written()
      const rowsPerSecond = written - (before.get(flow) ?? 0)
      before.set(flow, written)
      recorder.recordRealTimeMetrics({ database, testCase, rowsPerSecond, workers: 1 })
      if (second % 5 === 0)
        recorder.recordTestResult({
          database,
          testCase,
          // One of them fails now and then: dashboards show both.
          success: testCase !== 'archive',
          durationMs: 5_000,
          submittedRows: Math.max(written, 1),
          actualRows: written,
        })
    }
    await delay(1_000, undefined, { signal }).catch(() => {
      // Stopped while it waited: the loop looks at the signal.
    })
  }
}

/** Garbage, so that there is something to collect. */
async function allocate(signal: AbortSignal): Promise<void> {
  const kept: object[][] = []
  let turn = 0
  while (!signal.aborted) {
    kept[turn++ % 4] = Array.from({ length: 10_000 }, (_, i) => ({ i, text: `garbage ${i}` }))
    await delay(500)
  }
}

/** More label values than a family keeps, again and again: a rate needs a counter that grows. */
async function foldLabels(
  metrics: ReturnType<typeof createPrometheusReporter>,
  signal: AbortSignal,
): Promise<void> {
  const metric = catalogue['batchflow_bridge_notifications_total'] as CatalogueMetric
  for (let i = 0; !signal.aborted; i++) {
    metrics.counter(metric, { target: `target-${i}`, outcome: 'delivered' }).add(1)
    await delay(50)
  }
}
