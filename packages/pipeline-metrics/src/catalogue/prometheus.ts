import type { CatalogueMetric } from '../metric.ts'

/** What Prometheus makes itself: for checking queries and rules, never exported. */
export const prometheus: readonly CatalogueMetric[] = [
  {
    name: 'up',
    layer: 'prometheus',
    type: 'gauge',
    unit: 'bool',
    help: 'Synthetic, produced by Prometheus.',
    labels: ['job', 'instance'],
  },
  {
    name: 'scrape_duration_seconds',
    layer: 'prometheus',
    type: 'gauge',
    unit: 'seconds',
    help: 'Produced by Prometheus per target.',
    labels: ['job', 'instance'],
  },
  {
    name: 'scrape_samples_scraped',
    layer: 'prometheus',
    type: 'gauge',
    unit: 'samples',
    help: 'Produced by Prometheus per target.',
    labels: ['job', 'instance'],
  },
  {
    name: 'scrape_series_added',
    layer: 'prometheus',
    type: 'gauge',
    unit: 'series',
    help: 'Produced by Prometheus per target.',
    labels: ['job', 'instance'],
  },
  {
    name: 'ALERTS',
    layer: 'prometheus',
    type: 'gauge',
    unit: 'bool',
    help: 'Produced by Prometheus for pending and firing alerts.',
    labels: ['alertname', 'alertstate', 'severity'],
  },
]
