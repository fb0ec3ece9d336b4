import type { CatalogueMetric } from '../metric.ts'
import { coarseLatencyBuckets } from './shapes.ts'

export const flushLatencySeconds: CatalogueMetric = {
  name: 'gopipeline_flush_latency_seconds',
  layer: 'pipeline',
  type: 'histogram',
  unit: 'seconds',
  help: 'Flush handler latency.',
  labels: ['result'],
  labelValues: { result: ['ok', 'fail'] },
  buckets: coarseLatencyBuckets,
  viewOf: 'batchflow_pipeline_process_duration_seconds',
}

export const batchSizeObserved: CatalogueMetric = {
  name: 'gopipeline_batch_size_observed',
  layer: 'pipeline',
  type: 'histogram',
  unit: 'items',
  help: 'Batch size.',
  labels: [],
  buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  viewOf: 'batchflow_pipeline_flush_size',
}

export const flushSuccessTotal: CatalogueMetric = {
  name: 'gopipeline_flush_success_total',
  layer: 'pipeline',
  type: 'counter',
  unit: 'events',
  help: 'Successful flushes.',
  labels: [],
}

export const flushFailureTotal: CatalogueMetric = {
  name: 'gopipeline_flush_failure_total',
  layer: 'pipeline',
  type: 'counter',
  unit: 'events',
  help: 'Failed flushes.',
  labels: [],
}

export const errorCountTotal: CatalogueMetric = {
  name: 'gopipeline_error_count_total',
  layer: 'pipeline',
  type: 'counter',
  unit: 'events',
  help: 'Errors returned by flush.',
  labels: [],
}

export const droppedErrorEstimateTotal: CatalogueMetric = {
  name: 'gopipeline_dropped_error_estimate_total',
  layer: 'pipeline',
  type: 'counter',
  unit: 'events',
  help: 'Errors dropped because the channel was full.',
  labels: [],
}

export const finalFlushTimeoutTotal: CatalogueMetric = {
  name: 'gopipeline_final_flush_timeout_total',
  layer: 'pipeline',
  type: 'counter',
  unit: 'events',
  help: 'Final flush timeouts.',
  labels: [],
}

export const drainFlushTotal: CatalogueMetric = {
  name: 'gopipeline_drain_flush_total',
  layer: 'pipeline',
  type: 'counter',
  unit: 'events',
  help: 'Drain flushes on cancel.',
  labels: [],
}

export const drainFlushTimeoutTotal: CatalogueMetric = {
  name: 'gopipeline_drain_flush_timeout_total',
  layer: 'pipeline',
  type: 'counter',
  unit: 'events',
  help: 'Drain flush timeouts.',
  labels: [],
}

export const errorChanSaturationRatio: CatalogueMetric = {
  name: 'gopipeline_error_chan_saturation_ratio',
  layer: 'pipeline',
  type: 'gauge',
  unit: 'ratio',
  help: 'Error channel length / capacity (README recommendation only).',
  labels: [],
  combine: 'max',
  aggregator: 'max',
}
