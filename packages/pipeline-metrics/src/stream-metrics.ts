import { chatMessages } from './catalogue/chat-messages.ts'
import * as families from './catalogue/streams.ts'
import { checkReporter } from './check.ts'
import type { Labels, Metric } from './metric.ts'
import type { MetricsReporter } from './metrics-reporter.ts'
import { oncePerTurn } from './once-per-turn.ts'

/** What is read of a worker: `StreamWorker` of `@batchflow/redis-streams` is one. */
export interface StreamMetricsSource {
  stats(): StreamReading
}

/** A reading of a worker. */
export interface StreamReading {
  readonly stream: string
  readonly shards: readonly {
    readonly rows: number
    readonly pending: number
    readonly lag: number
    readonly oldestIdleMs: number
  }[]
  readonly rowsSettled: number
  readonly rowsSkipped: number
  readonly redelivered: number
  readonly claimed: number
  readonly rowsDeadLettered: number
  readonly deletedWhilePending: number
  readonly rowsDeleted: number
  readonly groupsMade: number
  readonly dataGone: number
  readonly shardsLost: number
  readonly failures: number
}

type Shard = StreamReading['shards'][number]

const pendingMessages = chatMessages.find(
  ({ name }) => name === 'chatim_redis_stream_pending_messages',
) as Metric

/** What is exported, and how it is read. */
const readings: readonly (readonly [metric: Metric, read: (reading: StreamReading) => number])[] = [
  [families.streamShards, ({ shards }) => shards.length],
  [families.streamWaitingRows, sumOf(({ rows }) => rows)],
  [families.streamPendingEntries, sumOf(({ pending }) => pending)],
  [families.streamLagEntries, sumOf(({ lag }) => lag)],
  [
    families.streamOldestPendingSeconds,
    ({ shards }) => shards.reduce((oldest, { oldestIdleMs }) => Math.max(oldest, oldestIdleMs), 0) / 1_000,
  ],
  [families.streamRowsSettledTotal, ({ rowsSettled }) => rowsSettled],
  [families.streamRowsSkippedTotal, ({ rowsSkipped }) => rowsSkipped],
  [families.streamRedeliveredTotal, ({ redelivered }) => redelivered],
  [families.streamClaimedTotal, ({ claimed }) => claimed],
  [families.streamDeadLetteredRowsTotal, ({ rowsDeadLettered }) => rowsDeadLettered],
  [families.streamDeletedWhilePendingTotal, ({ deletedWhilePending }) => deletedWhilePending],
  [families.streamRowsDeletedTotal, ({ rowsDeleted }) => rowsDeleted],
  [families.streamResetsTotal, ({ groupsMade, dataGone }) => groupsMade + dataGone],
  [families.streamShardsLostTotal, ({ shardsLost }) => shardsLost],
  [families.streamFailuresTotal, ({ failures }) => failures],
]

/** Exports how a stream and one of its workers are doing: `batchflow_stream_…`, and the pending entries also as
 * `chatim_redis_stream_pending_messages`, the guides' name. Everything is read when metrics are collected. Each worker reports
 * the shards that it has, so that sums over workers are those of the stream.
 *
 * @example
 * ```ts
 * const worker = createStreamWorker({ client, stream: 'orders', group: 'writers', targets: { orders }, flow })
 * using exported = streamMetrics(metrics, worker)
 * ```
 * @returns ends the export; counters stay as they are
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when the reporter is none */
export function streamMetrics(reporter: MetricsReporter, worker: StreamMetricsSource): Disposable {
  checkReporter('reporter', reporter)
  const reading = oncePerTurn(() => worker.stats())
  const { stream } = reading.read()
  const bind = (metric: Metric, labels: Labels, read: (reading: StreamReading) => number) =>
    reporter.gauge(metric, labels, () => read(reading.read()))
  const bound = [
    ...readings.map(([metric, read]) => bind(metric, { stream }, read)),
    bind(
      pendingMessages,
      { stream_key: stream },
      sumOf(({ pending }) => pending),
    ),
  ]
  return {
    [Symbol.dispose]() {
      for (const registration of bound.splice(0)) registration[Symbol.dispose]()
    },
  }
}

function sumOf(read: (shard: Shard) => number): (reading: StreamReading) => number {
  return ({ shards }) => shards.reduce((sum, shard) => sum + read(shard), 0)
}
