import type { Target } from '@batchflow/core'
import { type Backend, operationOf } from './backend.ts'
import {
  attemptsPerBatch,
  batchAssembleDurationSeconds,
  batchBytes,
  bytesWrittenTotal,
} from './catalogue/batches.ts'
import { retryBackoffSecondsTotal } from './catalogue/executor.ts'
import {
  flushesTotal,
  pipelineFlushSize,
  pipelineProcessDurationSeconds,
  schemaGroupsPerFlush,
} from './catalogue/flushes.ts'
import { pipelineDequeueLatencySeconds, pipelineDroppedTotal } from './catalogue/queue.ts'
import { rowCommitLatencySeconds, rowsDeadLetteredTotal, rowsDroppedTotal } from './catalogue/rows.ts'
import { enqueueLatencySeconds, submitBlockedSecondsTotal, submitRejectedTotal } from './catalogue/submits.ts'
import type { FlowEvent } from './flow-event.ts'
import type { FlowLabels } from './flow-labels.ts'
import type { Labels } from './metric.ts'
import type { BoundCounter, BoundHistogram, MetricsReporter } from './metrics-reporter.ts'
import { TableRecorder } from './table-recorder.ts'
import { dropWords, rejectWords, triggerWords } from './vocabulary.ts'
import { bindZeroSeries } from './zero-series.ts'

/** Tables that have instruments of their own. Reporters cap what they export long before that; this keeps made-up table
 * names from filling the memory. */
const maxTables = 1_000

/** The table that stands for all others, as in the reporters. */
const otherTable = '__other__'

/** What a recorder is made of. */
export interface FlowRecorderOptions {
  readonly labels: FlowLabels
  readonly backend: Backend
  /** The definitions of the flow's targets, as far as they were given. */
  readonly targets: readonly Target[]
  readonly detailTables: boolean
  readonly exemplar: ((batch: FlowEvent<'batchSettled'>) => Labels | undefined) | undefined
}

/** The instruments that a flow's events are recorded with. Bound when the flow opens, those of a table with its
 * first batch: recording a batch then binds nothing. */
export class FlowRecorder {
  /** Unix time in milliseconds of the last batch that committed a row; 0 before the first. */
  lastSuccessMs = 0

  readonly #reporter: MetricsReporter
  readonly #options: FlowRecorderOptions
  readonly #tables = new Map<string, TableRecorder>()
  readonly #enqueueLatency: BoundHistogram
  readonly #submitBlocked: BoundCounter
  readonly #dequeueLatency: BoundHistogram
  readonly #flushSize: BoundHistogram
  readonly #schemaGroups: BoundHistogram
  readonly #assembleDuration: BoundHistogram
  readonly #succeeded: BoundHistogram
  readonly #failed: BoundHistogram
  readonly #batchBytes: BoundHistogram
  readonly #bytesWritten: BoundCounter
  readonly #attempts: BoundHistogram
  readonly #backoff: BoundCounter
  readonly #commitLatency: BoundHistogram
  readonly #flushes: ReadonlyMap<string, BoundCounter>
  readonly #rejected: ReadonlyMap<string, BoundCounter>
  readonly #deadLettered: ReadonlyMap<string, BoundCounter>
  readonly #dropped: ReadonlyMap<string, BoundCounter>

  constructor(reporter: MetricsReporter, options: FlowRecorderOptions) {
    const { labels } = options
    this.#reporter = reporter
    this.#options = options
    this.#enqueueLatency = reporter.histogram(enqueueLatencySeconds, labels)
    this.#submitBlocked = reporter.counter(submitBlockedSecondsTotal, labels)
    this.#dequeueLatency = reporter.histogram(pipelineDequeueLatencySeconds, labels)
    this.#flushSize = reporter.histogram(pipelineFlushSize, labels)
    this.#schemaGroups = reporter.histogram(schemaGroupsPerFlush, labels)
    this.#assembleDuration = reporter.histogram(batchAssembleDurationSeconds, labels)
    this.#succeeded = reporter.histogram(pipelineProcessDurationSeconds, { ...labels, status: 'success' })
    this.#failed = reporter.histogram(pipelineProcessDurationSeconds, { ...labels, status: 'fail' })
    this.#batchBytes = reporter.histogram(batchBytes, labels)
    this.#bytesWritten = reporter.counter(bytesWrittenTotal, labels)
    this.#attempts = reporter.histogram(attemptsPerBatch, labels)
    this.#backoff = reporter.counter(retryBackoffSecondsTotal, labels)
    this.#commitLatency = reporter.histogram(rowCommitLatencySeconds, labels)
    this.#flushes = bindZeroSeries(reporter, flushesTotal, labels)
    this.#rejected = bindZeroSeries(reporter, submitRejectedTotal, labels)
    this.#deadLettered = bindZeroSeries(reporter, rowsDeadLetteredTotal, labels)
    this.#dropped = bindZeroSeries(reporter, rowsDroppedTotal, labels)
    // Stays at zero: the engine has no bounded channel that loses events. Dashboards of the guides ask for it.
    bindZeroSeries(reporter, pipelineDroppedTotal, labels)
  }

  batchFlushed(event: FlowEvent<'batchFlushed'>): void {
    const enqueueSeconds = event.enqueueMs / 1000
    this.#enqueueLatency.record(enqueueSeconds, event.rows)
    this.#submitBlocked.add(enqueueSeconds * event.rows)
    this.#dequeueLatency.record(event.waitMs / 1000)
    this.#flushSize.record(event.rows)
    this.#schemaGroups.record(1) // A lane holds rows of one table.
    this.#flushes.get(triggerWords[event.trigger])?.add(1)
  }

  batchPrepared(event: FlowEvent<'batchPrepared'>): void {
    this.#assembleDuration.record(event.durationMs / 1000)
    this.#table(event.target).details.batchPrepared(event)
  }

  attemptFailed(event: FlowEvent<'attemptFailed'>): void {
    this.#table(event.target).attemptFailed(event.failure.reason)
    this.#backoff.add(event.delayMs / 1000)
  }

  batchSettled(event: FlowEvent<'batchSettled'>): void {
    const { exemplar } = this.#options
    let labels: Labels | undefined
    try {
      labels = exemplar?.(event)
    } finally {
      // Whatever the user's function throws is for the flow to count; the batch is recorded all the same.
      this.#record(event, labels)
    }
  }

  #record(event: FlowEvent<'batchSettled'>, exemplar: Labels | undefined): void {
    const failed = event.failed > 0 || event.failure !== undefined
    this.#table(event.target).batchSettled(event, failed, exemplar)
    ;(failed ? this.#failed : this.#succeeded).record(event.durationMs / 1000, 1, exemplar)
    this.#attempts.record(event.attempts)
    this.#batchBytes.record(event.bytes)
    this.#bytesWritten.add(writtenBytes(event))
    if (event.written > 0) this.lastSuccessMs = Date.now()
    const { values, counts } = event.commitLatenciesMs
    for (let i = 0; i < values.length; i++) {
      this.#commitLatency.record((values[i] as number) / 1000, counts[i], exemplar)
    }
  }

  rowsDeadLettered(event: FlowEvent<'rowsDeadLettered'>): void {
    this.#deadLettered.get(event.failure.reason)?.add(event.rows)
  }

  rowsDropped(event: FlowEvent<'rowsDropped'>): void {
    this.#dropped.get(dropWords[event.policy])?.add(event.rows)
  }

  submitRejected(event: FlowEvent<'submitRejected'>): void {
    this.#rejected.get(rejectWords[event.reason])?.add(1)
    const { reason } = event
    if (reason === 'invalid_row' || reason === 'too_large')
      this.#table(event.target).details.rowRefused(reason)
  }

  #table(name: string): TableRecorder {
    const known = this.#tables.get(name)
    if (known !== undefined) return known
    if (this.#tables.size >= maxTables && name !== otherTable) return this.#table(otherTable)
    const { labels, backend, targets, detailTables } = this.#options
    const operation = operationOf(
      backend,
      targets.find((target) => target.name === name),
    )
    const table = new TableRecorder(this.#reporter, { labels, table: name, operation, detailTables })
    this.#tables.set(name, table)
    return table
  }
}

/** Bytes are known per batch; those of failed rows are taken to be their share of it. */
function writtenBytes({ bytes, rows, failed }: FlowEvent<'batchSettled'>): number {
  return failed === 0 ? bytes : Math.round(bytes * (1 - failed / rows))
}
