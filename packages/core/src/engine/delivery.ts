import type { Failure } from '../driver/failure.ts'
import { flushChannel, type FlushTrace } from '../observe/tracing.ts'
import { backoffDelay } from './backoff.ts'
import { maxTimerMs } from './clock.ts'
import type { Coalesced } from './coalesce.ts'
import { crash } from './crash.ts'
import { handOver, letterOf } from './dead-letters.ts'
import type { DeliveryContext } from './delivery-context.ts'
import { Halt } from './halt.ts'
import type { Claim } from './key-guard.ts'
import type { Lane } from './lane.ts'
import { Losses } from './losses.ts'
import { nextStep } from './next-step.ts'
import { halves, partOf, type Part } from './parts.ts'
import type { Seated } from './roster.ts'
import type { Segment } from './segment.ts'
import { Settlement } from './settlement.ts'
import { Writing, type Rest } from './writing.ts'

/** What a delivery is about. */
export interface Consignment {
  readonly id: string
  readonly lane: Lane
  readonly segment: Segment
  readonly coalesced: Coalesced
  /** What the batch holds of its lane's keys, if they are watched. */
  readonly claim: Claim | undefined
  /** That of its slot. */
  readonly permit: number
  /** How long it took to cut and join the batch. */
  readonly preparedMs: number
}

/** An attempt that did not settle all rows of its part. */
interface Setback extends Rest {
  readonly durationMs: number
}

/** One batch from its cut until each of its rows is settled.
 *
 * It begins with a slot, which was taken before the rows were. It writes its parts one after the other: the whole batch,
 * or after a failure the halves of it, or the rows that are left. It gives the slot back for every pause, and for good
 * when nothing is left to write; only then are the rows that were given up handed to the dead-letter handler, for which
 * nobody waits but these rows. When the flow gives up, `unsettled` says what is left and the delivery never settles
 * anything again.
 *
 * Most batches are written by their first attempt: for them there is no promise but the driver's. */
export class Delivery implements Seated {
  seat: number = -1
  readonly lane: Lane
  readonly segment: Segment
  readonly #claim: Claim | undefined
  readonly #context: DeliveryContext
  readonly #whole: Part
  readonly #began: number
  readonly #settlement: Settlement
  readonly #losses: Losses
  readonly #writing: Writing
  #permit: number
  /** The most attempts that any part took. */
  #attempts = 1
  /** What keeps the rows from being settled, as far as is known. */
  #trouble: unknown
  /** For those who trace flushes, if somebody does. */
  #trace: FlushTrace | undefined

  constructor(consignment: Consignment, context: DeliveryContext) {
    const { id, lane, segment, coalesced, claim, permit, preparedMs } = consignment
    const { clock, observers, maxIsolationStatements } = context
    this.lane = lane
    this.segment = segment
    this.#claim = claim
    this.#permit = permit
    this.#context = context
    this.#losses = new Losses(maxIsolationStatements)
    this.#began = clock.now()
    const { rows } = coalesced
    this.#whole = { id, rows, places: undefined }
    this.#settlement = new Settlement(segment, coalesced, lane.semantics.bytesOf)
    this.#writing = new Writing({ lane, settlement: this.#settlement, losses: this.#losses }, context)
    if (!observers.hears('batchPrepared')) return
    observers.tell('batchPrepared', {
      target: lane.target.name,
      inputRows: segment.rows.length,
      outputRows: rows.length,
      durationMs: preparedMs,
    })
  }

  /** Every row is settled. */
  get done(): boolean {
    return this.#settlement.done
  }

  /** The last error that these rows met; `undefined` when they met none. */
  get trouble(): unknown {
    return this.#trouble
  }

  /** Writes the batch; `ended` is called when nothing is left to do, unless the flow gives up before. */
  start(ended: () => void): void {
    if (!flushChannel.hasSubscribers) return this.#begin(ended)
    const trace: FlushTrace = {
      driver: this.#context.driver.name,
      target: this.lane.target.name,
      batchId: this.#whole.id,
      rows: this.segment.rows.length,
      bytes: this.segment.bytes,
    }
    this.#trace = trace
    flushChannel.start.runStores(trace, () => this.#begin(ended))
    flushChannel.end.publish(trace)
  }

  #begin(ended: () => void): void {
    this.#writing.attempt(this.#whole, 1, (rest, began, durationMs) => {
      this.#tellSlots(this.#whole, rest, began)
      if (rest === undefined && this.#losses.casualties.length === 0) {
        this.#stopWriting()
        this.#finish()
        ended()
      } else this.#goOn(rest && { ...rest, durationMs }).then(ended, crash)
    })
  }

  /** The batch is over, settled or given back. */
  endTrace(): void {
    const trace = this.#trace
    if (trace === undefined) return
    const { written, failed } = this.#settlement
    Object.assign(trace, { written, failed })
    flushChannel.asyncStart.publish(trace)
    flushChannel.asyncEnd.publish(trace)
  }

  /** What is not settled, for a flow that gives up. */
  unsettled(): ReturnType<Settlement['unsettled']> {
    return this.#settlement.unsettled(this.#losses.doubtAbout(this.#writing.out))
  }

  /** What comes after a first attempt that did not write all rows. */
  async #goOn(setback: Setback | undefined): Promise<void> {
    const { giveUp } = this.#context
    const parts = setback === undefined ? [] : [...(await this.#write(this.#whole, setback))]
    for (let part = parts.shift(); part !== undefined && !giveUp.aborted; part = parts.shift())
      if (this.#losses.maySpendOn(part, this.#attempts)) parts.unshift(...(await this.#write(part)))
    if (giveUp.aborted) return
    this.#stopWriting()
    if (await this.#bury()) this.#finish()
  }

  /** Tries a part until each of its rows is written, given up, or among the smaller parts that it answers. `setback` is
   * what came of its first attempt, if that was made already. */
  async #write(first: Part, setback?: Setback): Promise<readonly Part[]> {
    const { clock, giveUp, retry, driver } = this.#context
    const halt = new Halt(this.lane)
    let part = first
    let failures = 0
    let began = setback === undefined ? clock.now() : this.#began
    for (let number = 1; !giveUp.aborted; number++) {
      this.#attempts = Math.max(this.#attempts, number)
      const rest = number === 1 && setback !== undefined ? setback : await this.#attempt(part, number)
      if (halt.probing && rest?.failure.kind !== 'configuration') {
        halt.end()
        this.#context.unblocked(this.lane)
        began = clock.now()
      }
      // The same rows stay the same batch, under its id.
      if (rest?.indices !== undefined && rest.indices.length < part.rows.length)
        part = partOf(part, 'r', rest.indices)
      if (rest?.failure.kind === 'ambiguous') this.#losses.doubt(part)
      if (rest === undefined) return []

      const { failure, cause } = rest
      this.#trouble = cause
      // Once only means once; else an attempt during an outage is none of the batch's.
      const counts =
        failure.kind !== 'configuration' && (retry.maxAttempts === 1 || !this.#context.slots.outage)
      if (counts) failures++
      const step = nextStep(failure, {
        retry,
        failures,
        elapsedMs: clock.now() - began,
        rows: part.rows.length,
        isolatesRows: driver.capabilities.isolatesRows === true,
      })
      if (step === 'retry' || step === 'halt') {
        await this.#pause(part, { ...rest, number, failures, halt: step === 'halt' ? halt : undefined })
        continue
      }
      if (step !== 'giveUp') this.#losses.search(cause)
      if (step === 'halve') return halves(part)
      if (step === 'pick') return this.#pick(part, rest, number)
      const isolated = failure.kind !== 'poison' || part.rows.length === 1
      this.#losses.lose({ part, failure, cause, attempts: number, isolated })
      return []
    }
    return []
  }

  /** Sets the row aside that the server named; answers the others. */
  #pick(part: Part, { failure, cause }: Rest, attempts: number): readonly Part[] {
    const named = failure.row as number
    const picked = partOf(part, `${named}`, [named])
    this.#losses.lose({ part: picked, failure, cause, attempts, isolated: true })
    const others = [...part.rows.keys()].filter((index) => index !== named)
    return [partOf(part, 'r', others)]
  }

  async #attempt(part: Part, number: number): Promise<Setback | undefined> {
    const { slots, giveUp } = this.#context
    // Also what went badly while the slot was on its way here counts.
    while (!giveUp.aborted && !slots.stillAdmits(this.#permit)) await this.#withoutSlot(async () => {})
    if (giveUp.aborted) return undefined
    return await new Promise((resolve) => {
      this.#writing.attempt(part, number, (rest, began, durationMs) => {
        this.#tellSlots(part, rest, began)
        resolve(rest && { ...rest, durationMs })
      })
    })
  }

  /** What an attempt shows of the database, for those who decide how many there are. */
  #tellSlots(part: Part, rest: Rest | undefined, began: number): void {
    const { slots, clock } = this.#context
    const left = rest === undefined ? 0 : (rest.indices?.length ?? part.rows.length)
    slots.heard({
      lane: this.lane,
      permit: this.#permit,
      began,
      // Rows that were settled have made room, and other batches may have begun since the attempt ended.
      now: clock.now(),
      wrote: left < part.rows.length,
      failure: rest?.failure,
    })
  }

  /** Gives the slot to others until it is time for the next attempt. */
  async #pause(
    part: Part,
    setback: Setback & {
      readonly number: number
      readonly failures: number
      readonly halt: Halt | undefined
    },
  ): Promise<void> {
    const { retry, random, configurationRetryMs, pauses, observers } = this.#context
    const { number, failures, halt, failure, cause, durationMs } = setback
    const delayMs =
      halt === undefined
        ? Math.max(backoffDelay(Math.max(1, failures), retry, random), pauseAskedFor(failure))
        : configurationRetryMs
    observers.tell('attemptFailed', {
      target: this.lane.target.name,
      rows: part.rows.length,
      attempt: number,
      failure,
      ...(cause === undefined ? {} : { cause }),
      delayMs,
      durationMs,
    })
    await this.#withoutSlot(
      async () => await (halt === undefined ? pauses.pause(delayMs) : halt.wait(pauses, delayMs)),
    )
  }

  /** Gives the slot to others while `pause` lasts. */
  async #withoutSlot(pause: () => Promise<void>): Promise<void> {
    const { slots, release, giveUp } = this.#context
    release(this.lane, this.#permit)
    await pause()
    if (!giveUp.aborted) this.#permit = await slots.wait(this.lane)
  }

  /** Nothing of the batch will be written any more. */
  #stopWriting(): void {
    this.lane.written(this.#claim)
    this.#context.release(this.lane, this.#permit)
  }

  /** Hands what was given up to the dead-letter handler; false: the flow gave up first. */
  async #bury(): Promise<boolean> {
    const { observers, settled } = this.#context
    const { name } = this.lane.target
    for (const casualty of this.#losses.casualties) {
      const { places } = casualty.part
      const letter = letterOf(this.lane.target, casualty, this.#settlement.inputsAt(places))
      const taken = await handOver(letter, this.#context, (error) => {
        this.#trouble = error
      })
      if (!taken) return false
      const { failure } = casualty
      observers.tell('rowsDeadLettered', { target: name, rows: letter.rows.length, failure })
      settled(this.lane, this.#settlement.fail(places, letter.error))
    }
    return true
  }

  #finish(): void {
    const { written, failed, coalesced } = this.#settlement
    for (const barrier of this.segment.barriers ?? []) barrier.settle(written, failed)
    this.endTrace()
    const { observers, clock } = this.#context
    if (!observers.hears('batchSettled')) return
    const failure = this.#losses.casualties.at(-1)?.failure
    observers.tell('batchSettled', {
      target: this.lane.target.name,
      rows: this.segment.rows.length,
      written,
      failed,
      coalesced,
      attempts: this.#attempts,
      bytes: this.segment.bytes,
      durationMs: clock.now() - this.#began,
      commitLatenciesMs: this.#settlement.latencies,
      ...(failure === undefined ? {} : { failure }),
    })
  }
}

/** What the server asked for, within what a timer can do. */
function pauseAskedFor({ retryAfterMs = 0 }: Failure): number {
  return retryAfterMs > 0 ? Math.min(retryAfterMs, maxTimerMs) : 0
}
