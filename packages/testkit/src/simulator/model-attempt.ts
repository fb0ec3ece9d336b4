import type { Batch, RowOutcome, Target, WriteContext } from '@batchflow/core'
import type { ModelRow } from './model-row.ts'

/** A call of `write`, until it is answered and after.
 *
 * open: the flow waits for the answer. dropped: its signal was aborted first; an answer may still be heard for a while.
 * answered: the promise is settled, and what comes later comes late. */
export class ModelAttempt {
  readonly batch: Batch<Target<ModelRow>>
  readonly number: number
  readonly signal: AbortSignal
  #answered = false
  readonly #resolve: (outcomes: void | readonly RowOutcome[]) => void
  readonly #reject: (error: unknown) => void

  constructor(
    batch: Batch<Target<ModelRow>>,
    { attempt, signal }: WriteContext,
    answer: { resolve(outcomes: void | readonly RowOutcome[]): void; reject(error: unknown): void },
  ) {
    this.batch = batch
    this.number = attempt
    this.signal = signal
    this.#resolve = (outcomes) => answer.resolve(outcomes)
    this.#reject = (error) => answer.reject(error)
  }

  get answered(): boolean {
    return this.#answered
  }

  /** The flow waits for the answer. */
  get open(): boolean {
    return !this.#answered && !this.signal.aborted
  }

  resolve(outcomes?: readonly RowOutcome[]): void {
    this.#answered = true
    this.#resolve(outcomes)
  }

  reject(error: unknown): void {
    this.#answered = true
    this.#reject(error)
  }
}
