import type { RowOutcome } from '../driver/failure.ts'
import type { Coalesced } from './coalesce.ts'
import { CommitLatencies, type WrittenChunk } from './commit-latencies.ts'
import { chunkRows, type Receipt, type Segment } from './segment.ts'

/** What settling some rows means for the ledger. */
export interface SettledRows {
  readonly written: number
  readonly coalesced: number
  readonly deadLettered: number
  readonly bytes: number
}

/** Keeps the books of one batch: which of its rows are settled, for how many accepted rows each of them stands, what
 * room they take, and how long they took. A place is settled once. */
export class Settlement {
  readonly #segment: Segment
  readonly #coalesced: Coalesced
  readonly #bytesOf: (row: unknown) => number
  /** Accepted rows that are not settled. */
  #left: number
  #bytesLeft: number
  /** By place, 1 when settled; made when the batch is first settled in part. */
  #settled: Uint8Array | undefined
  /** When all was written at once, which is the rule. */
  #writtenAt: number | undefined
  /** Else, chunk by chunk. */
  #writtenParts: WrittenChunk[] | undefined
  written = 0
  coalesced = 0
  failed = 0

  constructor(segment: Segment, coalesced: Coalesced, bytesOf: (row: unknown) => number) {
    this.#segment = segment
    this.#coalesced = coalesced
    this.#bytesOf = bytesOf
    this.#left = segment.rows.length
    this.#bytesLeft = segment.bytes
  }

  get done(): boolean {
    return this.#left === 0
  }

  /** Times from acceptance to commit. */
  get latencies(): CommitLatencies {
    return new CommitLatencies(this.#segment, this.#writtenAt ?? this.#writtenParts ?? [])
  }

  /** Rows at these places (`undefined`: all) are in the database. `outcomes` are aligned with them. */
  write(
    places: readonly number[] | undefined,
    now: number,
    outcomes: readonly RowOutcome[] | undefined,
  ): SettledRows {
    const inputs = this.#settle(places)
    const receipts = this.#segment.receipts
    if (receipts !== undefined) {
      const indexOf = new Map(places?.map((place, index) => [place, index]))
      for (const index of inputs ?? this.#segment.rows.keys()) {
        const place = this.#coalesced.placeOf?.[index] ?? index
        const outcome = outcomes?.[places === undefined ? place : (indexOf.get(place) as number)]
        receipts
          .get(index)
          ?.written(this.#replaced(index), outcome?.outcome === 'written' ? outcome.returned : undefined)
      }
    }
    this.#noteLatencies(inputs, now)
    const rows = inputs?.length ?? this.#segment.rows.length
    const written = places?.length ?? this.#coalesced.rows.length
    this.written += written
    this.coalesced += rows - written
    return { written, coalesced: rows - written, deadLettered: 0, bytes: this.#release(inputs) }
  }

  /** The accepted rows behind some places: what a dead letter hands over. */
  inputsAt(places: readonly number[] | undefined): readonly unknown[] {
    if (places === undefined) return [...this.#segment.rows]
    return this.#inputs(places).map((index) => this.#segment.rows[index])
  }

  /** Rows at these places (`undefined`: all) are dead-lettered. */
  fail(places: readonly number[] | undefined, error: unknown): SettledRows {
    const inputs = this.#settle(places) ?? [...this.#segment.rows.keys()]
    for (const index of inputs) this.#segment.receipts?.get(index)?.failed(error)
    this.failed += inputs.length
    return {
      written: 0,
      coalesced: 0,
      deadLettered: inputs.length,
      bytes: this.#release(inputs),
    }
  }

  /** What is not settled, for a flow that gives up: the rows, and who waits for them. */
  unsettled(isDoubtful: (place: number) => boolean): {
    readonly rows: { readonly row: unknown; readonly ambiguous: boolean }[]
    readonly receipts: Receipt[]
  } {
    const rows: { row: unknown; ambiguous: boolean }[] = []
    const receipts: Receipt[] = []
    for (const [index, row] of this.#segment.rows.entries()) {
      const place = this.#coalesced.placeOf?.[index] ?? index
      if (this.done || this.#settled?.[place] === 1) continue
      rows.push({ row, ambiguous: isDoubtful(place) })
      const receipt = this.#segment.receipts?.get(index)
      if (receipt !== undefined) receipts.push(receipt)
    }
    return { rows, receipts }
  }

  /** Marks places and answers the accepted rows behind them; `undefined` means all of the batch. */
  #settle(places: readonly number[] | undefined): readonly number[] | undefined {
    if (places === undefined) {
      if (this.#left !== this.#segment.rows.length) throw new Error('settlement: a row was settled twice')
      return undefined
    }
    this.#settled ??= new Uint8Array(this.#coalesced.rows.length)
    for (const place of places) {
      if (this.#settled[place] === 1) throw new Error('settlement: a row was settled twice')
      this.#settled[place] = 1
    }
    return this.#inputs(places)
  }

  #inputs(places: readonly number[]): readonly number[] {
    if (this.#coalesced.placeOf === undefined) return places
    const wanted = new Set(places)
    const inputs: number[] = []
    for (const [index, place] of this.#coalesced.placeOf.entries()) if (wanted.has(place)) inputs.push(index)
    return inputs
  }

  /** Another row stood for this one: the database never saw it. */
  #replaced(index: number): boolean {
    const { placeOf, representatives } = this.#coalesced
    return placeOf !== undefined && representatives?.[placeOf[index] as number] !== index
  }

  #noteLatencies(inputs: readonly number[] | undefined, now: number): void {
    if (inputs === undefined) {
      this.#writtenAt = now
      return
    }
    const { stamps } = this.#segment
    const counts = new Array<number>(stamps.length).fill(0)
    for (const index of inputs) {
      const chunk = Math.floor(index / chunkRows)
      counts[chunk] = (counts[chunk] ?? 0) + 1
    }
    this.#writtenParts ??= []
    for (const [chunk, rows] of counts.entries())
      if (rows > 0) this.#writtenParts.push({ latency: now - (stamps[chunk] as number), rows })
  }

  /** The room of some accepted rows; `undefined`: of all. Sizes are not kept per row: those of a part are estimated again,
   * and the last part gives back what is left. */
  #release(inputs: readonly number[] | undefined): number {
    const rows = inputs?.length ?? this.#segment.rows.length
    const all = inputs === undefined || rows === this.#left
    const bytes = all ? this.#bytesLeft : Math.min(this.#bytesLeft, this.#estimate(inputs))
    this.#left -= rows
    this.#bytesLeft -= bytes
    return bytes
  }

  #estimate(inputs: readonly number[]): number {
    return inputs.reduce((sum, index) => sum + this.#bytesOf(this.#segment.rows[index]), 0)
  }
}
