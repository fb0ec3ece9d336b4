import { createPrometheusReporter } from '@batchflow/prometheus'
import { expect, test } from '@jest/globals'
import { uploadPipeline, type PageView } from '../src/upload-pipeline.ts'

test('views of one path become one, and the page tells of it under both names', async () => {
  using metrics = createPrometheusReporter({ runtime: false })
  const uploaded: PageView[] = []
  const pipeline = uploadPipeline(metrics, async (views) => void uploaded.push(...views))
  for (const path of ['/', '/about', '/', '/']) await pipeline.submit({ path, count: 1 })
  await pipeline.close()
  expect(uploaded).toEqual([
    { path: '/', count: 3 },
    { path: '/about', count: 1 },
  ])
  const page = await metrics.metrics({ profile: 'all' })
  const labels = 'database="uploads",instance_id="page-views",test_name="page-views"'
  expect(page).toContain(`batchflow_rows_settled_total{${labels},outcome="coalesced"} 2`)
  expect(page).toContain('gopipeline_flush_success_total 1')
})
