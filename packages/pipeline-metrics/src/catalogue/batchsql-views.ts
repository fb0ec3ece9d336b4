import type { CatalogueMetric } from '../metric.ts'
import { coarseLatencyBuckets, errorTypes, rowBuckets } from './shapes.ts'

export const batchsqlBatchExecutionDurationSeconds: CatalogueMetric = {
  name: 'batchsql_batch_execution_duration_seconds',
  layer: 'batchsql-view',
  type: 'histogram',
  unit: 'seconds',
  help: 'Batch execution time.',
  labels: ['database', 'table', 'status', 'test_case'],
  labelValues: { status: ['success', 'fail'] },
  buckets: coarseLatencyBuckets,
  viewOf: 'batchflow_execute_duration_seconds',
}

export const batchsqlBatchExecutionTotal: CatalogueMetric = {
  name: 'batchsql_batch_execution_total',
  layer: 'batchsql-view',
  type: 'counter',
  unit: 'batches',
  help: 'Batch executions.',
  labels: ['database', 'table', 'status', 'test_case'],
  labelValues: { status: ['success', 'fail'] },
  viewOf: 'batchflow_batches_total',
}

export const batchsqlBatchSize: CatalogueMetric = {
  name: 'batchsql_batch_size',
  layer: 'batchsql-view',
  type: 'histogram',
  unit: 'rows',
  help: 'Batch size.',
  labels: ['database', 'table', 'test_case'],
  buckets: rowBuckets,
  viewOf: 'batchflow_batch_size',
}

export const batchsqlRecordsProcessedTotal: CatalogueMetric = {
  name: 'batchsql_records_processed_total',
  layer: 'batchsql-view',
  type: 'counter',
  unit: 'rows',
  help: 'Rows processed.',
  labels: ['database', 'table', 'test_case'],
  viewOf: 'batchflow_records_processed_total',
}

export const batchsqlMemoryUsageMb: CatalogueMetric = {
  name: 'batchsql_memory_usage_mb',
  layer: 'batchsql-view',
  type: 'gauge',
  unit: 'MiB',
  help: 'Memory in MiB.',
  labels: ['database', 'test_case', 'type'],
  labelValues: { type: ['alloc', 'total_alloc', 'sys', 'current'] },
}

export const batchsqlGcCount: CatalogueMetric = {
  name: 'batchsql_gc_count',
  layer: 'batchsql-view',
  type: 'gauge',
  unit: 'collections',
  help: 'GC runs.',
  labels: ['database', 'test_case'],
}

export const batchsqlErrorsTotal: CatalogueMetric = {
  name: 'batchsql_errors_total',
  layer: 'batchsql-view',
  type: 'counter',
  unit: 'errors',
  help: 'Errors.',
  labels: ['database', 'test_case', 'error_type'],
  labelValues: { error_type: errorTypes },
  viewOf: 'batchflow_errors_total',
}
