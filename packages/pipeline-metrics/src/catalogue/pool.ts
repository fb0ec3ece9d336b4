import type { CatalogueMetric } from '../metric.ts'
import { latencyBuckets } from './shapes.ts'

export const poolConnections: CatalogueMetric = {
  name: 'batchflow_pool_connections',
  layer: 'addition',
  type: 'gauge',
  unit: 'connections',
  help: 'Pool connections by state.',
  labels: ['database', 'state'],
  labelValues: { state: ['in_use', 'idle', 'pending', 'total'] },
}

export const poolMaxConnections: CatalogueMetric = {
  name: 'batchflow_pool_max_connections',
  layer: 'addition',
  type: 'gauge',
  unit: 'connections',
  help: 'Pool limit.',
  labels: ['database'],
  aggregator: 'max',
}

export const poolAcquireDurationSeconds: CatalogueMetric = {
  name: 'batchflow_pool_acquire_duration_seconds',
  layer: 'addition',
  type: 'histogram',
  unit: 'seconds',
  help: 'Wait for a pool connection.',
  labels: ['database'],
  buckets: latencyBuckets,
}

export const poolAcquireTimeoutsTotal: CatalogueMetric = {
  name: 'batchflow_pool_acquire_timeouts_total',
  layer: 'addition',
  type: 'counter',
  unit: 'timeouts',
  help: 'Pool waits that timed out.',
  labels: ['database'],
}
