import type { CatalogueMetric } from '../metric.ts'

export const batchsqlTestDurationSeconds: CatalogueMetric = {
  name: 'batchsql_test_duration_seconds',
  layer: 'batchsql-harness',
  type: 'gauge',
  unit: 'seconds',
  help: 'Load-test duration.',
  labels: ['database', 'test_case'],
  combine: 'max',
  aggregator: 'max',
}

export const batchsqlTestRecordsTotal: CatalogueMetric = {
  name: 'batchsql_test_records_total',
  layer: 'batchsql-harness',
  type: 'gauge',
  unit: 'rows',
  help: 'Rows in the load test.',
  labels: ['database', 'test_case', 'type'],
  labelValues: { type: ['submitted', 'actual'] },
  combine: 'max',
  aggregator: 'sum',
}

export const batchsqlTestRps: CatalogueMetric = {
  name: 'batchsql_test_rps',
  layer: 'batchsql-harness',
  type: 'gauge',
  unit: 'rows/s',
  help: 'Rows per second achieved.',
  labels: ['database', 'test_case'],
  combine: 'max',
  aggregator: 'sum',
}

export const batchsqlTestSuccess: CatalogueMetric = {
  name: 'batchsql_test_success',
  layer: 'batchsql-harness',
  type: 'gauge',
  unit: 'bool',
  help: '1 = test passed.',
  labels: ['database', 'test_case'],
  combine: 'max',
  aggregator: 'min',
}

export const batchsqlTestDataIntegrityRate: CatalogueMetric = {
  name: 'batchsql_test_data_integrity_rate',
  layer: 'batchsql-harness',
  type: 'gauge',
  unit: 'percent',
  help: 'Integrity in percent (0-100).',
  labels: ['database', 'test_case'],
  combine: 'max',
  aggregator: 'min',
}
