import { reasons } from '@batchflow/core'
import type { CatalogueMetric } from '../metric.ts'
import { flowAliases, flowLabels } from './shapes.ts'

export const rowsSubmittedTotal: CatalogueMetric = {
  name: 'batchflow_rows_submitted_total',
  layer: 'addition',
  type: 'counter',
  unit: 'rows',
  help: 'Rows accepted by submit().',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const rowsSettledTotal: CatalogueMetric = {
  name: 'batchflow_rows_settled_total',
  layer: 'addition',
  type: 'counter',
  unit: 'rows',
  help: 'Rows settled, by outcome: the right-hand side of the row ledger. submitted = sum over outcomes + pending, at every scrape.',
  labels: [...flowLabels, 'outcome'],
  labelAliases: flowAliases,
  labelValues: { outcome: ['written', 'coalesced', 'dead_lettered', 'dropped', 'returned'] },
}

export const rowsPending: CatalogueMetric = {
  name: 'batchflow_rows_pending',
  layer: 'addition',
  type: 'gauge',
  unit: 'rows',
  help: 'Rows accepted and not yet settled: buffered, in flight and retrying.',
  labels: flowLabels,
  labelAliases: flowAliases,
}

export const rowsDeadLetteredTotal: CatalogueMetric = {
  name: 'batchflow_rows_dead_lettered_total',
  layer: 'addition',
  type: 'counter',
  unit: 'rows',
  help: 'Rows handed to the dead-letter sink.',
  labels: [...flowLabels, 'reason'],
  labelAliases: flowAliases,
  labelValues: { reason: reasons },
}

export const rowsDroppedTotal: CatalogueMetric = {
  name: 'batchflow_rows_dropped_total',
  layer: 'addition',
  type: 'counter',
  unit: 'rows',
  help: 'Rows dropped on purpose (queue full, shutdown deadline, TTL).',
  labels: [...flowLabels, 'reason'],
  labelAliases: flowAliases,
  labelValues: { reason: ['queue_full', 'shutdown', 'expired'] },
}

export const recordsProcessedTotal: CatalogueMetric = {
  name: 'batchflow_records_processed_total',
  layer: 'canonical',
  type: 'counter',
  unit: 'rows',
  help: 'Rows finished, by outcome.',
  labels: [...flowLabels, 'status'],
  labelAliases: flowAliases,
  labelValues: { status: ['processed', 'failed'] },
}

export const rowCommitLatencySeconds: CatalogueMetric = {
  name: 'batchflow_row_commit_latency_seconds',
  layer: 'addition',
  type: 'histogram',
  unit: 'seconds',
  help: 'Time from acceptance of a row until it is committed; recorded per chunk with a count.',
  labels: flowLabels,
  labelAliases: flowAliases,
  buckets: [
    0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384,
    32.768, 65.536,
  ],
}
