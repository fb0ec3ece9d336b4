import type { CatalogueMetric } from '../metric.ts'

export const buildInfo: CatalogueMetric = {
  name: 'batchflow_build_info',
  layer: 'addition',
  type: 'gauge',
  unit: 'info',
  help: 'Constant 1 with version, revision, node_version.',
  labels: ['version', 'revision', 'node_version'],
  combine: 'max',
  aggregator: 'max',
}

export const metricsSeries: CatalogueMetric = {
  name: 'batchflow_metrics_series',
  layer: 'addition',
  type: 'gauge',
  unit: 'series',
  help: 'Series currently exported (one unlabelled total; per family in profile all).',
  labels: [],
}

export const metricsDroppedLabelsTotal: CatalogueMetric = {
  name: 'batchflow_metrics_dropped_labels_total',
  layer: 'addition',
  type: 'counter',
  unit: 'observations',
  help: 'Observations folded into the overflow label.',
  labels: ['family'],
}

export const metricsCollectErrorsTotal: CatalogueMetric = {
  name: 'batchflow_metrics_collect_errors_total',
  layer: 'addition',
  type: 'counter',
  unit: 'errors',
  help: 'Collectors that failed during a scrape; the page is served all the same.',
  labels: [],
}
