import { reasons, type Failure } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { catalogue } from '../src/catalogue.ts'
import { flowMetrics } from '../src/flow-metrics.ts'
import { FakeReporter } from './fake-reporter.ts'
import { FlowFixture, opened, settled, statsOf } from './flow-fixture.ts'

const users = { name: 'users', columns: ['id', 'name'], conflict: { strategy: 'update' } }
const flowText = 'database="sqlite",instance_id="signup"'
const deadlock: Failure = { kind: 'transient', reason: 'deadlock' }

function setUp(options: { readonly stats?: FlowFixture['current'] } = {}) {
  const reporter = new FakeReporter()
  const flow = new FlowFixture()
  if (options.stats !== undefined) flow.current = options.stats
  const observer = opened(flowMetrics(reporter, { instanceId: 'signup', targets: [users] }), flow)
  const value = (name: string, more = '') => reporter.value(`batchflow_${name}{${flowText}${more}}`)
  const records = (name: string, more = '') =>
    reporter.histograms.get(`batchflow_${name}{${flowText}${more}}`)
  return { reporter, flow, observer, value, records }
}

/** Families of these layers that a flow has nothing to do with: the exporter's own, the process, the client's pool, streams. */
const notOfFlows = /^(nodejs_|batchflow_(metrics_|pool_acquire_|stream_))/

test('every canonical and additional family that concerns a flow is fed', () => {
  const { reporter, observer } = setUp({
    stats: statsOf({ pool: { inUse: 1, idle: 2, pending: 0, max: 4 } }),
  })
  observer.batchPrepared?.({ target: 'users', inputRows: 2, outputRows: 1, durationMs: 1 })
  observer.batchSettled?.(settled({ failed: 1, failure: deadlock }))
  const fed = new Set(reporter.keys.map((key) => key.split('{', 1)[0]))
  const wanted = Object.values(catalogue).filter(
    ({ layer, name }) => (layer === 'canonical' || layer === 'addition') && !notOfFlows.test(name),
  )
  const missing = wanted.map(({ name }) => name).filter((name) => !fed.has(name))
  expect(missing).toEqual([])
})

test('the database label is the driver, unless it is given', () => {
  const reporter = new FakeReporter()
  opened(flowMetrics(reporter), new FlowFixture())
  opened(flowMetrics(reporter, { database: 'orders' }), new FlowFixture())
  expect(reporter.value('batchflow_rows_pending{database="sqlite",instance_id="default"}')).toBe(0)
  expect(reporter.value('batchflow_rows_pending{database="orders",instance_id="default"}')).toBe(0)
})

test('a flush is recorded with its trigger, sizes and waits', () => {
  const { observer, value, records } = setUp()
  const flush = { target: 'users', rows: 100, bytes: 5_000, waitMs: 80, enqueueMs: 2 } as const
  observer.batchFlushed?.({ ...flush, trigger: 'size' })
  expect(records('enqueue_latency_seconds')).toEqual([[0.002, 100]])
  expect(value('submit_blocked_seconds_total')).toBeCloseTo(0.2)
  expect(records('pipeline_dequeue_latency_seconds')).toEqual([[0.08, 1]])
  expect(records('pipeline_flush_size')).toEqual([[100, 1]])
  expect(records('schema_groups_per_flush')).toEqual([[1, 1]])
  expect(value('flushes_total', ',trigger="size"')).toBe(1)
})

test.each([
  ['size', 'size'],
  ['bytes', 'bytes'],
  ['interval', 'interval'],
  ['capacity', 'capacity'],
  ['flush', 'manual'],
  ['close', 'close'],
] as const)('the trigger %s is exported as %s', (trigger, word) => {
  const { observer, value } = setUp()
  observer.batchFlushed?.({ target: 'users', rows: 1, bytes: 1, waitMs: 0, enqueueMs: 0, trigger })
  expect(value('flushes_total', `,trigger="${word}"`)).toBe(1)
})

test.each([
  ['full', 'queue_full'],
  ['overloaded', 'queue_full'],
  ['closed', 'batchflow_closed'],
  ['aborted', 'context_canceled'],
  ['invalid_row', 'invalid_row'],
  ['too_large', 'too_large'],
] as const)('a submit rejected as %s is exported as %s', (reason, word) => {
  const { observer, value } = setUp()
  observer.submitRejected?.({ target: 'users', reason })
  expect(value('submit_rejected_total', `,reason="${word}"`)).toBe(1)
})

test('a batch that is written counts as a success of its table', () => {
  const { observer, value, records } = setUp()
  const commitLatenciesMs = { values: Float64Array.of(4, 9), counts: Float64Array.of(64, 36) }
  observer.batchPrepared?.({ target: 'users', inputRows: 100, outputRows: 90, durationMs: 0.5 })
  observer.batchSettled?.(settled({ rows: 100, written: 90, coalesced: 10, attempts: 3, commitLatenciesMs }))
  expect(records('batch_assemble_duration_seconds')).toEqual([[0.0005, 1]])
  expect(records('execute_duration_seconds', ',table="users",status="success"')).toEqual([[0.02, 1]])
  expect(records('execute_duration_seconds', ',table="users",status="fail"')).toEqual([])
  expect(records('pipeline_process_duration_seconds', ',status="success"')).toEqual([[0.02, 1]])
  expect(value('batches_total', ',table="users",status="success"')).toBe(1)
  expect(records('batch_size', ',table="users"')).toEqual([[90, 1]])
  expect(records('batch_bytes')).toEqual([[1_000, 1]])
  expect(value('bytes_written_total')).toBe(1_000)
  expect(records('attempts_per_batch')).toEqual([[3, 1]])
  expect(records('row_commit_latency_seconds')).toEqual([
    [0.004, 64],
    [0.009, 36],
  ])
})

test('a batch with rows that failed counts as failed, once, with its reason', () => {
  const { observer, value, records } = setUp()
  const failure: Failure = { kind: 'poison', reason: 'constraint' }
  observer.batchSettled?.(settled({ rows: 10, written: 9, failed: 1, failure }))
  expect(value('batches_total', ',table="users",status="fail"')).toBe(1)
  expect(value('batches_total', ',table="users",status="success"')).toBe(0)
  expect(records('pipeline_process_duration_seconds', ',status="fail"')).toHaveLength(1)
  expect(value('errors_total', ',table="users",error_type="final:constraint"')).toBe(1)
  expect(value('bytes_written_total')).toBe(900)
})

test('a failed attempt counts as a retry and its pause as back-off', () => {
  const { observer, value } = setUp()
  const attempt = { target: 'users', rows: 10, failure: deadlock, durationMs: 5 }
  observer.attemptFailed?.({ ...attempt, attempt: 1, delayMs: 250 })
  observer.attemptFailed?.({ ...attempt, attempt: 2, delayMs: 500 })
  expect(value('errors_total', ',table="users",error_type="retry:deadlock"')).toBe(2)
  expect(value('retry_backoff_seconds_total')).toBe(0.75)
})

test('dead letters and drops are counted in rows, by reason', () => {
  const { observer, value } = setUp()
  observer.rowsDeadLettered?.({ target: 'users', rows: 3, failure: deadlock })
  observer.rowsDropped?.({ target: 'users', rows: 4, policy: 'dropOldest' })
  observer.rowsDropped?.({ target: 'users', rows: 5, policy: 'dropNewest' })
  observer.rowsDropped?.({ target: 'users', rows: 6, policy: 'shutdown' })
  expect(value('rows_dead_lettered_total', ',reason="deadlock"')).toBe(3)
  expect(value('rows_dropped_total', ',reason="queue_full"')).toBe(9)
  expect(value('rows_dropped_total', ',reason="shutdown"')).toBe(6)
})

test('closed label values are there at zero before anything happens', () => {
  const { value } = setUp()
  for (const reason of reasons) expect(value('rows_dead_lettered_total', `,reason="${reason}"`)).toBe(0)
  for (const [name, label] of [
    ['flushes_total', 'trigger'],
    ['submit_rejected_total', 'reason'],
    ['rows_dropped_total', 'reason'],
    ['pipeline_dropped_total', 'reason'],
    ['rows_settled_total', 'outcome'],
    ['records_processed_total', 'status'],
  ] as const) {
    const values = catalogue[`batchflow_${name}`]?.labelValues?.[label] ?? []
    expect(values.map((word) => value(name, `,${label}="${word}"`))).toEqual(values.map(() => 0))
  }
})

test('a table that is first seen gets its statuses and unknown errors at zero, and no other reason', () => {
  const { reporter, observer } = setUp()
  expect(reporter.keys.filter((key) => key.includes('table='))).toEqual([])
  observer.batchSettled?.(settled())
  const labels = reporter.keys
    .filter((key) => /^batchflow_(errors|batches)_total/.test(key))
    .map((key) => /(?:error_type|status)="(.*?)"/.exec(key)?.[1])
  expect(labels).toHaveLength(4)
  expect(labels).toEqual(expect.arrayContaining(['success', 'fail', 'retry:unknown', 'final:unknown']))
})

test('a table named like a property of every object is a table like others', () => {
  const { observer, value } = setUp()
  for (const target of ['__proto__', 'constructor']) observer.batchSettled?.(settled({ target }))
  expect(value('batches_total', ',table="__proto__",status="success"')).toBe(1)
  expect(value('batches_total', ',table="constructor",status="success"')).toBe(1)
})

test('instruments are bound once and not per batch', () => {
  const { reporter, observer } = setUp()
  observer.batchSettled?.(settled())
  const { bindings } = reporter
  observer.batchSettled?.(settled())
  observer.batchFlushed?.({ target: 'users', rows: 1, bytes: 1, waitMs: 0, enqueueMs: 0, trigger: 'size' })
  expect(reporter.bindings).toBe(bindings)
})

test('one reading of the flow serves everything that is read in a pass', async () => {
  const { reporter, flow } = setUp()
  await Promise.resolve()
  flow.reads = 0
  for (const read of reporter.readings.values()) read()
  expect(flow.reads).toBe(1)
  await Promise.resolve()
  flow.ledger({ submitted: 5, pending: 5 })
  expect(reporter.value(`batchflow_rows_pending{${flowText}}`)).toBe(5)
})

test('statistics are exported in base units', async () => {
  const { reporter, flow, value } = setUp()
  await Promise.resolve()
  flow.current = statsOf({
    bufferedRows: 1,
    bufferedBytes: 2,
    inFlightBatches: 3,
    retryingBatches: 4,
    waitingSubmits: 5,
    oldestRowAgeMs: 6_000,
    busyMs: 7_000,
    ledger: { submitted: 21, written: 1, coalesced: 2, deadLettered: 3, dropped: 4, returned: 5, pending: 6 },
  })
  expect(value('pipeline_queue_length')).toBe(1)
  expect(value('queue_bytes')).toBe(2)
  expect(value('inflight_batches')).toBe(3)
  expect(value('retries_inflight')).toBe(4)
  expect(value('submit_waiting')).toBe(5)
  expect(value('queue_oldest_age_seconds')).toBe(6)
  expect(value('executor_busy_seconds_total')).toBe(7)
  expect(value('executor_concurrency')).toBe(4)
  expect(value('queue_capacity_rows')).toBe(10_000)
  expect(value('flush_size_limit_rows')).toBe(500)
  expect(value('flush_interval_seconds')).toBe(0.1)
  expect(value('rows_submitted_total')).toBe(21)
  expect(value('records_processed_total', ',status="processed"')).toBe(3)
  expect(value('records_processed_total', ',status="failed"')).toBe(12)
  expect(reporter.keys.some((key) => key.startsWith('batchflow_pool_'))).toBe(false)
})

test.each([
  ['closed', 0],
  ['halfOpen', 1],
  ['open', 2],
] as const)('a circuit breaker that is %s is told as %i', (breaker, state) => {
  const { value } = setUp({ stats: statsOf({ breaker }) })
  expect(value('circuit_breaker_state')).toBe(state)
})

test('connections are exported where the driver shows a pool', () => {
  const { reporter } = setUp({ stats: statsOf({ pool: { inUse: 1, idle: 2, pending: 3, max: 4 } }) })
  const states = ['in_use', 'idle', 'pending', 'total'].map((state) =>
    reporter.value(`batchflow_pool_connections{database="sqlite",state="${state}"}`),
  )
  expect(states).toEqual([1, 2, 3, 3])
  expect(reporter.value('batchflow_pool_max_connections{database="sqlite"}')).toBe(4)
})

test('the last success is 0 until a row was committed', () => {
  const { observer, value } = setUp()
  observer.batchSettled?.(settled({ written: 0, failed: 10, failure: deadlock }))
  expect(value('last_success_timestamp_seconds')).toBe(0)
  const before = Date.now() / 1000
  observer.batchSettled?.(settled())
  expect(value('last_success_timestamp_seconds')).toBeGreaterThanOrEqual(before)
})

test('gauges vanish with the flow, counters keep what was counted up to the end', () => {
  const { reporter, flow, observer, value } = setUp()
  expect(value('rows_submitted_total')).toBe(0)
  // In the turn of that reading: an old one would leave these rows out.
  flow.ledger({ submitted: 9, written: 7, returned: 2 })
  observer.flowClosed?.({ durationMs: 1_500, ledger: flow.current.ledger })
  expect([...reporter.readings.keys()]).toEqual([`batchflow_shutdown_drain_seconds{${flowText}}`])
  expect(value('rows_submitted_total')).toBe(9)
  expect(value('rows_settled_total', ',outcome="returned"')).toBe(2)
  expect(value('shutdown_drain_seconds')).toBe(1.5)
})

test('a flow that takes over an identity keeps the last drain and registers it once', () => {
  const { reporter, flow, observer, value } = setUp()
  observer.flowClosed?.({ durationMs: 1_500, ledger: flow.current.ledger })
  const successor = opened(flowMetrics(reporter, { instanceId: 'signup' }), new FlowFixture())
  expect(value('shutdown_drain_seconds')).toBe(1.5)
  successor.flowClosed?.({ durationMs: 500, ledger: flow.current.ledger })
  expect(value('shutdown_drain_seconds')).toBe(0.5)
})

test('a flow whose opening the reporter refuses leaves no gauges behind', () => {
  const reporter = new FakeReporter()
  const observer = flowMetrics({
    counter: (metric, labels) => reporter.counter(metric, labels),
    histogram: (metric, labels) => reporter.histogram(metric, labels),
    gauge(metric, labels, read) {
      if (metric.name === 'batchflow_build_info') throw new Error('no room')
      return reporter.gauge(metric, labels, read)
    },
  })
  expect(() => opened(observer, new FlowFixture())).toThrow('no room')
  const text = 'database="sqlite",instance_id="default"'
  expect([...reporter.readings.keys()]).toEqual([`batchflow_shutdown_drain_seconds{${text}}`])
})

test('the last drain is 0 until a flow of the identity has drained', () => {
  const { value } = setUp()
  expect(value('shutdown_drain_seconds')).toBe(0)
})

test('what an attempt failed with is no label', () => {
  const { reporter, observer } = setUp()
  const attempt = { target: 'users', rows: 1, attempt: 1, failure: deadlock, delayMs: 0, durationMs: 1 }
  observer.attemptFailed?.({ ...attempt, cause: new Error('s3cret') })
  expect(reporter.keys.join()).not.toContain('s3cret')
})

test('the build is told with version, revision and Node', () => {
  const reporter = new FakeReporter()
  opened(flowMetrics(reporter, { revision: 'abc123' }), new FlowFixture())
  const info = reporter.keys.find((key) => key.startsWith('batchflow_build_info'))
  expect(info).toMatch(/version="\d+\.\d+\.\d+",revision="abc123",node_version="\d+\./)
})

test('tables beyond a thousand share one set of instruments', () => {
  const { reporter, observer, value } = setUp()
  for (let i = 0; i < 1_500; i++) observer.batchSettled?.(settled({ target: `table_${i}` }))
  const { bindings } = reporter
  for (let i = 0; i < 1_500; i++) observer.batchSettled?.(settled({ target: `table_${i}` }))
  expect(reporter.bindings).toBe(bindings)
  expect(value('batches_total', ',table="table_999",status="success"')).toBe(2)
  expect(value('batches_total', ',table="__other__",status="success"')).toBe(1_000)
})

test('labels of the user are on the series of the flow, and not on those of its pool', () => {
  const reporter = new FakeReporter(['tenant'])
  const flow = new FlowFixture()
  flow.current = statsOf({ pool: { inUse: 1, idle: 2, pending: 3, max: 4 } })
  opened(flowMetrics(reporter, { labels: { tenant: 'acme' } }), flow)
  const text = 'database="sqlite",instance_id="default",tenant="acme"'
  expect(reporter.value(`batchflow_rows_pending{${text}}`)).toBe(0)
  expect(reporter.value('batchflow_pool_max_connections{database="sqlite"}')).toBe(4)
})

test('the exemplar of a batch is with its durations and commit latencies', () => {
  const reporter = new FakeReporter()
  const batches: unknown[] = []
  const exemplar = (batch: { readonly target: string }) => {
    batches.push(batch.target)
    return { trace_id: 'abc' }
  }
  const observer = opened(flowMetrics(reporter, { exemplar }), new FlowFixture())
  observer.batchSettled?.(
    settled({ commitLatenciesMs: { values: Float64Array.of(4), counts: Float64Array.of(10) } }),
  )
  expect(batches).toEqual(['users'])
  expect(reporter.exemplars).toEqual([
    ['batchflow_execute_duration_seconds', { trace_id: 'abc' }],
    ['batchflow_pipeline_process_duration_seconds', { trace_id: 'abc' }],
    ['batchflow_row_commit_latency_seconds', { trace_id: 'abc' }],
  ])
})

test('an exemplar that throws costs nothing but itself', () => {
  const reporter = new FakeReporter()
  const exemplar = () => {
    throw new Error('no trace')
  }
  const observer = opened(flowMetrics(reporter, { exemplar }), new FlowFixture())
  expect(() => observer.batchSettled?.(settled())).toThrow('no trace')
  const text = 'database="sqlite",instance_id="default",table="users",status="success"'
  expect(reporter.value(`batchflow_batches_total{${text}}`)).toBe(1)
})

test('response times are told by operation, rows by table under the name of BatchSQL', () => {
  const { reporter, observer } = setUp()
  observer.batchSettled?.(settled({ written: 8, coalesced: 2 }))
  expect(
    reporter.histograms.get('batchflow_response_time_seconds{database="sqlite",operation="upsert"}'),
  ).toEqual([[0.02, 1]])
  const text = 'database="sqlite",table="users",test_case="signup"'
  expect(reporter.value(`batchsql_records_processed_total{${text}}`)).toBe(10)
})
