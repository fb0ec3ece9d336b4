import type { CatalogueMetric } from '../metric.ts'

/** The alert bridge. */
export const bridge: readonly CatalogueMetric[] = [
  {
    name: 'batchflow_bridge_notifications_total',
    layer: 'bridge',
    type: 'counter',
    unit: 'notifications',
    help: 'Alert notifications handled by the alert bridge, by target and outcome.',
    labels: ['target', 'outcome'],
    labelValues: { outcome: ['delivered', 'rate_limited', 'rejected', 'failed', 'digested'] },
  },
]
