import { reasons } from '@batchflow/core'
import type { CatalogueMetric } from '../metric.ts'
import { argumentBuckets, flowAliases, flowLabels, rowBuckets } from './shapes.ts'

export const sqlErrorsTotal: CatalogueMetric = {
  name: 'batchflow_sql_errors_total',
  layer: 'canonical',
  type: 'counter',
  unit: 'errors',
  help: 'SQL validate/generate/execute errors.',
  labels: [...flowLabels, 'stage', 'reason', 'table'],
  labelAliases: flowAliases,
  labelValues: { stage: ['validate', 'generate', 'execute', 'retry', 'final'], reason: reasons },
  optIn: true,
}

export const operationErrorsTotal: CatalogueMetric = {
  name: 'batchflow_operation_errors_total',
  layer: 'canonical',
  type: 'counter',
  unit: 'errors',
  help: 'Backend-neutral operation errors by stage and reason.',
  labels: [...flowLabels, 'backend', 'stage', 'reason', 'table'],
  labelAliases: flowAliases,
  labelValues: { backend: ['sql', 'redis', 'custom'], reason: reasons },
  optIn: true,
}

export const operationGeneratedItems: CatalogueMetric = {
  name: 'batchflow_operation_generated_items',
  layer: 'canonical',
  type: 'histogram',
  unit: 'items',
  help: 'Items before (input) and after (output) operation generation.',
  labels: [...flowLabels, 'backend', 'operation', 'kind', 'table'],
  labelAliases: flowAliases,
  labelValues: { kind: ['input', 'output'], operation: ['insert', 'upsert', 'command', 'custom'] },
  buckets: rowBuckets,
  optIn: true,
}

export const operationGeneratedArgs: CatalogueMetric = {
  name: 'batchflow_operation_generated_args',
  layer: 'canonical',
  type: 'histogram',
  unit: 'args',
  help: 'Driver arguments (or commands) generated per batch.',
  labels: [...flowLabels, 'backend', 'operation', 'table'],
  labelAliases: flowAliases,
  buckets: argumentBuckets,
  optIn: true,
}

export const sqlGeneratedRows: CatalogueMetric = {
  name: 'batchflow_sql_generated_rows',
  layer: 'canonical',
  type: 'histogram',
  unit: 'rows',
  help: 'Rows before/after SQL generation (conflict-key dedup).',
  labels: [...flowLabels, 'kind', 'table'],
  labelAliases: flowAliases,
  labelValues: { kind: ['input', 'output'] },
  buckets: rowBuckets,
  optIn: true,
}

export const sqlGeneratedArgs: CatalogueMetric = {
  name: 'batchflow_sql_generated_args',
  layer: 'canonical',
  type: 'histogram',
  unit: 'args',
  help: 'SQL bind arguments per batch.',
  labels: [...flowLabels, 'table'],
  labelAliases: flowAliases,
  buckets: argumentBuckets,
  optIn: true,
}

export const sqlDeduplicatedRowsTotal: CatalogueMetric = {
  name: 'batchflow_sql_deduplicated_rows_total',
  layer: 'canonical',
  type: 'counter',
  unit: 'rows',
  help: 'Rows removed or merged by conflict-key dedup inside a batch.',
  labels: [...flowLabels, 'strategy', 'kind', 'table'],
  labelAliases: flowAliases,
  labelValues: { strategy: ['ignore', 'replace', 'update'], kind: ['deduplicated', 'merged'] },
  optIn: true,
}
