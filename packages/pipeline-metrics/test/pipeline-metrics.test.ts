import { createPipeline, type Failure } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { catalogue } from '../src/catalogue.ts'
import { composeReporters } from '../src/compose-reporters.ts'
import { pipelineMetrics } from '../src/pipeline-metrics.ts'
import { FakeReporter } from './fake-reporter.ts'
import { FlowFixture, opened, settled } from './flow-fixture.ts'
import { refusal } from './refusal.ts'

const deadlock: Failure = { kind: 'transient', reason: 'deadlock' }
const flush = { target: 'items', rows: 7, bytes: 1, waitMs: 0, enqueueMs: 0 } as const

function setUp() {
  const reporter = new FakeReporter()
  const flow = new FlowFixture()
  const observer = opened(pipelineMetrics(reporter, { instanceId: 'uploads' }), flow)
  const value = (name: string) => reporter.value(`gopipeline_${name}`)
  return { reporter, flow, observer, value }
}

test('every family of the layer pipeline is there when the pipeline opens, at zero', () => {
  const { reporter } = setUp()
  const wanted = Object.values(catalogue).filter(({ layer }) => layer === 'pipeline')
  expect(wanted).toHaveLength(10)
  const keys = reporter.keys.map((key) => key.split('{', 1)[0])
  for (const { name } of wanted) expect(keys).toContain(name)
})

test('flushes count as ok or as fail, once each, with their sizes and times', () => {
  const { reporter, observer, value } = setUp()
  observer.batchFlushed?.({ ...flush, trigger: 'size' })
  observer.batchSettled?.(settled({ durationMs: 20 }))
  observer.batchSettled?.(settled({ durationMs: 30, written: 0, failed: 10, failure: deadlock }))
  expect(reporter.histograms.get('gopipeline_batch_size_observed')).toEqual([[7, 1]])
  expect(reporter.histograms.get('gopipeline_flush_latency_seconds{result="ok"}')).toEqual([[0.02, 1]])
  expect(reporter.histograms.get('gopipeline_flush_latency_seconds{result="fail"}')).toEqual([[0.03, 1]])
  expect([value('flush_success_total'), value('flush_failure_total')]).toEqual([1, 1])
})

test('errors are the failed attempts and the flushes given up', () => {
  const { observer, value } = setUp()
  const attempt = { target: 'items', rows: 7, attempt: 1, failure: deadlock, delayMs: 1, durationMs: 1 }
  observer.attemptFailed?.(attempt)
  observer.batchSettled?.(settled({ written: 0, failed: 10, failure: deadlock }))
  expect(value('error_count_total')).toBe(2)
})

test('flushes at the end are drains, and a close that hands items back is a time-out', () => {
  const { flow, observer, value } = setUp()
  observer.batchFlushed?.({ ...flush, trigger: 'close' })
  flow.ledger({ submitted: 7, returned: 7 })
  observer.flowClosed?.({ durationMs: 10, ledger: flow.current.ledger })
  expect(value('drain_flush_total')).toBe(1)
  expect(value('drain_flush_timeout_total')).toBe(1)
  expect(value('final_flush_timeout_total')).toBe(1)
  expect(value('error_chan_saturation_ratio')).toBeUndefined()
})

test('what flowMetrics feeds is fed too, under the name of the pipeline', () => {
  const { reporter, observer } = setUp()
  observer.batchPrepared?.({ target: 'items', inputRows: 1, outputRows: 1, durationMs: 1 })
  observer.batchSettled?.(settled({ target: 'items' }))
  const text = 'database="sqlite",instance_id="uploads",table="items",status="success"'
  expect(reporter.value(`batchflow_batches_total{${text}}`)).toBe(1)
})

test('options of tables are no options of a pipeline', () => {
  expect(refusal(() => pipelineMetrics(new FakeReporter(), { targets: [] } as never))).toBe(
    'targets is not an option',
  )
})

test('without reporters there is nothing to be told', () => {
  expect(pipelineMetrics(composeReporters())).toEqual({})
})

test('a bare pipeline feeds it, from its first item to its close', async () => {
  const reporter = new FakeReporter()
  const pipeline = createPipeline<number>({
    name: 'uploads',
    flush: async (items) =>
      await (items.includes(13) ? Promise.reject(new Error('unlucky')) : Promise.resolve()),
    onDeadLetter: () => {},
    flushSize: 10,
    observers: [pipelineMetrics(reporter, { instanceId: 'signup' })],
  })
  for (let item = 1; item <= 25; item++) await pipeline.submit(item)
  await pipeline.close()
  const text = 'database="uploads",instance_id="signup"'
  expect(reporter.value(`batchflow_rows_submitted_total{${text}}`)).toBe(25)
  expect(reporter.value(`batchflow_rows_settled_total{${text},outcome="written"}`)).toBe(24)
  expect(reporter.value(`batchflow_rows_settled_total{${text},outcome="dead_lettered"}`)).toBe(1)
  expect(reporter.value('gopipeline_flush_success_total')).toBe(2)
  expect(reporter.value('gopipeline_flush_failure_total')).toBe(1)
  expect(reporter.value('gopipeline_drain_flush_total')).toBe(1)
  expect(reporter.histograms.get('gopipeline_batch_size_observed')).toEqual([
    [10, 1],
    [10, 1],
    [5, 1],
  ])
})
