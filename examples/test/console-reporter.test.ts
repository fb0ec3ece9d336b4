import { createBatchFlow } from '@batchflow/core'
import { flowMetrics } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import { consoleReporter } from '../src/console-reporter.ts'

const driver = { name: 'memory', capabilities: {}, write: async () => {}, classify: () => undefined }

test('it prints what a flow has counted, and only what has changed', async () => {
  const reports: string[] = []
  const metrics = consoleReporter({ print: (report) => reports.push(report) })
  const flow = createBatchFlow({ driver, onDeadLetter: () => {}, observers: [flowMetrics(metrics)] })
  for (let id = 0; id < 10; id++) await flow.submit({ name: 'rows' }, { id })
  await flow.close()
  metrics[Symbol.dispose]()
  expect(reports).toHaveLength(1)
  expect(reports[0]).toContain('batchflow_rows_submitted_total{database=memory,instance_id=default} 10')
  expect(reports[0]).toContain('batchflow_batch_size_sum{database=memory,instance_id=default,table=rows} 10')
  metrics[Symbol.dispose]()
  expect(reports).toHaveLength(1)
})

test('it prints at intervals, gauges too', async () => {
  const reports: string[] = []
  let printed = () => {}
  const first = new Promise<void>((resolve) => (printed = resolve))
  using metrics = consoleReporter({
    intervalMs: 10,
    print: (report) => {
      reports.push(report)
      printed()
    },
  })
  const metric = { name: 'x', type: 'gauge', unit: 'x', help: 'x', labels: ['a', 'b'] } as const
  metrics.gauge(metric, { a: '1', b: '' }, () => 5)
  await first
  expect(reports[0]).toBe('x{a=1} 5')
})
