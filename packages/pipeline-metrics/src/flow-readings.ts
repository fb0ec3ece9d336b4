import type { FlowStats } from '@batchflow/core'
import {
  circuitBreakerState,
  executorBusySecondsTotal,
  executorConcurrency,
  inflightBatches,
  retriesInflight,
} from './catalogue/executor.ts'
import { flushIntervalSeconds, flushSizeLimitRows } from './catalogue/flushes.ts'
import { poolConnections, poolMaxConnections } from './catalogue/pool.ts'
import {
  pipelineQueueLength,
  queueBytes,
  queueCapacityRows,
  queueOldestAgeSeconds,
} from './catalogue/queue.ts'
import { recordsProcessedTotal, rowsPending, rowsSettledTotal, rowsSubmittedTotal } from './catalogue/rows.ts'
import { submitWaiting } from './catalogue/submits.ts'
import type { FlowLabels } from './flow-labels.ts'
import type { Labels, Metric } from './metric.ts'
import type { Reading } from './register-all.ts'

const breakerStates: Readonly<Record<FlowStats['breaker'], number>> = { closed: 0, halfOpen: 1, open: 2 }

type StatsReading = readonly [metric: Metric, labels: Labels, read: (stats: FlowStats) => number]

/** What the engine counts anyway: read at collection, so it costs nothing while rows pass. The row ledger is among
 * these, and not counted a second time from events, because only one reading of it balances. */
const flowReadings: readonly StatsReading[] = [
  [rowsSubmittedTotal, {}, ({ ledger }) => ledger.submitted],
  [rowsSettledTotal, { outcome: 'written' }, ({ ledger }) => ledger.written],
  [rowsSettledTotal, { outcome: 'coalesced' }, ({ ledger }) => ledger.coalesced],
  [rowsSettledTotal, { outcome: 'dead_lettered' }, ({ ledger }) => ledger.deadLettered],
  [rowsSettledTotal, { outcome: 'dropped' }, ({ ledger }) => ledger.dropped],
  [rowsSettledTotal, { outcome: 'returned' }, ({ ledger }) => ledger.returned],
  [rowsPending, {}, ({ ledger }) => ledger.pending],
  [recordsProcessedTotal, { status: 'processed' }, ({ ledger }) => ledger.written + ledger.coalesced],
  [
    recordsProcessedTotal,
    { status: 'failed' },
    ({ ledger }) => ledger.deadLettered + ledger.dropped + ledger.returned,
  ],
  [pipelineQueueLength, {}, (stats) => stats.bufferedRows],
  [queueBytes, {}, (stats) => stats.bufferedBytes],
  [queueCapacityRows, {}, ({ limits }) => limits.bufferSize],
  [queueOldestAgeSeconds, {}, (stats) => stats.oldestRowAgeMs / 1000],
  [submitWaiting, {}, (stats) => stats.waitingSubmits],
  [inflightBatches, {}, (stats) => stats.inFlightBatches],
  [retriesInflight, {}, (stats) => stats.retryingBatches],
  [executorBusySecondsTotal, {}, (stats) => stats.busyMs / 1000],
  [executorConcurrency, {}, ({ limits }) => limits.concurrencyLimit],
  [circuitBreakerState, {}, ({ breaker }) => breakerStates[breaker]],
  [flushSizeLimitRows, {}, ({ limits }) => limits.flushSize],
  [flushIntervalSeconds, {}, ({ limits }) => limits.flushIntervalMs / 1000],
]

/** Labelled by database alone: connections belong to a pool, not to a flow. */
const poolReadings: readonly StatsReading[] = [
  [poolConnections, { state: 'in_use' }, ({ pool }) => pool?.inUse ?? 0],
  [poolConnections, { state: 'idle' }, ({ pool }) => pool?.idle ?? 0],
  [poolConnections, { state: 'pending' }, ({ pool }) => pool?.pending ?? 0],
  [poolConnections, { state: 'total' }, ({ pool }) => (pool === undefined ? 0 : pool.inUse + pool.idle)],
  [poolMaxConnections, {}, ({ pool }) => pool?.max ?? 0],
]

/** Everything that is read from `stats()`. Pool metrics exist only for drivers that show a pool. */
export function readingsOf(labels: FlowLabels, stats: () => FlowStats): Reading[] {
  const { database } = labels
  const bind = (base: Labels, readings: readonly StatsReading[]) =>
    readings.map(([metric, own, read]): Reading => [metric, { ...base, ...own }, () => read(stats())])
  return [
    ...bind(labels, flowReadings),
    ...(stats().pool === undefined ? [] : bind({ database }, poolReadings)),
  ]
}
