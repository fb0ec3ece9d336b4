import type { BreakerState } from './breaker.ts'
import type { PressureLevel } from './pressure.ts'
import type { PoolStats } from '../driver/driver.ts'

/** Where every accepted row is: `submitted = written + coalesced + deadLettered + dropped + returned + pending`, always. */
export interface Ledger {
  /** Rows that `submit` or `trySubmit` accepted. */
  readonly submitted: number
  /** Rows committed by the database, or skipped by it under a conflict policy that says so. */
  readonly written: number
  /** Rows that another row with the same key stood for, and that was written. */
  readonly coalesced: number
  /** Rows that the dead-letter handler has taken. */
  readonly deadLettered: number
  /** Rows given up under an overflow policy that the user chose. */
  readonly dropped: number
  /** Rows handed back by a `close` that reached its deadline. */
  readonly returned: number
  /** Rows buffered, in flight or retrying. */
  readonly pending: number
}

/** The limits in force, after `retune`. */
export interface FlowLimits {
  readonly flushSize: number
  readonly flushBytes: number
  readonly flushIntervalMs: number
  readonly bufferSize: number
  readonly bufferBytes: number
  readonly concurrencyLimit: number
}

/** A reading of a flow, consistent in itself. */
export interface FlowStats {
  readonly state: 'open' | 'closing' | 'closed'
  /** Rows that wait in lanes; those in flight or retrying are not among them. */
  readonly bufferedRows: number
  readonly bufferedBytes: number
  /** Batches that are being written now. */
  readonly inFlightBatches: number
  /** Batches that sleep between attempts. */
  readonly retryingBatches: number
  /** Calls of `submit` that wait for room. */
  readonly waitingSubmits: number
  /** The most rows, and bytes, that the flow has held at once, in flight and retrying ones included. */
  readonly highWaterRows: number
  readonly highWaterBytes: number
  /** `high` from four fifths of the buffer, in rows or bytes, until it is half empty. */
  readonly pressure: PressureLevel
  /** Batches that may be written at once now: `limits.concurrencyLimit`, or fewer while the database is overloaded. */
  readonly concurrency: number
  /** `closed`: batches are written. `open`: nothing is tried. `halfOpen`: one batch is. Without a breaker `closed`. */
  readonly breaker: BreakerState
  /** Age in milliseconds of the oldest row that waits in a lane; 0 when none does. */
  readonly oldestRowAgeMs: number
  /** Time in milliseconds that batches have spent being written, summed over slots. */
  readonly busyMs: number
  /** Observer calls that threw. */
  readonly observerErrors: number
  readonly limits: FlowLimits
  /** Connections, when the driver has some to show. */
  readonly pool?: PoolStats
  readonly ledger: Ledger
}

/** Counts rows from acceptance to settlement. What was submitted is derived, so the sum balances by construction, and
 * settling more rows than are pending is caught at once. */
export class RowLedger {
  #pending = 0
  #written = 0
  #coalesced = 0
  #deadLettered = 0
  #dropped = 0
  #returned = 0

  get pending(): number {
    return this.#pending
  }

  /** One more row is pending. */
  submit(): void {
    this.#pending++
  }

  settle(rows: {
    readonly written?: number
    readonly coalesced?: number
    readonly deadLettered?: number
    readonly dropped?: number
    readonly returned?: number
  }): void {
    const { written = 0, coalesced = 0, deadLettered = 0, dropped = 0, returned = 0 } = rows
    this.#written += written
    this.#coalesced += coalesced
    this.#deadLettered += deadLettered
    this.#dropped += dropped
    this.#returned += returned
    this.#pending -= written + coalesced + deadLettered + dropped + returned
    if (this.#pending < 0) throw new Error(`ledger: ${-this.#pending} more rows settled than submitted`)
  }

  read(): Ledger {
    const settled = this.#written + this.#coalesced + this.#deadLettered + this.#dropped + this.#returned
    return {
      submitted: this.#pending + settled,
      written: this.#written,
      coalesced: this.#coalesced,
      deadLettered: this.#deadLettered,
      dropped: this.#dropped,
      returned: this.#returned,
      pending: this.#pending,
    }
  }
}
