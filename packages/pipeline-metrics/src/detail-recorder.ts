import type { Reason } from '@batchflow/core'
import type { Operation } from './backend.ts'
import {
  operationErrorsTotal,
  operationGeneratedArgs,
  operationGeneratedItems,
  sqlDeduplicatedRowsTotal,
  sqlErrorsTotal,
  sqlGeneratedArgs,
  sqlGeneratedRows,
} from './catalogue/details.ts'
import type { FlowEvent } from './flow-event.ts'
import type { Labels } from './metric.ts'
import type { BoundCounter, BoundHistogram, MetricsReporter } from './metrics-reporter.ts'

/** Where an error belongs: a row refused by `submit`, an attempt, one that is followed by another, a batch given up. */
type Stage = 'validate' | 'execute' | 'retry' | 'final'

/** The opt-in details of the batches of one operation. Reporters that were not asked for details keep nothing of these,
 * and then this costs a few empty calls per batch. */
export class DetailRecorder {
  readonly #reporter: MetricsReporter
  readonly #labels: Labels
  readonly #operation: Operation
  readonly #items: readonly BoundHistogram[]
  readonly #outputs: readonly BoundHistogram[]
  readonly #args: readonly BoundHistogram[]
  readonly #joined: BoundCounter | undefined
  readonly #errors = new Map<string, readonly BoundCounter[]>()

  /** @param labels those of the flow and of the table, which is empty unless tables were asked for */
  constructor(reporter: MetricsReporter, labels: Labels, operation: Operation) {
    const { backend, name, argsPerRow, joined } = operation
    const isSql = backend === 'sql'
    this.#reporter = reporter
    this.#labels = labels
    this.#operation = operation
    const items = (kind: 'input' | 'output') => [
      reporter.histogram(operationGeneratedItems, { ...labels, backend, operation: name, kind }),
      ...(isSql ? [reporter.histogram(sqlGeneratedRows, { ...labels, kind })] : []),
    ]
    this.#items = items('input')
    this.#outputs = items('output')
    this.#args =
      argsPerRow === undefined
        ? []
        : [
            reporter.histogram(operationGeneratedArgs, { ...labels, backend, operation: name }),
            ...(isSql ? [reporter.histogram(sqlGeneratedArgs, labels)] : []),
          ]
    this.#joined = joined && reporter.counter(sqlDeduplicatedRowsTotal, { ...labels, ...joined })
  }

  batchPrepared({ inputRows, outputRows }: FlowEvent<'batchPrepared'>): void {
    for (const histogram of this.#items) histogram.record(inputRows)
    for (const histogram of this.#outputs) histogram.record(outputRows)
    const args = outputRows * (this.#operation.argsPerRow ?? 0)
    for (const histogram of this.#args) histogram.record(args)
    this.#joined?.add(inputRows - outputRows)
  }

  /** A row that `submit` refused for what is in it. */
  rowRefused(reason: Reason): void {
    this.#count('validate', reason)
  }

  /** An attempt failed and is followed by another. */
  attemptFailed(reason: Reason): void {
    this.#count('execute', reason)
    this.#count('retry', reason)
  }

  /** A batch was given up, or rows of it. */
  batchFailed(reason: Reason): void {
    this.#count('execute', reason)
    this.#count('final', reason)
  }

  #count(stage: Stage, reason: Reason): void {
    const key = `${stage}:${reason}`
    let counters = this.#errors.get(key)
    if (counters === undefined) {
      const labels = { ...this.#labels, stage, reason }
      const { backend } = this.#operation
      counters = [
        this.#reporter.counter(operationErrorsTotal, { ...labels, backend }),
        ...(backend === 'sql' ? [this.#reporter.counter(sqlErrorsTotal, labels)] : []),
      ]
      this.#errors.set(key, counters)
    }
    for (const counter of counters) counter.add(1)
  }
}
