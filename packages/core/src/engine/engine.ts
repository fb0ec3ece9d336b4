import { randomUUID } from 'node:crypto'
import type { Driver, PoolStats } from '../driver/driver.ts'
import type { Failure } from '../driver/failure.ts'
import { CloseTimeoutError } from '../errors.ts'
import type { Observers } from '../observe/observers.ts'
import { Admission } from './admission.ts'
import { Attempts } from './attempts.ts'
import type { RetryPolicy } from './backoff.ts'
import type { BreakerPolicy } from './breaker.ts'
import { Capacity } from './capacity.ts'
import type { Clock } from './clock.ts'
import { ownWords } from './dead-letters.ts'
import { Delivery } from './delivery.ts'
import type { DeliveryContext, Letter } from './delivery-context.ts'
import { Dispatcher } from './dispatcher.ts'
import { Drops, type Overflow } from './drops.ts'
import { GiveUp } from './give-up.ts'
import { Intake } from './intake.ts'
import type { Lane, LaneLimits } from './lane.ts'
import { Lanes } from './lanes.ts'
import { RowLedger, type FlowLimits, type FlowStats, type Ledger } from './ledger.ts'
import { Pauses } from './pauses.ts'
import { Pressure } from './pressure.ts'
import { Regulator } from './regulator.ts'
import { Roster } from './roster.ts'
import { Barrier } from './segment.ts'
import type { SettledRows } from './settlement.ts'
import { unsettledRows } from './unsettled-rows.ts'

/** What an engine is made of; every value is checked by then. */
export interface EngineOptions {
  readonly driver: Driver
  readonly classify: (error: unknown) => Failure
  readonly deadLetter: (letter: Letter) => Promise<void>
  readonly observers: Observers
  readonly clock: Clock
  readonly random: () => number
  readonly retry: RetryPolicy
  readonly breaker: BreakerPolicy | undefined
  readonly limits: FlowLimits
  readonly limitsOf: (name: string) => LaneLimits
  readonly maxLaneRows: number | undefined
  readonly maxRowBytes: number
  readonly maxWaitingSubmits: number
  readonly overflow: Overflow
  readonly timeoutMs: number
  readonly configurationRetryMs: number
  readonly maxIsolationStatements: number
}

/** Takes rows into lanes, cuts batches when lanes are full or due and a slot is free, and gives the room of settled rows
 * to those who wait.
 *
 * open: rows are taken. closing: none are, but those that already wait for room still come in, and whatever comes in is
 * due at once. closed: every accepted row is settled; nothing is buffered, in flight, waiting or timed. `drain` leads
 * from open to closing, and to closed when the last row is settled; `giveUp` leads to closed from anywhere, by returning
 * the rows that are left. */
export class Engine {
  readonly lanes: Lanes
  readonly intake: Intake
  /** Makes batch ids unique across flows and processes, for drivers that remember them. */
  readonly #id = randomUUID()
  readonly #options: EngineOptions
  readonly #ledger = new RowLedger()
  readonly #capacity: Capacity
  readonly #admission: Admission
  readonly #regulator: Regulator
  readonly #pauses: Pauses
  readonly #dispatcher: Dispatcher
  readonly #drops: Drops
  readonly #context: DeliveryContext
  readonly #giveUp = new GiveUp()
  readonly #attempts: Attempts
  readonly #deliveries = new Roster<Delivery>()
  #limits: FlowLimits
  #state: 'open' | 'closing' | 'closed' = 'open'
  #busyMs = 0
  #batches = 0
  #onIdle: (() => void) | undefined

  constructor(options: EngineOptions) {
    const { limits, clock, observers } = options
    this.#options = options
    this.#limits = limits
    this.lanes = new Lanes({
      limitsOf: options.limitsOf,
      onFault: () => observers.errors++,
      onDefined: () => this.#shareCapacity(),
      repeatedKeys: options.driver.capabilities.repeatedKeys === true,
      concurrencyLimit: () => this.#limits.concurrencyLimit,
    })
    const pressure = new Pressure(limits, (level) => this.#regulator.tellPressure(level))
    this.#capacity = new Capacity(limits, this.#ledger, pressure)
    this.#admission = new Admission(this.#capacity)
    this.#regulator = new Regulator({
      ...options,
      ledger: this.#ledger,
      capacity: this.#capacity,
      admission: this.#admission,
      pressure,
      cutNew: () => this.#dispatcher.pump(),
    })
    const { slots } = this.#regulator
    this.#pauses = new Pauses(clock)
    this.#attempts = new Attempts(options)
    this.#dispatcher = new Dispatcher({
      lanes: this.lanes,
      slots,
      admission: this.#admission,
      clock,
      start: (lane, permit) => this.#start(lane, permit),
    })
    this.#drops = new Drops({
      overflow: options.overflow,
      lanes: this.lanes,
      admission: this.#admission,
      capacity: this.#capacity,
      ledger: this.#ledger,
      observers,
    })
    this.intake = new Intake({
      ...options,
      bufferBytes: limits.bufferBytes,
      admission: this.#admission,
      drops: this.#drops,
      ledger: this.#ledger,
      capacity: this.#capacity,
      onChange: (lane) => this.#dispatcher.changed(lane),
      onFull: (lane) => this.#dispatcher.relieve(lane),
      onLeave: () => this.#makeRoom(),
      onReject: (lane, reason) => observers.tell('submitRejected', { target: lane.target.name, reason }),
    })
    this.#context = {
      ...options,
      slots,
      attempts: this.#attempts,
      pauses: this.#pauses,
      giveUp: this.#giveUp,
      settled: (lane, rows) => this.#settled(lane, rows),
      release: (lane, permit) => this.#dispatcher.release(lane, permit),
      unblocked: (lane) => this.#dispatcher.wake(lane),
      wrote: (ms) => {
        this.#busyMs += ms
      },
    }
  }

  /** Resolves when everything that one lane, or all, accepted before this call is settled. */
  flush(only?: Lane): Promise<{ readonly written: number; readonly failed: number }> {
    const lanes = only === undefined ? [...this.lanes] : [only]
    return new Promise((resolve, reject) => {
      const barrier = new Barrier(resolve, reject)
      for (const lane of lanes) {
        lane.seal('flush')
        for (const segment of lane.segments()) segment.await(barrier)
      }
      for (const delivery of this.#deliveries)
        if (!delivery.done && (only === undefined || delivery.lane === only)) delivery.segment.await(barrier)
      barrier.arm()
      for (const lane of lanes) this.#dispatcher.changed(lane)
    })
  }

  /** Refuses new rows from now on, and resolves when every accepted row is settled. */
  async drain(): Promise<void> {
    this.#state = 'closing'
    this.intake.state = 'closing'
    for (const lane of this.lanes) {
      lane.seal('close')
      this.#dispatcher.changed(lane)
    }
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
      // The last chance of what waits for the database to come back.
      this.#regulator.probeNow()
      this.#checkIdle()
    })
    this.#state = 'closed'
    this.#drops.tell()
  }

  /** Aborts everything and answers the error that carries the rows which were not settled. */
  giveUp(timeoutMs: number): CloseTimeoutError {
    this.#state = 'closed'
    this.intake.state = 'closed'
    this.#dispatcher.stop()
    this.#regulator.rest()
    this.#drops.tell()
    const { rows, waiting, cause } = unsettledRows(this.#deliveries, this.lanes)
    this.#capacity.remember()
    this.#ledger.settle({ returned: rows.length })
    const error = new CloseTimeoutError(
      `close took longer than ${timeoutMs} ms: ${rows.length} ${rows.length === 1 ? 'row is' : 'rows are'} ` +
        `returned with this error${ownWords(cause)}`,
      { ledger: this.#ledger.read(), rows, cause },
    )
    for (const delivery of this.#deliveries.clear()) delivery.endTrace()
    this.#giveUp.aborted = true
    this.#attempts.giveUp(error)
    this.#pauses.endAll()
    for (const refuse of waiting) refuse(error)
    this.intake.close()
    return error
  }

  retune(limits: FlowLimits): void {
    this.#limits = limits
    this.#regulator.retune(limits.concurrencyLimit)
    for (const lane of this.lanes) {
      Object.assign(lane.limits, this.#options.limitsOf(lane.target.name))
      lane.divide()
      this.#dispatcher.wake(lane)
    }
    this.#dispatcher.rearm()
    this.#dispatcher.pump()
  }

  /** Probes a lane that is stopped, and the database if the breaker is open, now. */
  resume(lane: Lane): void {
    lane.probe?.()
    this.#regulator.probeNow()
  }

  stats(): FlowStats {
    let oldest = Number.POSITIVE_INFINITY
    for (const lane of this.lanes) oldest = Math.min(oldest, lane.oldest)
    const pool = this.#pool()
    const closed = this.#state === 'closed'
    return {
      state: this.#state,
      bufferedRows: closed ? 0 : this.#capacity.waitingRows,
      bufferedBytes: closed ? 0 : this.#capacity.waitingBytes,
      inFlightBatches: closed ? 0 : this.#regulator.slots.taken,
      retryingBatches: this.#pauses.size,
      waitingSubmits: this.#admission.waiting,
      ...this.#regulator.stats(),
      oldestRowAgeMs: Number.isFinite(oldest) ? this.#options.clock.now() - oldest : 0,
      busyMs: this.#busyMs,
      observerErrors: this.#options.observers.errors,
      limits: this.#limits,
      ...(pool === undefined ? {} : { pool }),
      ledger: this.#ledger.read(),
    }
  }

  get ledger(): Ledger {
    return this.#ledger.read()
  }

  #pool(): PoolStats | undefined {
    try {
      return this.#options.driver.pool?.()
    } catch {
      // A driver that cannot count its connections must not take the other figures away.
      this.#options.observers.errors++
      return undefined
    }
  }

  /** A lane may hold `maxLaneRows`; once there is a second one, half of the flow's rows and bytes. */
  #shareCapacity(): void {
    const { bufferSize, bufferBytes } = this.#limits
    const shared = this.lanes.size > 1
    for (const lane of this.lanes) {
      lane.maxRows = this.#options.maxLaneRows ?? (shared ? Math.ceil(bufferSize / 2) : bufferSize)
      lane.maxBytes = shared ? bufferBytes / 2 : bufferBytes
    }
  }

  #settled(lane: Lane, rows: SettledRows): void {
    const count = rows.written + rows.coalesced + rows.deadLettered
    this.#capacity.remember()
    this.#ledger.settle(rows)
    lane.rows -= count
    lane.bytes -= rows.bytes
    lane.cutRows -= count
    lane.cutBytes -= rows.bytes
    this.#capacity.settle(count, rows.bytes)
    this.#makeRoom()
  }

  #makeRoom(): void {
    this.#dispatcher.afterwards(() => this.intake.admit())
    this.#checkIdle()
  }

  #checkIdle(): void {
    if (this.#ledger.pending > 0 || this.#admission.waiting > 0) return
    this.#dispatcher.rest()
    this.#attempts.rest()
    this.#regulator.rest()
    this.#onIdle?.()
    this.#onIdle = undefined
  }

  /** Cuts a batch from a lane and delivers it. The dispatcher has taken the slot, and gets it back when it answers false:
   * then the keys of all rows are in flight. */
  #start(lane: Lane, permit: number): boolean {
    const { observers, clock } = this.#options
    const began = clock.now()
    const cut = lane.cut()
    if (cut === undefined) return false
    const { segment, coalesced, claim } = cut
    const preparedMs = clock.now() - began
    lane.cutRows += segment.rows.length
    lane.cutBytes += segment.bytes
    this.#capacity.cut(segment.rows.length, segment.bytes)
    if (observers.hears('batchFlushed'))
      observers.tell('batchFlushed', {
        target: lane.target.name,
        rows: segment.rows.length,
        bytes: segment.bytes,
        trigger: segment.trigger,
        waitMs: clock.now() - segment.oldest,
        enqueueMs: segment.blockedMs / segment.rows.length,
      })
    const id = `${this.#id}-${++this.#batches}`
    // Not `{ ...cut, id }`: V8 takes two microseconds to spread an object and add to it.
    const consignment = { id, lane, segment, coalesced, claim, permit, preparedMs }
    const delivery = new Delivery(consignment, this.#context)
    this.#deliveries.add(delivery)
    delivery.start(() => this.#deliveries.remove(delivery))
    return true
  }
}
