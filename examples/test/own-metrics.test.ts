import { catalogue } from '@batchflow/pipeline-metrics'
import { createPrometheusReporter } from '@batchflow/prometheus'
import { expect, test } from '@jest/globals'
import { ownMetrics } from '../src/own-metrics.ts'

test('metrics of the user are on the page of the flow, as the catalogue describes its examples', async () => {
  using metrics = createPrometheusReporter({ runtime: false })
  const own = ownMetrics(metrics)
  own.operations.inc(3)
  own.duration.observe(0.2)
  const page = await metrics.metrics()
  const examples = Object.values(catalogue).filter(({ layer }) => layer === 'extension')
  expect(examples).toHaveLength(2)
  for (const { name, help, type } of examples) {
    expect(page).toContain(`# HELP ${name} ${help}`)
    expect(page).toContain(`# TYPE ${name} ${type}`)
  }
  expect(page).toContain('batchflow_custom_operations_total 3')
  expect(page).toContain('batchflow_custom_duration_seconds_bucket{le="0.25"} 1')
})
