import type { CatalogueMetric } from '@batchflow/pipeline-metrics'
import { catalogueEntry } from './catalogue-entry.ts'

/** What the exporter says about itself. */
export const seriesMetric: CatalogueMetric = catalogueEntry('batchflow_metrics_series')
export const droppedLabelsMetric: CatalogueMetric = catalogueEntry('batchflow_metrics_dropped_labels_total')
export const collectErrorsMetric: CatalogueMetric = catalogueEntry('batchflow_metrics_collect_errors_total')
