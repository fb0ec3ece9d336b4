import type { Failure, RowOutcome } from '../driver/failure.ts'
import { attemptChannel } from '../observe/tracing.ts'
import type { Attempt, AttemptResult } from './attempt.ts'
import type { DeliveryContext } from './delivery-context.ts'
import type { Lane } from './lane.ts'
import type { Losses } from './losses.ts'
import { areOutcomes, partOf, sortOutcomes, type Part } from './parts.ts'
import type { Settlement } from './settlement.ts'

/** Rows of a part that an attempt did not settle; `indices` undefined: all of them. */
export interface Rest {
  readonly indices: readonly number[] | undefined
  readonly failure: Failure
  readonly cause: unknown
}

/** Called when an attempt has ended and what it settled is booked; `rest` is what is left, if something is. `began` is the
 * clock's. */
export type OnWritten = (rest: Rest | undefined, began: number, durationMs: number) => void

/** An attempt that has ended: its number, and when. */
interface Ended {
  readonly number: number
  readonly ended: number
}

/** Calls the driver with the parts of one batch, one attempt at a time, and books what it answers. */
export class Writing {
  readonly #lane: Lane
  readonly #settlement: Settlement
  readonly #losses: Losses
  readonly #context: DeliveryContext
  /** The part that the driver's `write` has now. */
  #out: Part | undefined
  /** The driver's `write` was called in this attempt. */
  #sent = false

  constructor(
    batch: { readonly lane: Lane; readonly settlement: Settlement; readonly losses: Losses },
    context: DeliveryContext,
  ) {
    this.#lane = batch.lane
    this.#settlement = batch.settlement
    this.#losses = batch.losses
    this.#context = context
  }

  /** The part that the driver's `write` has now, or had when the flow gave up. */
  get out(): Part | undefined {
    return this.#out
  }

  /** One call of the driver, after its `prepare` for this target. When the flow gives up meanwhile nobody hears of it. */
  attempt(part: Part, number: number, onWritten: OnWritten): void {
    const { driver, attempts, clock, giveUp, wrote } = this.#context
    const lane = this.#lane
    this.#sent = false
    const attempt = attempts.begin(number, (result) => {
      if (!lane.isPrepared) lane.prepared = undefined
      if (giveUp.aborted) return
      this.#out = undefined
      const ended = clock.now()
      const durationMs = ended - attempt.began
      wrote(durationMs)
      onWritten(this.#hear(part, result, { number, ended }), attempt.began, durationMs)
    })
    lane.isPrepared ||= driver.prepare === undefined
    attempt.await(lane.isPrepared ? this.#send(part, attempt) : this.#prepareAndSend(part, attempt))
  }

  /** A driver that throws instead of rejecting is treated alike. */
  #send(part: Part, attempt: Attempt): Promise<void | readonly RowOutcome[]> {
    this.#sent = true
    this.#out = part
    const { driver } = this.#context
    const { target } = this.#lane
    const batch = { id: part.id, target, rows: part.rows }
    try {
      if (!attemptChannel.hasSubscribers) return driver.write(batch, attempt)
      return attemptChannel.tracePromise(async () => await driver.write(batch, attempt), {
        driver: driver.name,
        target: target.name,
        batchId: part.id,
        rows: part.rows.length,
        attempt: attempt.attempt,
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #prepareAndSend(part: Part, attempt: Attempt): Promise<void | readonly RowOutcome[]> {
    const lane = this.#lane
    lane.prepared ??= this.#context.driver.prepare?.(lane.target, { signal: attempt.signal })
    await lane.prepared
    // The attempt may be over by now, and another one under way: this one must not write any more.
    attempt.signal.throwIfAborted()
    lane.isPrepared = true
    return await this.#send(part, attempt)
  }

  /** Books what an attempt settled, and answers what it did not. */
  #hear(part: Part, result: AttemptResult, attempt: Ended): Rest | undefined {
    switch (result.kind) {
      case 'silent':
        return this.#wholeFailed({ kind: 'ambiguous', reason: 'processor_timeout' }, result.reason)
      case 'failed':
        return this.#wholeFailed(this.#context.classify(result.error), result.error)
      case 'answered':
        if (result.outcomes !== undefined) return this.#sort(part, result.outcomes, attempt)
        this.#settle(part, undefined, attempt.ended)
        return undefined
    }
  }

  /** Before the driver's `write` was called nothing was sent, so nothing can be ambiguous. */
  #wholeFailed(failure: Failure, cause: unknown): Rest {
    const unsent = !this.#sent && failure.kind === 'ambiguous'
    return { indices: undefined, failure: unsent ? { ...failure, kind: 'transient' } : failure, cause }
  }

  #sort(part: Part, outcomes: readonly RowOutcome[], { number, ended }: Ended): Rest | undefined {
    if (!areOutcomes(outcomes, part.rows.length)) {
      const cause = new TypeError(
        `the driver did not answer with one outcome for each of ${part.rows.length} rows`,
      )
      const failure: Failure = { kind: 'poison', reason: 'non_retryable' }
      this.#losses.lose({ part, failure, cause, attempts: number, isolated: false })
      return undefined
    }
    const { written, again, lost } = sortOutcomes(outcomes)
    if (written.length === part.rows.length) this.#settle(part, outcomes, ended)
    else if (written.length > 0) {
      const theirs = written.map((index) => outcomes[index] as RowOutcome)
      this.#settle(partOf(part, 'w', written), theirs, ended)
    }
    const inDoubt = [...outcomes.keys()].filter((index) => {
      const outcome = outcomes[index] as RowOutcome
      return outcome.outcome === 'failed' && outcome.failure.kind === 'ambiguous'
    })
    if (inDoubt.length > 0) this.#losses.doubt(partOf(part, 'd', inDoubt))
    for (const { indices, failure, cause } of lost) {
      // A driver that isolates rows says so of those that its search did not reach.
      const isolated = failure.reason !== 'non_retryable'
      this.#losses.lose({ part: partOf(part, 'x', indices), failure, cause, attempts: number, isolated })
    }
    return again
  }

  #settle(part: Part, outcomes: readonly RowOutcome[] | undefined, now: number): void {
    this.#context.settled(this.#lane, this.#settlement.write(part.places, now, outcomes))
  }
}
