import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPrometheusReporter } from '@batchflow/prometheus'
import { expect, test } from '@jest/globals'
import { loadTest } from '../src/load-test.ts'

test('a load test tells what it came to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'batchflow-example-'))
  using metrics = createPrometheusReporter({ runtime: false })
  try {
    expect(await loadTest(metrics, { path: join(folder, 'load.db'), rows: 5_000 })).toBe(true)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const page = await metrics.metrics({ profile: 'all' })
  const byCase = 'database="sqlite",test_case="insert"'
  expect(page).toContain(`batchsql_test_success{${byCase}} 1`)
  expect(page).toContain(`batchsql_test_data_integrity_rate{${byCase}} 100`)
  expect(page).toContain(`batchsql_test_records_total{${byCase},type="actual"} 5000`)
  expect(page).toMatch(
    /^batchflow_batch_process_duration_seconds_count\{database="sqlite",batch_size=".*"\} \d+$/m,
  )
  expect(page).toContain('batchflow_response_time_seconds_count{database="sqlite",operation="insert"}')
})
