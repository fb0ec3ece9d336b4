import type { CatalogueMetric } from '../metric.ts'

/** A family of the workers of a stream; summed over shards, workers and processes where nothing else is said. */
function family(metric: Omit<CatalogueMetric, 'layer' | 'labels'>): CatalogueMetric {
  return { ...metric, layer: 'addition', labels: ['stream'] }
}

export const streamShards: CatalogueMetric = family({
  name: 'batchflow_stream_shards',
  type: 'gauge',
  unit: 'shards',
  help: 'Shards of a stream that have a worker.',
})

export const streamWaitingRows: CatalogueMetric = family({
  name: 'batchflow_stream_waiting_rows',
  type: 'gauge',
  unit: 'rows',
  help: 'Rows in the stream that are not settled, read or not.',
})

export const streamPendingEntries: CatalogueMetric = family({
  name: 'batchflow_stream_pending_entries',
  type: 'gauge',
  unit: 'entries',
  help: 'Entries that were read and are not settled.',
})

export const streamLagEntries: CatalogueMetric = family({
  name: 'batchflow_stream_lag_entries',
  type: 'gauge',
  unit: 'entries',
  help: 'Entries that no worker has read.',
})

export const streamOldestPendingSeconds: CatalogueMetric = family({
  name: 'batchflow_stream_oldest_pending_seconds',
  type: 'gauge',
  unit: 'seconds',
  help: 'Time since the oldest pending entry was delivered (0 when none is).',
  combine: 'max',
  aggregator: 'max',
})

export const streamRowsSettledTotal: CatalogueMetric = family({
  name: 'batchflow_stream_rows_settled_total',
  type: 'counter',
  unit: 'rows',
  help: 'Rows that are over, written or set aside, and deleted from the stream.',
})

export const streamRowsSkippedTotal: CatalogueMetric = family({
  name: 'batchflow_stream_rows_skipped_total',
  type: 'counter',
  unit: 'rows',
  help: 'Rows delivered again that the ledger showed to be written.',
})

export const streamRedeliveredTotal: CatalogueMetric = family({
  name: 'batchflow_stream_redelivered_total',
  type: 'counter',
  unit: 'entries',
  help: 'Entries that had been delivered before.',
})

export const streamClaimedTotal: CatalogueMetric = family({
  name: 'batchflow_stream_claimed_total',
  type: 'counter',
  unit: 'entries',
  help: 'Pending entries taken over with a shard.',
})

export const streamDeadLetteredRowsTotal: CatalogueMetric = family({
  name: 'batchflow_stream_dead_lettered_rows_total',
  type: 'counter',
  unit: 'rows',
  help: 'Rows that went to the dead-letter stream.',
})

export const streamDeletedWhilePendingTotal: CatalogueMetric = family({
  name: 'batchflow_stream_deleted_while_pending_total',
  type: 'counter',
  unit: 'entries',
  help: 'Entries that somebody else deleted while they were pending: lost.',
})

export const streamRowsDeletedTotal: CatalogueMetric = family({
  name: 'batchflow_stream_rows_deleted_total',
  type: 'counter',
  unit: 'rows',
  help: 'Rows that somebody else deleted before they were written, counted when the shard is empty: lost.',
})

export const streamResetsTotal: CatalogueMetric = family({
  name: 'batchflow_stream_resets_total',
  type: 'counter',
  unit: 'resets',
  help: 'Times that a group, or all data of a shard, was gone and was made again.',
})

export const streamShardsLostTotal: CatalogueMetric = family({
  name: 'batchflow_stream_shards_lost_total',
  type: 'counter',
  unit: 'shards',
  help: 'Shards that a worker lost because it was too late to keep them.',
})

export const streamFailuresTotal: CatalogueMetric = family({
  name: 'batchflow_stream_failures_total',
  type: 'counter',
  unit: 'failures',
  help: 'Times that a worker could not ask Redis, or claim a shard in the database.',
})
