import type { FlowObserver, FlowStats } from '@batchflow/core'
import {
  catalogue,
  type CatalogueMetric,
  createTestRecorder,
  flowMetrics,
  measurePool,
  type MetricsReporter,
  pipelineMetrics,
  streamMetrics,
} from '@batchflow/pipeline-metrics'
import { canonicalLabels } from '../../src/page/profile.ts'
import { FlowFixture } from './flow-fixture.ts'

const deadlock = { kind: 'transient', reason: 'deadlock' } as const

/** A table as `tableOf` makes it, for the opt-in details. */
const users = { name: 'users', columns: ['id', 'name'], conflict: { strategy: 'update' } }

/** A flow whose driver shows its connections. */
class PooledFixture extends FlowFixture {
  override stats(): FlowStats {
    return { ...super.stats(), pool: { inUse: 1, idle: 1, pending: 0, max: 4 } }
  }
}

const streamReading = {
  stream: 'orders',
  shards: [{ rows: 10, pending: 1, lag: 1, oldestIdleMs: 5 }],
  rowsSettled: 10,
  rowsSkipped: 1,
  redelivered: 1,
  claimed: 1,
  rowsDeadLettered: 1,
  deletedWhilePending: 1,
  rowsDeleted: 1,
  groupsMade: 1,
  dataGone: 1,
  shardsLost: 1,
  failures: 1,
}

/** Feeds every family that these packages feed: a flow, a pipeline, a pool, a stream and a load test, with rows that are written,
 * joined, retried and given up. */
export async function feedFlows(reporter: MetricsReporter): Promise<void> {
  const flow = new PooledFixture()
  flow.move({ submitted: 20, written: 15, coalesced: 2, deadLettered: 1 })
  tell(flow.open(flowMetrics(reporter, { instanceId: 'signup', targets: [users] })))
  tell(new FlowFixture().open(pipelineMetrics(reporter, { instanceId: 'uploads' })))
  await measurePool({ connect: async () => await Promise.resolve() }, reporter, {
    database: 'sqlite',
  }).connect()
  streamMetrics(reporter, { stats: () => streamReading })
  const recorder = createTestRecorder(reporter)
  recorder.setCurrentTestCase('load', 'sqlite')
  tell(new FlowFixture().open(recorder.observer()))
  recorder.recordTestResult({
    database: 'sqlite',
    success: true,
    durationMs: 1_000,
    submittedRows: 10,
    actualRows: 10,
  })
}

function tell(observer: FlowObserver): void {
  const target = 'users'
  observer.batchFlushed?.({ target, rows: 10, bytes: 100, trigger: 'size', waitMs: 1, enqueueMs: 1 })
  observer.batchPrepared?.({ target, inputRows: 10, outputRows: 8, durationMs: 1 })
  observer.attemptFailed?.({ target, rows: 10, attempt: 1, failure: deadlock, delayMs: 1, durationMs: 1 })
  observer.batchSettled?.({
    target,
    rows: 10,
    written: 7,
    failed: 1,
    coalesced: 2,
    attempts: 2,
    bytes: 100,
    durationMs: 3,
    commitLatenciesMs: { values: Float64Array.of(5), counts: Float64Array.of(7) },
    failure: deadlock,
  })
}

/** Layers of packages that come later, or of the user's own metrics. */
const ofOthers = ['app', 'runtime-view', 'bridge', 'extension']

/** Feeds the families that other packages feed, as they will. */
export function feedOthers(reporter: MetricsReporter): void {
  for (const metric of Object.values(catalogue)) {
    if (!ofOthers.includes(metric.layer)) continue
    const labels = Object.fromEntries(canonicalLabels(metric).map((name) => [name, valueOf(metric, name)]))
    if (metric.type === 'counter') reporter.counter(metric, labels).add(1)
    else if (metric.type === 'gauge') reporter.gauge(metric, labels, () => 1)
    else reporter.histogram(metric, labels).record(0.01)
  }
}

function valueOf({ labelValues = {} }: CatalogueMetric, name: string): string {
  return labelValues[name]?.[0] ?? 'x'
}
