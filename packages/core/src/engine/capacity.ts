import type { RowLedger } from './ledger.ts'
import type { Pressure } from './pressure.ts'

/** Room for rows, by number and by estimated bytes, over everything that is not settled. */
export class Capacity {
  readonly #maxRows: number
  readonly #maxBytes: number
  readonly #ledger: RowLedger
  readonly #pressure: Pressure
  #bytes = 0
  #cutRows = 0
  #cutBytes = 0

  constructor(
    limits: { readonly bufferSize: number; readonly bufferBytes: number },
    /** Counts the rows. */
    ledger: RowLedger,
    pressure: Pressure,
  ) {
    this.#maxRows = limits.bufferSize
    this.#maxBytes = limits.bufferBytes
    this.#ledger = ledger
    this.#pressure = pressure
  }

  get bytes(): number {
    return this.#bytes
  }

  /** One more row of so many bytes has room. */
  fits(bytes: number): boolean {
    return this.#ledger.pending < this.#maxRows && this.#bytes + bytes <= this.#maxBytes
  }

  /** The same, if no row waited. */
  wouldFit(bytes: number): boolean {
    return this.#cutRows < this.#maxRows && this.#cutBytes + bytes <= this.#maxBytes
  }

  /** Rows that wait in lanes, and their bytes. */
  get waitingRows(): number {
    return this.#ledger.pending - this.#cutRows
  }

  get waitingBytes(): number {
    return this.#bytes - this.#cutBytes
  }

  /** A row came in, which the ledger has counted. */
  take(bytes: number): void {
    this.#bytes += bytes
    if (this.#pressure.rises(this.#ledger.pending, this.#bytes)) this.#look()
  }

  /** Rows were cut from a lane to be written. */
  cut(rows: number, bytes: number): void {
    this.#cutRows += rows
    this.#cutBytes += bytes
  }

  /** Rows are going to be settled or dropped; the ledger still counts them. */
  remember(): { readonly rows: number; readonly bytes: number } {
    return this.#pressure.remember(this.#ledger.pending, this.#bytes)
  }

  /** Rows that had been cut are settled, in the ledger too. */
  settle(rows: number, bytes: number): void {
    this.cut(-rows, -bytes)
    this.release(bytes)
  }

  /** A row that waited is gone, from the ledger too. */
  release(bytes: number): void {
    this.#bytes -= bytes
    if (this.#bytes < 0) throw new Error('capacity: more released than taken')
    this.#look()
  }

  #look(): void {
    this.#pressure.look(this.#ledger.pending, this.#bytes)
  }
}
