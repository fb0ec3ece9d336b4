import type { CatalogueMetric } from '../metric.ts'

/** What the guides use to show how metrics of your own are added. */
export const extension: readonly CatalogueMetric[] = [
  {
    name: 'batchflow_custom_operations_total',
    layer: 'extension',
    type: 'counter',
    unit: 'operations',
    help: 'Custom operations (extension example).',
    labels: [],
  },
  {
    name: 'batchflow_custom_duration_seconds',
    layer: 'extension',
    type: 'histogram',
    unit: 'seconds',
    help: 'Duration of custom operations (extension example).',
    labels: [],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
]
