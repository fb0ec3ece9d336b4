import type { CatalogueMetric } from '../metric.ts'
import { errorTypes, flowAliases, flowLabels } from './shapes.ts'

export const inflightBatches: CatalogueMetric = {
  name: 'batchflow_inflight_batches',
  layer: 'canonical',
  type: 'gauge',
  unit: 'batches',
  help: 'Batches being executed now.',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const executorConcurrency: CatalogueMetric = {
  name: 'batchflow_executor_concurrency',
  layer: 'canonical',
  type: 'gauge',
  unit: 'batches',
  help: 'Configured executor concurrency limit; 0 means unlimited.',
  labels: flowLabels,
  labelAliases: flowAliases,
  aggregator: 'max',
}

export const executorBusySecondsTotal: CatalogueMetric = {
  name: 'batchflow_executor_busy_seconds_total',
  layer: 'addition',
  type: 'counter',
  unit: 'seconds',
  help: 'Batch execution time summed over slots; rate()/limit = utilization.',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const errorsTotal: CatalogueMetric = {
  name: 'batchflow_errors_total',
  layer: 'canonical',
  type: 'counter',
  unit: 'errors',
  help: 'Executor errors; retry:<reason> once per retried attempt, final:<reason> once per batch given up.',
  labels: [...flowLabels, 'table', 'error_type', 'type'],
  labelAliases: { ...flowAliases, type: 'error_type' },
  labelValues: { error_type: errorTypes },
}

export const retriesInflight: CatalogueMetric = {
  name: 'batchflow_retries_inflight',
  layer: 'addition',
  type: 'gauge',
  unit: 'batches',
  help: 'Batches sleeping in back-off now.',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const retryBackoffSecondsTotal: CatalogueMetric = {
  name: 'batchflow_retry_backoff_seconds_total',
  layer: 'addition',
  type: 'counter',
  unit: 'seconds',
  help: 'Time spent sleeping between attempts.',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const circuitBreakerState: CatalogueMetric = {
  name: 'batchflow_circuit_breaker_state',
  layer: 'addition',
  type: 'gauge',
  unit: 'state',
  help: '0 closed, 1 half-open, 2 open.',
  labels: flowLabels,
  labelAliases: flowAliases,
  combine: 'max',
  aggregator: 'max',
}
