import type { CatalogueMetric } from '../metric.ts'
import { flowAliases, flowLabels, latencyBuckets } from './shapes.ts'

export const pipelineQueueLength: CatalogueMetric = {
  name: 'batchflow_pipeline_queue_length',
  layer: 'canonical',
  type: 'gauge',
  unit: 'rows',
  help: 'Rows currently waiting in the queue.',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const queueCapacityRows: CatalogueMetric = {
  name: 'batchflow_queue_capacity_rows',
  layer: 'addition',
  type: 'gauge',
  unit: 'rows',
  help: 'Configured queue capacity.',
  labels: flowLabels,
  labelAliases: flowAliases,
  aggregator: 'max',
}

export const queueBytes: CatalogueMetric = {
  name: 'batchflow_queue_bytes',
  layer: 'addition',
  type: 'gauge',
  unit: 'bytes',
  help: 'Estimated bytes held by the queue.',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const queueOldestAgeSeconds: CatalogueMetric = {
  name: 'batchflow_queue_oldest_age_seconds',
  layer: 'addition',
  type: 'gauge',
  unit: 'seconds',
  help: 'Age of the oldest queued row (0 when empty).',
  labels: flowLabels,
  labelAliases: flowAliases,
  combine: 'max',
  aggregator: 'max',
}

export const pipelineDequeueLatencySeconds: CatalogueMetric = {
  name: 'batchflow_pipeline_dequeue_latency_seconds',
  layer: 'canonical',
  type: 'histogram',
  unit: 'seconds',
  help: 'Time a row waited in the queue between acceptance and the start of its flush.',
  labels: flowLabels,
  labelAliases: flowAliases,
  buckets: latencyBuckets,
}

export const pipelineDroppedTotal: CatalogueMetric = {
  name: 'batchflow_pipeline_dropped_total',
  layer: 'canonical',
  type: 'counter',
  unit: 'events',
  help: 'Pipeline events dropped (for example error channel full).',
  labels: [...flowLabels, 'reason'],
  labelAliases: flowAliases,
  labelValues: { reason: ['error_chan_full', 'queue_full', 'shutdown_timeout'] },
}
