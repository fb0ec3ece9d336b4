import type { CatalogueMetric } from '../metric.ts'
import { coarseLatencyBuckets, flowAliases, flowLabels } from './shapes.ts'

export const testsRunTotal: CatalogueMetric = {
  name: 'batchflow_tests_run_total',
  layer: 'harness',
  type: 'counter',
  unit: 'tests',
  help: 'Load tests finished, by result.',
  labels: [...flowLabels, 'result'],
  labelAliases: flowAliases,
  labelValues: { result: ['success', 'failure'] },
}

export const testDurationSeconds: CatalogueMetric = {
  name: 'batchflow_test_duration_seconds',
  layer: 'harness',
  type: 'histogram',
  unit: 'seconds',
  help: 'Duration of load tests.',
  labels: flowLabels,
  labelAliases: flowAliases,
  buckets: [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2],
}

export const batchProcessDurationSeconds: CatalogueMetric = {
  name: 'batchflow_batch_process_duration_seconds',
  layer: 'harness',
  type: 'histogram',
  unit: 'seconds',
  help: 'Batch processing time by batch-size class.',
  labels: ['database', 'batch_size'],
  buckets: coarseLatencyBuckets,
}

export const concurrentWorkers: CatalogueMetric = {
  name: 'batchflow_concurrent_workers',
  layer: 'harness',
  type: 'gauge',
  unit: 'workers',
  help: 'Producer workers in the load test.',
  labels: flowLabels,
  labelAliases: flowAliases,
}
