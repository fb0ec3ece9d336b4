import { catalogue, flowMetrics } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import { reporterOf } from '../support/reporter.ts'
import { LabelGuard } from '../../src/store/label-guard.ts'
import { FlowFixture, settle } from '../support/flow-fixture.ts'
import { samplesOf, seriesOf } from '../support/page.ts'

test('100,000 table names end at the cap, and what was folded is counted', async () => {
  const reporter = reporterOf()
  const observer = new FlowFixture().open(flowMetrics(reporter))
  for (let i = 0; i < 100_000; i++) settle(observer, `table_${i}`)
  const page = await reporter.metrics()
  const samples = samplesOf(page)
  const sets = (name: string, per: number) => seriesOf(page, name).length / per
  expect(sets('batchflow_batches_total', 2)).toBe(51)
  expect(sets('batchflow_errors_total', 2)).toBe(51)
  expect(sets('batchflow_batch_size_count', 1)).toBe(21)
  expect(sets('batchflow_execute_duration_seconds_count', 2)).toBe(21)
  const text = 'database="sqlite",instance_id="default",test_name="default",table="__other__"'
  expect(samples.get(`batchflow_batches_total{${text},status="success"}`)).toBe(99_950)
  expect(samples.get(`batchflow_batch_size_count{${text}}`)).toBe(99_980)
  const dropped = (family: string) =>
    samples.get(`batchflow_metrics_dropped_labels_total{family="${family}"}`)
  expect(dropped('batchflow_batches_total')).toBe(99_950)
  expect(dropped('batchflow_batch_size')).toBe(99_980)
  expect(dropped('batchflow_errors_total')).toBe(0)
})

test('flows beyond the cap share one series, and the ledger of all of them balances', async () => {
  const reporter = reporterOf()
  for (let i = 0; i < 60; i++) {
    const flow = new FlowFixture()
    flow.move({ submitted: 10, written: 4 })
    flow.open(flowMetrics(reporter, { instanceId: `flow-${i}` }))
  }
  const page = await reporter.metrics()
  expect(seriesOf(page, 'batchflow_rows_submitted_total')).toHaveLength(51)
  const text = 'database="sqlite",instance_id="__other__",test_name="__other__"'
  expect(samplesOf(page).get(`batchflow_rows_submitted_total{${text}}`)).toBe(100)
  expect(samplesOf(page).get(`batchflow_rows_pending{${text}}`)).toBe(60)
})

test('a value that was admitted stays, and the other value takes no place', () => {
  const metric = catalogue['batchflow_batches_total']
  if (metric === undefined) throw new Error('no such metric')
  const guard = new LabelGuard(metric)
  for (let i = 0; i < 49; i++) guard.admit('table', `t${i}`)
  expect(guard.admit('table', '__other__')).toBe('__other__')
  expect(guard.admit('table', 'last')).toBe('last')
  expect(guard.admit('table', 'late')).toBe('__other__')
  expect(guard.admit('table', 't0')).toBe('t0')
})

test('values that the catalogue lists, and empty ones, take no place', () => {
  const metric = catalogue['batchflow_errors_total']
  if (metric === undefined) throw new Error('no such metric')
  const guard = new LabelGuard(metric)
  for (const value of metric.labelValues?.['error_type'] ?? [])
    expect(guard.admit('error_type', value)).toBe(value)
  for (let i = 0; i < 50; i++) expect(guard.admit('error_type', `own ${i}`)).toBe(`own ${i}`)
  expect(guard.admit('error_type', 'one more')).toBe('__other__')
  expect(guard.admit('error_type', '')).toBe('')
  expect(guard.admit('error_type', 'final:io')).toBe('final:io')
})
