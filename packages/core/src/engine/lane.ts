import type { RowSemantics, Target } from '../driver/target.ts'
import type { FlushTrigger } from '../observe/observer.ts'
import { submitChannel, type SubmitTrace } from '../observe/tracing.ts'
import type { Clock } from './clock.ts'
import { alone, coalesce, type Coalesced } from './coalesce.ts'
import { cutByKeys } from './cut-by-keys.ts'
import { KeyGuard, type Claim } from './key-guard.ts'
import type { Waiter } from './row.ts'
import { chunkRows, Segment, type DroppedRow, type Receipt } from './segment.ts'
import { splitSegment } from './split-segment.ts'

/** When a lane's open segment is full or due. */
export interface LaneLimits {
  flushSize: number
  flushBytes: number
  flushIntervalMs: number
}

/** A batch, as it is cut from a lane. */
export interface LaneCut {
  readonly segment: Segment
  /** Its rows, joined by key. */
  readonly coalesced: Coalesced
  /** What it holds of the lane's keys, if they are watched; given back by `written`. */
  readonly claim: Claim | undefined
}

/** What a lane is made of. */
export interface LaneOptions {
  readonly semantics: RowSemantics<unknown>
  readonly limits: LaneLimits
  /** The driver takes rows with one key in one batch. */
  readonly repeatedKeys: boolean
  /** Batches that may be in flight at once. */
  readonly concurrencyLimit: () => number
}

/** The rows of one table that wait to be written.
 *
 * Rows join the open segment. It is sealed when it is full in rows or bytes, and queues behind the sealed ones; the
 * open segment itself is taken, whatever its size, when it is due and a slot is free, so that rows which wait for a
 * slot go on gathering company. `due` says why it may be taken before it is full, and holds for that segment only.
 *
 * In a keyed lane a row whose key is in flight is set aside when a batch is cut; it stands before all others at the next
 * cut. When nothing but such rows is left the lane is blocked, until a batch of it is done or other rows are sealed. */
export class Lane {
  readonly target: Target
  readonly semantics: RowSemantics<unknown>
  readonly limits: LaneLimits
  readonly waiters: Set<Waiter> = new Set()
  /** Rows accepted and not settled, those in flight included. */
  rows = 0
  /** Their estimated bytes. */
  bytes = 0
  /** Those of them that were cut for a batch. */
  cutRows = 0
  cutBytes = 0
  /** The most that it may hold of either. */
  maxRows = 0
  maxBytes = 0
  /** Slots that its batches hold. */
  slots = 0
  /** The breaker's: where it stood when a batch of this lane last failed. */
  failedIn: number = -1
  /** Set while the lane is stopped by a configuration error: resolves when a probe went through. */
  halted: Promise<void> | undefined
  /** Ends the pause before the next probe. */
  probe: (() => void) | undefined
  /** The driver's `prepare`, once it was asked. */
  prepared: Promise<void> | undefined
  isPrepared = false
  /** Looks whether the open segment is due; the dispatcher's. */
  timer: { cancel(): void } | undefined
  /** It stands in the dispatcher's line. */
  inLine = false
  /** Since when the dispatcher keeps its open segment among those that may be in the way. */
  keptSince: number | undefined
  readonly #guard: KeyGuard | undefined
  readonly #repeatedKeys: boolean
  #open = new Segment()
  readonly #sealed: Segment[] = []
  #setAside: Segment | undefined
  #blocked = false
  #due: FlushTrigger | undefined

  constructor(target: Target, options: LaneOptions) {
    this.target = target
    this.semantics = options.semantics
    this.limits = options.limits
    this.#repeatedKeys = options.repeatedKeys
    this.#guard = KeyGuard.of(options.semantics, {
      repeatedKeys: options.repeatedKeys,
      tableRows: () => this.limits.flushSize * options.concurrencyLimit(),
    })
  }

  /** It is full by its own limit. */
  get full(): boolean {
    return this.rows >= this.maxRows || this.bytes >= this.maxBytes
  }

  /** It would be full by its own limit if no row waited. */
  get fullOfCutRows(): boolean {
    return this.cutRows >= this.maxRows || this.cutBytes >= this.maxBytes
  }

  get openRows(): number {
    return this.#open.size
  }

  /** When the oldest waiting row was accepted; Infinity when none waits. */
  get oldest(): number {
    return (this.#setAside ?? this.#sealed[0] ?? this.#open).oldest
  }

  get openSince(): number {
    return this.#open.oldest
  }

  get due(): boolean {
    return this.#due !== undefined
  }

  /** Nothing but a lack of rows keeps this lane from being written. */
  get free(): boolean {
    return this.halted === undefined
  }

  /** A batch may be cut now. */
  get runnable(): boolean {
    if (this.halted !== undefined || this.#blocked) return false
    return (
      this.#sealed.length > 0 ||
      this.#setAside !== undefined ||
      (this.#due !== undefined && this.#open.size > 0)
    )
  }

  /** Adds a row and answers whether that opened or sealed a segment. The way of every row: what is rare stands apart. */
  push(snapshot: unknown, bytes: number, receipt: Receipt | undefined, clock: Clock): boolean {
    const { flushSize, flushBytes } = this.limits
    let open = this.#open
    if (open.bytes + bytes > flushBytes) {
      this.seal('bytes')
      open = this.#open
    }
    this.rows++
    this.bytes += bytes
    if (open.rows.length % chunkRows === 0) this.#beginChunk(open, bytes, clock)
    if (receipt !== undefined) (open.receipts ??= new Map()).set(open.rows.length, receipt)
    // Not by `push`: its optimized code is thrown away when an empty array takes its first object.
    open.rows[open.rows.length] = snapshot
    open.bytes += bytes
    const { size } = open
    if (size < flushSize && open.bytes < flushBytes) return size === 1
    this.seal(size >= flushSize ? 'size' : 'bytes')
    return true
  }

  /** The rows of a chunk have the time of the first, which stands for them to those who trace submits, too. */
  #beginChunk(open: Segment, bytes: number, clock: Clock): void {
    open.stamps.push(clock.now())
    if (!submitChannel.hasSubscribers) return
    const trace: SubmitTrace = { target: this.target.name, bytes, sampledRows: chunkRows }
    submitChannel.publish(trace)
  }

  /** Adds the time that the last row waited for room; called right after its `push`. */
  noteBlocked(ms: number): void {
    const segment = this.#open.size > 0 ? this.#open : this.#sealed.at(-1)
    if (segment !== undefined) segment.blockedMs += ms
  }

  /** The open segment may be taken before it is full. */
  markDue(trigger: FlushTrigger): void {
    this.#due ??= trigger
    // Its rows have not been looked at: their keys may be free.
    if (this.#open.size > 0) this.#blocked = false
  }

  /** Closes the open segment, if it has rows. */
  seal(trigger: FlushTrigger): void {
    if (this.#open.size === 0) return
    this.#open.trigger = trigger
    this.#sealed.push(this.#open)
    this.#open = new Segment()
    this.#due = undefined
    this.#blocked = false
  }

  /** The limits are others now: what waits in larger segments is divided. */
  divide(): void {
    const { flushSize, flushBytes } = this.limits
    if (this.#open.size >= flushSize) this.seal('size')
    else if (this.#open.bytes >= flushBytes) this.seal('bytes')
    const { bytesOf } = this.semantics
    this.#sealed.push(
      ...this.#sealed.splice(0).flatMap((segment) => splitSegment(segment.trimmed(), this.limits, bytesOf)),
    )
  }

  /** The next batch; `undefined` when no row may go, because the keys of all are in flight. Precondition: `runnable`. */
  cut(): LaneCut | undefined {
    if (!this.runnable) throw new Error('lane: cut while not runnable')
    if (this.#sealed.length === 0) this.seal(this.#due ?? 'interval')
    const guard = this.#guard
    if (guard === undefined) {
      const segment = (this.#sealed.shift() as Segment).trimmed()
      return { segment, coalesced: alone(segment.rows), claim: undefined }
    }
    const claim = guard.claim()
    const segment = this.#cutByKeys(guard, claim)
    if (segment === undefined) {
      guard.release(claim)
      this.#blocked = true
      return undefined
    }
    const joined = claim.mayRepeat ? this.#join(segment) : { segment, coalesced: alone(segment.rows) }
    claim.rows = joined.segment.rows
    return { segment: joined.segment, coalesced: joined.coalesced, claim }
  }

  /** Nothing of a batch will be written any more. */
  written(claim: Claim | undefined): void {
    this.#blocked = false
    if (claim !== undefined) this.#guard?.release(claim)
  }

  /** Joins the rows of a batch; those that cannot be joined and may not stand beside each other are set aside. */
  #join(segment: Segment): { readonly segment: Segment; readonly coalesced: Coalesced } {
    const { coalesced, left } = coalesce(segment.rows, this.semantics, this.#repeatedKeys)
    if (left.length === 0) return { segment, coalesced }
    const stays = new Set(left)
    const batch = new Segment()
    const rest = new Segment()
    for (const index of segment.rows.keys()) (stays.has(index) ? rest : batch).take(segment, index)
    const { bytesOf } = this.semantics
    rest.bytes = Math.min(
      segment.bytes,
      rest.rows.reduce((sum: number, row) => sum + bytesOf(row), 0),
    )
    batch.bytes = segment.bytes - rest.bytes
    batch.blockedMs = segment.blockedMs
    segment.handOver()
    const later = this.#setAside
    if (later !== undefined) {
      for (const index of later.rows.keys()) rest.take(later, index)
      rest.bytes += later.bytes
      later.handOver()
    }
    this.#setAside = rest
    return { segment: batch, coalesced }
  }

  #cutByKeys(guard: KeyGuard, claim: Claim): Segment | undefined {
    const { flushSize } = this.limits
    const { bytesOf } = this.semantics
    let setAside = this.#setAside
    const next = () => {
      const source = setAside ?? this.#sealed.shift()
      setAside = undefined
      return source?.trimmed()
    }
    const { batch, rest } = cutByKeys(next, { guard, claim, flushSize, bytesOf })
    this.#setAside = rest.rows.length > 0 ? rest : undefined
    return batch.rows.length > 0 ? batch : undefined
  }

  /** Every segment that waits, oldest first. */
  *segments(): Iterable<Segment> {
    if (this.#setAside !== undefined) yield this.#setAside
    yield* this.#sealed
    if (this.#open.size > 0) yield this.#open
  }

  /** Takes the oldest row that waits out for good; `undefined` when none waits. */
  dropOldest(): DroppedRow | undefined {
    const [segment] = this.segments()
    if (segment === undefined) return undefined
    const row = segment.dropOldest(this.semantics.bytesOf)
    this.rows--
    this.bytes -= row.bytes
    if (segment.size === 0) this.#remove(segment)
    return row
  }

  /** A segment has no rows any more. */
  #remove(segment: Segment): void {
    segment.handOver()
    if (segment === this.#setAside) this.#setAside = undefined
    else if (segment === this.#sealed[0]) this.#sealed.shift()
    else {
      this.#open = new Segment()
      this.#due = undefined
    }
  }

  /** Takes every waiting row out, for a flow that gives up. */
  clear(): Segment[] {
    const waiting = Array.from(this.segments(), (segment) => segment.trimmed())
    this.#setAside = undefined
    this.#sealed.length = 0
    this.#open = new Segment()
    return waiting
  }
}
