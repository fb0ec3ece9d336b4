import type { CatalogueMetric } from '../metric.ts'
import { flowAliases, flowLabels, latencyBuckets, rowBuckets } from './shapes.ts'

export const flushesTotal: CatalogueMetric = {
  name: 'batchflow_flushes_total',
  layer: 'addition',
  type: 'counter',
  unit: 'flushes',
  help: 'Flushes by trigger.',
  labels: [...flowLabels, 'trigger'],
  labelAliases: flowAliases,
  labelValues: { trigger: ['size', 'bytes', 'interval', 'manual', 'close', 'capacity'] },
}

export const pipelineFlushSize: CatalogueMetric = {
  name: 'batchflow_pipeline_flush_size',
  layer: 'canonical',
  type: 'histogram',
  unit: 'rows',
  help: 'Requests received by one flush before it is split by schema.',
  labels: flowLabels,
  labelAliases: flowAliases,
  buckets: rowBuckets,
}

export const schemaGroupsPerFlush: CatalogueMetric = {
  name: 'batchflow_schema_groups_per_flush',
  layer: 'canonical',
  type: 'histogram',
  unit: 'groups',
  help: 'Schema groups produced by one flush.',
  labels: flowLabels,
  labelAliases: flowAliases,
  buckets: [1, 2, 4, 8, 16, 32, 64, 128],
}

export const pipelineProcessDurationSeconds: CatalogueMetric = {
  name: 'batchflow_pipeline_process_duration_seconds',
  layer: 'canonical',
  type: 'histogram',
  unit: 'seconds',
  help: 'Wall time of one whole flush (all schema groups).',
  labels: [...flowLabels, 'status'],
  labelAliases: flowAliases,
  labelValues: { status: ['success', 'fail'] },
  buckets: latencyBuckets,
}

export const flushSizeLimitRows: CatalogueMetric = {
  name: 'batchflow_flush_size_limit_rows',
  layer: 'addition',
  type: 'gauge',
  unit: 'rows',
  help: 'Flush size now in force (retune and adaptive change it).',
  labels: flowLabels,
  labelAliases: flowAliases,
  combine: 'max',
  aggregator: 'max',
}

export const flushIntervalSeconds: CatalogueMetric = {
  name: 'batchflow_flush_interval_seconds',
  layer: 'addition',
  type: 'gauge',
  unit: 'seconds',
  help: 'Flush interval now in force.',
  labels: flowLabels,
  labelAliases: flowAliases,
  combine: 'max',
  aggregator: 'max',
}

export const shutdownDrainSeconds: CatalogueMetric = {
  name: 'batchflow_shutdown_drain_seconds',
  layer: 'addition',
  type: 'gauge',
  unit: 'seconds',
  help: 'Duration of the last drain.',
  labels: flowLabels,
  labelAliases: flowAliases,
  combine: 'max',
  aggregator: 'max',
}
