import type { CatalogueMetric } from '../metric.ts'
import { flowAliases, flowLabels, millisecondBuckets } from './shapes.ts'

export const recordsRateTotal: CatalogueMetric = {
  name: 'batchflow_records_rate_total',
  layer: 'guide-view',
  type: 'counter',
  unit: 'rows',
  help: 'Rows processed; same count as records_processed_total{status="processed"}, meant for rate().',
  labels: flowLabels,
  labelAliases: flowAliases,
  viewOf: 'batchflow_records_processed_total{status="processed"}',
}

export const currentRps: CatalogueMetric = {
  name: 'batchflow_current_rps',
  layer: 'guide-view',
  type: 'gauge',
  unit: 'rows/s',
  help: 'Rows per second over the last sampling window (default 5 s).',
  labels: flowLabels,
  labelAliases: flowAliases,
  viewOf: 'delta of batchflow_records_processed_total computed by an in-process sampler',
}

export const batchExecutionDurationMs: CatalogueMetric = {
  name: 'batchflow_batch_execution_duration_ms',
  layer: 'guide-view',
  type: 'histogram',
  unit: 'milliseconds',
  help: 'Batch execution time in milliseconds, retries and back-off included.',
  labels: [...flowLabels, 'table', 'status'],
  labelAliases: flowAliases,
  labelValues: { status: ['success', 'fail'] },
  buckets: millisecondBuckets,
  viewOf: 'batchflow_execute_duration_seconds (bounds and sum x 1000)',
}

export const dataIntegrityRate: CatalogueMetric = {
  name: 'batchflow_data_integrity_rate',
  layer: 'guide-view',
  type: 'gauge',
  unit: 'ratio',
  help: 'Share of settled rows that are in the database (0-1).',
  labels: flowLabels,
  labelAliases: flowAliases,
  aggregator: 'min',
}

export const errorRate: CatalogueMetric = {
  name: 'batchflow_error_rate',
  layer: 'guide-view',
  type: 'gauge',
  unit: 'ratio',
  help: 'Failed batches / all batches over the sampling window (0-1).',
  labels: flowLabels,
  labelAliases: flowAliases,
  viewOf: 'batches_total over the sampler window',
  aggregator: 'average',
}

export const batchSuccessTotal: CatalogueMetric = {
  name: 'batchflow_batch_success_total',
  layer: 'guide-view',
  type: 'counter',
  unit: 'batches',
  help: 'Batches that succeeded.',
  labels: [...flowLabels, 'table'],
  labelAliases: flowAliases,
  viewOf: 'batchflow_batches_total{status="success"}',
}

export const batchFailedTotal: CatalogueMetric = {
  name: 'batchflow_batch_failed_total',
  layer: 'guide-view',
  type: 'counter',
  unit: 'batches',
  help: 'Batches that finally failed.',
  labels: [...flowLabels, 'table'],
  labelAliases: flowAliases,
  viewOf: 'batchflow_batches_total{status="fail"}',
}

export const memoryUsageBytes: CatalogueMetric = {
  name: 'batchflow_memory_usage_bytes',
  layer: 'guide-view',
  type: 'gauge',
  unit: 'bytes',
  help: 'Memory used by the process (heap in use).',
  labels: flowLabels,
  labelAliases: flowAliases,
  viewOf: 'process.memoryUsage().heapUsed',
}

export const memoryUsageMb: CatalogueMetric = {
  name: 'batchflow_memory_usage_mb',
  layer: 'guide-view',
  type: 'gauge',
  unit: 'MiB',
  help: 'Memory in MiB: alloc = heapUsed, total_alloc = cumulative allocated bytes, sys = RSS.',
  labels: [...flowLabels, 'type'],
  labelAliases: flowAliases,
  labelValues: { type: ['alloc', 'total_alloc', 'sys'] },
  viewOf: 'process.memoryUsage()',
}

export const activeConnections: CatalogueMetric = {
  name: 'batchflow_active_connections',
  layer: 'guide-view',
  type: 'gauge',
  unit: 'connections',
  help: 'Database pool connections in use.',
  labels: ['database'],
  viewOf: 'pool stats',
}

export const maxConnections: CatalogueMetric = {
  name: 'max_connections',
  layer: 'guide-view',
  type: 'gauge',
  unit: 'connections',
  help: 'Pool/server connection limit, unprefixed because guide 000 divides by it.',
  labels: ['database'],
  aggregator: 'max',
}

export const bufferUtilization: CatalogueMetric = {
  name: 'batchflow_buffer_utilization',
  layer: 'guide-view',
  type: 'gauge',
  unit: 'ratio',
  help: 'Queue length / queue capacity (0-1).',
  labels: flowLabels,
  labelAliases: flowAliases,
  viewOf: 'batchflow_pipeline_queue_length / capacity',
  aggregator: 'max',
}

export const responseTimeSeconds: CatalogueMetric = {
  name: 'batchflow_response_time_seconds',
  layer: 'guide-view',
  type: 'summary',
  unit: 'seconds',
  help: 'Response time of batch operations, sliding 10-minute window.',
  labels: ['database', 'operation'],
  quantiles: [0.5, 0.9, 0.95, 0.99],
  aggregator: 'omit',
}
