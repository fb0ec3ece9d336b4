import type { CatalogueMetric } from '../metric.ts'

/** What the guides name as a mistake of the past: known, so that nobody adds it again, and never exported. */
export const rejected: readonly CatalogueMetric[] = [
  {
    name: 'batchflow_records_per_second',
    layer: 'rejected',
    type: 'histogram',
    unit: 'rows/s',
    help: 'REMOVED upstream: RPS samples in a histogram.',
    labels: ['database', 'test_name'],
    buckets: [1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 512000, 1024000, 2048000],
  },
]
