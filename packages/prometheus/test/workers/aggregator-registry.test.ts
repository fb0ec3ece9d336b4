import { flowMetrics } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import { AggregatorRegistry, Registry } from 'prom-client'
import { FlowFixture, settle } from '../support/flow-fixture.ts'
import { samplesOf, seriesOf } from '../support/page.ts'
import { reporterOf } from '../support/reporter.ts'

/** What a worker of prom-client's own cluster support sends. */
async function workerMetrics(rows: number) {
  const registry = new Registry()
  const reporter = reporterOf({ registry, runtime: true })
  const fixture = new FlowFixture()
  fixture.move({ submitted: rows, written: rows })
  settle(fixture.open(flowMetrics(reporter, { instanceId: 'signup' })), 'users', rows)
  await reporter.metrics()
  return await registry.getMetricsAsJSON()
}

const flow = 'database="sqlite",instance_id="signup",test_name="signup"'

test("prom-client's own aggregation sums what may be summed, and nothing else", async () => {
  const workers = [await workerMetrics(10), await workerMetrics(30)]
  const text = await AggregatorRegistry.aggregate(workers).metrics()
  const page = samplesOf(text)
  expect(page.get(`batchflow_rows_submitted_total{${flow}}`)).toBe(40)
  expect(page.get(`batchflow_batch_size_sum{${flow},table="users"}`)).toBe(40)
  expect(page.get(`batchflow_executor_concurrency{${flow}}`)).toBe(4)
  expect(page.get(`batchflow_queue_capacity_rows{${flow}}`)).toBe(10_000)
  expect(page.get(`batchflow_data_integrity_rate{${flow}}`)).toBe(1)
  expect(page.get('process_start_time_seconds')).toBeLessThan(Date.now() / 1000)
  expect(page.get('process_max_fds')).toBe(limitOf(workers[0] ?? []))
  // Quantiles cannot be combined from quantiles.
  expect(seriesOf(text, 'batchflow_response_time_seconds')).toEqual([])
})

function limitOf(metrics: readonly object[]): unknown {
  const found = metrics.find((metric) => Reflect.get(metric, 'name') === 'process_max_fds')
  const [value] = (found === undefined ? [] : Reflect.get(found, 'values')) as { readonly value: number }[]
  return value?.value
}
