import { expect, test } from '@jest/globals'
import { rowsPending, rowsSubmittedTotal } from '../src/catalogue/rows.ts'
import { pipelineFlushSize } from '../src/catalogue/flushes.ts'
import { composeReporters } from '../src/compose-reporters.ts'
import { flowMetrics } from '../src/flow-metrics.ts'
import { FakeReporter } from './fake-reporter.ts'

const labels = { database: 'sqlite', instance_id: 'default' }
const text = 'database="sqlite",instance_id="default"'

test('every reporter gets what the composition gets', () => {
  const [a, b] = [new FakeReporter(), new FakeReporter()]
  const both = composeReporters(a, b)
  both.counter(rowsSubmittedTotal, labels).add(3)
  both.histogram(pipelineFlushSize, labels).record(5, 2)
  const registration = both.gauge(rowsPending, labels, () => 7)
  for (const reporter of [a, b]) {
    expect(reporter.counters.get(`batchflow_rows_submitted_total{${text}}`)).toBe(3)
    expect(reporter.histograms.get(`batchflow_pipeline_flush_size{${text}}`)).toEqual([[5, 2]])
    expect(reporter.value(`batchflow_rows_pending{${text}}`)).toBe(7)
  }
  registration[Symbol.dispose]()
  expect([a.readings.size, b.readings.size]).toEqual([0, 0])
})

test('one reporter is returned as it is', () => {
  const only = new FakeReporter()
  expect(composeReporters(only)).toBe(only)
  expect(composeReporters(composeReporters(), only)).toBe(only)
})

test('without reporters nothing is read, and an observer has nothing to be told', () => {
  const none = composeReporters()
  const read = () => {
    throw new Error('read')
  }
  none.gauge(rowsPending, labels, read)[Symbol.dispose]()
  none.counter(rowsSubmittedTotal, labels).add(1)
  none.histogram(pipelineFlushSize, labels).record(1)
  expect(flowMetrics(none)).toEqual({})
})
