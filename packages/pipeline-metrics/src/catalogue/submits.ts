import type { CatalogueMetric } from '../metric.ts'
import { fineLatencyBuckets, flowAliases, flowLabels } from './shapes.ts'

export const enqueueLatencySeconds: CatalogueMetric = {
  name: 'batchflow_enqueue_latency_seconds',
  layer: 'canonical',
  type: 'histogram',
  unit: 'seconds',
  help: 'Time from submit() being called until the row is accepted by the internal queue (includes backpressure wait).',
  labels: flowLabels,
  labelAliases: flowAliases,
  buckets: fineLatencyBuckets,
}

export const submitRejectedTotal: CatalogueMetric = {
  name: 'batchflow_submit_rejected_total',
  layer: 'canonical',
  type: 'counter',
  unit: 'rows',
  help: 'submit() calls rejected, by reason.',
  labels: [...flowLabels, 'reason'],
  labelAliases: flowAliases,
  labelValues: {
    reason: [
      'context_canceled',
      'context_deadline_exceeded',
      'batchflow_closed',
      'empty_request',
      'invalid_schema',
      'missing_column',
      'empty_schema_name',
      'queue_full',
      'invalid_row',
      'too_large',
    ],
  },
}

export const submitWaiting: CatalogueMetric = {
  name: 'batchflow_submit_waiting',
  layer: 'addition',
  type: 'gauge',
  unit: 'calls',
  help: 'submit() calls blocked on backpressure now.',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const submitBlockedSecondsTotal: CatalogueMetric = {
  name: 'batchflow_submit_blocked_seconds_total',
  layer: 'addition',
  type: 'counter',
  unit: 'seconds',
  help: 'Cumulative time submit() was blocked.',
  labels: flowLabels,
  labelAliases: flowAliases,
}
