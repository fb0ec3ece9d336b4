import type { Reason } from '@batchflow/core'
import type { Operation } from './backend.ts'
import { batchesTotal, batchSize, executeDurationSeconds } from './catalogue/batches.ts'
import { batchsqlRecordsProcessedTotal } from './catalogue/batchsql-views.ts'
import { errorsTotal } from './catalogue/executor.ts'
import { responseTimeSeconds } from './catalogue/guide-views.ts'
import { DetailRecorder } from './detail-recorder.ts'
import type { FlowEvent } from './flow-event.ts'
import { batchsqlLabels, type FlowLabels } from './flow-labels.ts'
import type { Labels } from './metric.ts'
import type { BoundCounter, BoundHistogram, MetricsReporter } from './metrics-reporter.ts'

type Phase = 'retry' | 'final'

/** What a recorder is made of. */
export interface TableRecorderOptions {
  readonly labels: FlowLabels
  readonly table: string
  readonly operation: Operation
  /** Whether the opt-in details name the table. */
  readonly detailTables: boolean
}

/** The instruments of one table, bound when the table is first seen. */
export class TableRecorder {
  readonly details: DetailRecorder
  readonly #reporter: MetricsReporter
  readonly #labels: Labels
  readonly #succeeded: { readonly duration: BoundHistogram; readonly batches: BoundCounter }
  readonly #failed: { readonly duration: BoundHistogram; readonly batches: BoundCounter }
  readonly #batchSize: BoundHistogram
  readonly #records: BoundCounter
  readonly #responseTime: BoundHistogram
  readonly #retries = new Map<Reason, BoundCounter>()
  readonly #finals = new Map<Reason, BoundCounter>()

  constructor(reporter: MetricsReporter, options: TableRecorderOptions) {
    const { labels: flowLabels, table, operation, detailTables } = options
    const labels = { ...flowLabels, table }
    const byStatus = (status: 'success' | 'fail') => ({
      duration: reporter.histogram(executeDurationSeconds, { ...labels, status }),
      batches: reporter.counter(batchesTotal, { ...labels, status }),
    })
    this.#reporter = reporter
    this.#labels = labels
    this.details = new DetailRecorder(reporter, { ...labels, table: detailTables ? table : '' }, operation)
    this.#responseTime = reporter.histogram(responseTimeSeconds, {
      database: flowLabels.database,
      operation: operation.name,
    })
    this.#succeeded = byStatus('success')
    this.#failed = byStatus('fail')
    this.#batchSize = reporter.histogram(batchSize, labels)
    // BatchSQL counts rows by table, which no other family does.
    this.#records = reporter.counter(batchsqlRecordsProcessedTotal, { ...batchsqlLabels(flowLabels), table })
    // Other reasons appear with their first error: forty series a table would be mostly zeros.
    this.#errors('retry', 'unknown')
    this.#errors('final', 'unknown')
  }

  /** An attempt failed and is followed by another. */
  attemptFailed(reason: Reason): void {
    this.#errors('retry', reason).add(1)
    this.details.attemptFailed(reason)
  }

  /** A batch came to its end; `failed` when a row of it did. */
  batchSettled(event: FlowEvent<'batchSettled'>, failed: boolean, exemplar: Labels | undefined): void {
    const { duration, batches } = failed ? this.#failed : this.#succeeded
    const seconds = event.durationMs / 1000
    duration.record(seconds, 1, exemplar)
    this.#responseTime.record(seconds)
    batches.add(1)
    this.#batchSize.record(event.rows - event.coalesced)
    this.#records.add(event.written + event.coalesced)
    if (!failed) return
    const { reason } = event.failure ?? { reason: 'unknown' }
    this.#errors('final', reason).add(1)
    this.details.batchFailed(reason)
  }

  #errors(phase: Phase, reason: Reason): BoundCounter {
    const known = phase === 'retry' ? this.#retries : this.#finals
    let counter = known.get(reason)
    if (counter === undefined) {
      counter = this.#reporter.counter(errorsTotal, { ...this.#labels, error_type: `${phase}:${reason}` })
      known.set(reason, counter)
    }
    return counter
  }
}
