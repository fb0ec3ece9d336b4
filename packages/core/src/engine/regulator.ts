import type { Failure } from '../driver/failure.ts'
import type { Observers } from '../observe/observers.ts'
import type { Admission } from './admission.ts'
import { Breaker, type BreakerPolicy } from './breaker.ts'
import type { Capacity } from './capacity.ts'
import type { Clock } from './clock.ts'
import type { FlowLimits, FlowStats, RowLedger } from './ledger.ts'
import type { Pressure, PressureLevel } from './pressure.ts'
import { Slots } from './slots.ts'
import { Throttle } from './throttle.ts'

export interface RegulatorOptions {
  readonly limits: FlowLimits
  readonly breaker: BreakerPolicy | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly observers: Observers
  readonly ledger: RowLedger
  readonly capacity: Capacity
  readonly admission: Admission
  readonly pressure: Pressure
  /** Cuts new batches, where there are slots for them. */
  readonly cutNew: () => void
}

/** How hard a flow drives its database and how hard its callers drive it: slots, throttle, breaker and pressure, and what
 * observers are told of them. */
export class Regulator {
  readonly slots: Slots
  readonly #options: RegulatorOptions
  readonly #throttle: Throttle
  readonly #breaker: Breaker | undefined

  constructor(options: RegulatorOptions) {
    const { limits, breaker: policy, clock, random, observers, cutNew } = options
    this.#options = options
    this.#throttle = new Throttle(limits.concurrencyLimit)
    this.#breaker =
      policy &&
      new Breaker({
        policy,
        clock,
        random,
        onChange: (state, details) => observers.tell('breakerChanged', { state, ...details }),
        onAdmission: () => this.slots.readmit(cutNew),
      })
    this.slots = new Slots({
      throttle: this.#throttle,
      breaker: this.#breaker,
      onThrottled: (failure) => this.#tellConcurrency(failure),
    })
  }

  retune(concurrencyLimit: number): void {
    this.#throttle.limit = concurrencyLimit
    this.slots.serve()
  }

  /** Tries the database now, if the breaker is open. */
  probeNow(): void {
    this.#breaker?.probeNow()
  }

  /** Nothing is pending: no timer need stay. */
  rest(): void {
    this.#breaker?.rest()
  }

  stats(): Pick<FlowStats, 'highWaterRows' | 'highWaterBytes' | 'pressure' | 'concurrency' | 'breaker'> {
    const { capacity, pressure } = this.#options
    const highWater = capacity.remember()
    return {
      highWaterRows: highWater.rows,
      highWaterBytes: highWater.bytes,
      pressure: pressure.level,
      concurrency: this.#throttle.allowed,
      breaker: this.#breaker?.state ?? 'closed',
    }
  }

  tellPressure(pressure: PressureLevel): void {
    const { observers, ledger, capacity, admission } = this.#options
    const { pending: rows } = ledger
    const { bytes } = capacity
    observers.tell('pressureChanged', { pressure, rows, bytes, waitingSubmits: admission.waiting })
  }

  #tellConcurrency(failure: Failure | undefined): void {
    const { allowed: concurrency, limit: concurrencyLimit } = this.#throttle
    const details = { concurrency, concurrencyLimit, ...(failure === undefined ? {} : { failure }) }
    this.#options.observers.tell('concurrencyChanged', details)
  }
}
