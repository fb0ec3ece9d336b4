import type { CatalogueMetric } from '../metric.ts'
import { fineLatencyBuckets, flowAliases, flowLabels, latencyBuckets, rowBuckets } from './shapes.ts'

export const batchAssembleDurationSeconds: CatalogueMetric = {
  name: 'batchflow_batch_assemble_duration_seconds',
  layer: 'canonical',
  type: 'histogram',
  unit: 'seconds',
  help: 'Time to assemble one schema group into an executable batch.',
  labels: flowLabels,
  labelAliases: flowAliases,
  buckets: fineLatencyBuckets,
}

export const executeDurationSeconds: CatalogueMetric = {
  name: 'batchflow_execute_duration_seconds',
  layer: 'canonical',
  type: 'histogram',
  unit: 'seconds',
  help: 'Time to execute one batch, including every retry and back-off sleep.',
  labels: [...flowLabels, 'table', 'status'],
  labelAliases: flowAliases,
  labelValues: { status: ['success', 'fail'] },
  buckets: latencyBuckets,
}

export const batchSize: CatalogueMetric = {
  name: 'batchflow_batch_size',
  layer: 'canonical',
  type: 'histogram',
  unit: 'rows',
  help: 'Rows in one executed batch (one sample per schema group, not per flush).',
  labels: [...flowLabels, 'table'],
  labelAliases: flowAliases,
  buckets: rowBuckets,
}

export const batchBytes: CatalogueMetric = {
  name: 'batchflow_batch_bytes',
  layer: 'addition',
  type: 'histogram',
  unit: 'bytes',
  help: 'Estimated payload bytes per batch.',
  labels: flowLabels,
  labelAliases: flowAliases,
  buckets: [256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
}

export const bytesWrittenTotal: CatalogueMetric = {
  name: 'batchflow_bytes_written_total',
  layer: 'addition',
  type: 'counter',
  unit: 'bytes',
  help: 'Estimated payload bytes written.',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const batchesTotal: CatalogueMetric = {
  name: 'batchflow_batches_total',
  layer: 'canonical',
  type: 'counter',
  unit: 'batches',
  help: 'Batches finished, by final status.',
  labels: [...flowLabels, 'table', 'status'],
  labelAliases: flowAliases,
  labelValues: { status: ['success', 'fail'] },
  // Equal to it, and counted for itself: a counter may have more tables than a histogram.
  viewOf: 'batchflow_execute_duration_seconds_count',
}

export const attemptsPerBatch: CatalogueMetric = {
  name: 'batchflow_attempts_per_batch',
  layer: 'addition',
  type: 'histogram',
  unit: 'attempts',
  help: 'Attempts needed per batch.',
  labels: flowLabels,
  labelAliases: flowAliases,
  buckets: [1, 2, 3, 4, 5, 8],
}

export const lastSuccessTimestampSeconds: CatalogueMetric = {
  name: 'batchflow_last_success_timestamp_seconds',
  layer: 'addition',
  type: 'gauge',
  unit: 'seconds',
  help: 'Unix time of the last successful batch.',
  labels: flowLabels,
  labelAliases: flowAliases,
  combine: 'max',
  aggregator: 'max',
}
