import type { FlushTrigger } from '../observe/observer.ts'

/** Rows that share one time stamp: a clock reading costs more than a push, so one is taken per chunk. */
export const chunkRows = 64

/** What `submitAndSettle` waits for. */
export interface Receipt {
  written(coalesced: boolean, returned: Readonly<Record<string, unknown>> | undefined): void
  failed(error: unknown): void
}

/** What `flush` waits for: a number of segments, whose counts it collects. */
export class Barrier {
  #written = 0
  #failed = 0
  #open = 0
  readonly #resolve: (counts: { readonly written: number; readonly failed: number }) => void
  readonly #reject: (error: unknown) => void

  constructor(
    resolve: (counts: { readonly written: number; readonly failed: number }) => void,
    reject: (error: unknown) => void,
  ) {
    this.#resolve = resolve
    this.#reject = reject
  }

  /** One more segment is waited for. */
  expect(): void {
    this.#open++
  }

  /** Nothing more will be expected; resolves at once when nothing is. */
  arm(): void {
    if (this.#open === 0) this.#resolve({ written: 0, failed: 0 })
  }

  settle(written: number, failed: number): void {
    this.#written += written
    this.#failed += failed
    if (--this.#open === 0) this.#resolve({ written: this.#written, failed: this.#failed })
  }

  /** Rows of a segment that is waited for were dropped. */
  drop(rows: number): void {
    this.#failed += rows
  }

  /** The flow gives up: what is waited for will not come. */
  fail(error: unknown): void {
    this.#reject(error)
  }
}

/** A row that was taken out of a segment. */
export interface DroppedRow {
  readonly bytes: number
  readonly receipt: Receipt | undefined
}

/** Rows of one lane in order of submission, on their way to be one batch. Its array is handed over to the batch and
 * never used again: reusing it under a batch in flight is how the Go pipeline once wrote rows twice.
 *
 * While it waits its oldest rows may be dropped. Their places stay, so that nothing has to move for each of them, until
 * `trimmed` is asked for what is left. */
export class Segment {
  readonly rows: unknown[] = []
  /** Acceptance times, one per chunk of `chunkRows` rows. */
  readonly stamps: number[] = []
  bytes = 0
  /** Time that the rows spent in `submit` waiting for room, summed, in milliseconds. */
  blockedMs = 0
  /** Set when the segment is sealed. */
  trigger: FlushTrigger = 'size'
  /** By index into `rows`. */
  receipts: Map<number, Receipt> | undefined
  barriers: Set<Barrier> | undefined
  /** Places at the front whose rows were dropped. */
  #dropped = 0

  /** Rows that are in it, those that were dropped not among them. */
  get size(): number {
    return this.rows.length - this.#dropped
  }

  get oldest(): number {
    return this.stamps[Math.floor(this.#dropped / chunkRows)] ?? Number.POSITIVE_INFINITY
  }

  /** Takes the oldest row out for good; whoever holds its receipt is told by the caller. Precondition: it has rows. */
  dropOldest(bytesOf: (row: unknown) => number): DroppedRow {
    const index = this.#dropped++
    const bytes = this.size === 0 ? this.bytes : Math.min(this.bytes, bytesOf(this.rows[index]))
    const receipt = this.receipts?.get(index)
    this.rows[index] = undefined
    this.receipts?.delete(index)
    this.bytes -= bytes
    for (const barrier of this.barriers ?? []) barrier.drop(1)
    return { bytes, receipt }
  }

  /** The segment without the places of dropped rows; itself when none was. */
  trimmed(): Segment {
    if (this.#dropped === 0) return this
    const left = new Segment()
    for (let index = this.#dropped; index < this.rows.length; index++) left.take(this, index)
    left.trigger = this.trigger
    left.bytes = this.bytes
    left.blockedMs = this.blockedMs
    this.handOver()
    return left
  }

  await(barrier: Barrier): void {
    if (this.barriers?.has(barrier) === true) return
    barrier.expect()
    this.barriers ??= new Set()
    this.barriers.add(barrier)
  }

  /** Takes over a row of another segment, with what belongs to it. */
  take(from: Segment, index: number): void {
    const place = this.rows.length
    if (place % chunkRows === 0) this.stamps.push(from.stamps[Math.floor(index / chunkRows)] as number)
    if (place === 0) this.trigger = from.trigger
    this.rows.push(from.rows[index])
    const receipt = from.receipts?.get(index)
    if (receipt !== undefined) (this.receipts ??= new Map()).set(place, receipt)
    for (const barrier of from.barriers ?? []) this.await(barrier)
  }

  /** Its rows are in other segments now, and who waits for them waits for those. */
  handOver(): void {
    for (const barrier of this.barriers ?? []) barrier.settle(0, 0)
  }

  /** Tells everybody who waits for these rows that the flow gives up. */
  abandon(error: unknown): void {
    for (const receipt of this.receipts?.values() ?? []) receipt.failed(error)
    for (const barrier of this.barriers ?? []) barrier.fail(error)
  }
}
