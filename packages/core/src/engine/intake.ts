import { BatchFlowError } from '../errors.ts'
import type { RejectReason } from '../observe/observer.ts'
import { AbortListeners } from './abort-listeners.ts'
import type { Admission } from './admission.ts'
import type { Capacity } from './capacity.ts'
import type { Clock } from './clock.ts'
import type { Drops, Overflow } from './drops.ts'
import type { Lane } from './lane.ts'
import type { RowLedger } from './ledger.ts'
import type { Row, Waiter } from './row.ts'
import type { Receipt } from './segment.ts'

export interface IntakeOptions {
  readonly admission: Admission
  readonly clock: Clock
  readonly maxRowBytes: number
  readonly bufferBytes: number
  readonly maxWaitingSubmits: number
  readonly overflow: Overflow
  readonly drops: Drops
  readonly ledger: RowLedger
  readonly capacity: Capacity
  /** A row opened a segment of the lane or sealed one, or made it due. */
  readonly onChange: (lane: Lane) => void
  /** A row found no room. */
  readonly onFull: (lane: Lane) => void
  /** Somebody who waited has left. */
  readonly onLeave: () => void
  readonly onReject: (lane: Lane, reason: RejectReason) => void
}

const accepted = Promise.resolve()

/** What stands between a caller and the lanes: checks a row, copies it, and lets it in or makes it wait. */
export class Intake {
  /** Rows are taken; closing: those that wait already still are. */
  state: 'open' | 'closing' | 'closed' = 'open'
  readonly #options: IntakeOptions
  readonly #admission: Admission
  readonly #ledger: RowLedger
  readonly #capacity: Capacity
  readonly #clock: Clock
  readonly #maxBytes: number
  readonly #aborts: AbortListeners
  #admitting = false

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#aborts = new AbortListeners(options.onLeave)
    this.#admission = options.admission
    this.#ledger = options.ledger
    this.#capacity = options.capacity
    this.#clock = options.clock
    this.#maxBytes = Math.min(options.maxRowBytes, options.bufferBytes)
  }

  /** Takes a row, waiting for room in order of arrival. Does not throw. */
  submit(lane: Lane, row: unknown, signal?: AbortSignal, receipt?: Receipt): Promise<void> {
    if (signal?.aborted === true) {
      this.#options.onReject(lane, 'aborted')
      return Promise.reject(signal.reason)
    }
    if (this.state !== 'open') return this.#reject(lane, 'closed', closedError())
    let snapshot: unknown
    let bytes: number
    try {
      snapshot = lane.semantics.snapshot(row)
      bytes = lane.semantics.bytesOf(snapshot)
    } catch (error) {
      return Promise.reject(this.#unreadable(lane, error))
    }
    // An estimate that is no number at all is refused too: it could never be given room.
    if (!(bytes <= this.#maxBytes)) return Promise.reject(this.#tooLarge(lane, bytes))
    if (!this.#admission.open(lane, bytes)) return this.#overflow(lane, { snapshot, bytes, receipt }, signal)
    this.#accept(lane, snapshot, bytes, receipt)
    return accepted
  }

  /** Takes a row if there is room now. The way of most rows: what it calls is what it needs. */
  trySubmit(lane: Lane, row: unknown): boolean {
    if (this.state !== 'open') {
      this.#options.onReject(lane, 'closed')
      return false
    }
    let snapshot: unknown
    let bytes: number
    try {
      snapshot = lane.semantics.snapshot(row)
      bytes = lane.semantics.bytesOf(snapshot)
    } catch (error) {
      throw this.#unreadable(lane, error)
    }
    if (!(bytes <= this.#maxBytes)) throw this.#tooLarge(lane, bytes)
    if (this.#admission.open(lane, bytes)) {
      this.#accept(lane, snapshot, bytes, undefined)
      return true
    }
    if (this.#dropOldest(lane, { snapshot, bytes, receipt: undefined })) return true
    this.#options.onReject(lane, 'full')
    this.#options.onFull(lane)
    return false
  }

  #accept(lane: Lane, snapshot: unknown, bytes: number, receipt: Receipt | undefined): void {
    this.#ledger.submit()
    this.#capacity.take(bytes)
    if (lane.push(snapshot, bytes, receipt, this.#clock)) this.#options.onChange(lane)
  }

  /** Lets in who has room now, in turn. */
  admit(): void {
    if (this.#admitting) return
    this.#admitting = true
    const { admission, onChange } = this.#options
    try {
      for (let next = admission.next(); next !== undefined; next = admission.next()) {
        const { lane, waiter } = next
        const { snapshot, bytes, receipt } = waiter.row
        this.#accept(lane, snapshot, bytes, receipt)
        lane.noteBlocked(this.#clock.now() - waiter.since)
        if (this.state === 'closing') {
          // Nobody comes after it whose company it could wait for.
          lane.markDue('close')
          onChange(lane)
        }
        waiter.admitted()
      }
    } finally {
      this.#admitting = false
    }
  }

  /** Sends away who waits. */
  close(): void {
    for (const waiter of this.#options.admission.clear()) waiter.refused(closedError())
  }

  #tooLarge(lane: Lane, bytes: number): BatchFlowError {
    const { maxRowBytes, bufferBytes } = this.#options
    this.#options.onReject(lane, 'too_large')
    const [limit, rule] = bytes <= maxRowBytes ? [bufferBytes, 'bufferBytes'] : [maxRowBytes, 'maxRowBytes']
    return new BatchFlowError(
      'BATCHFLOW_INVALID_ROW',
      `${lane.target.name}: a row must take at most ${limit} bytes (${rule}), got about ${bytes}`,
    )
  }

  /** The target's own refusal, or what a getter or a proxy of the caller's threw. */
  #unreadable(lane: Lane, cause: unknown): BatchFlowError {
    this.#options.onReject(lane, 'invalid_row')
    if (BatchFlowError.is(cause)) return cause
    return new BatchFlowError('BATCHFLOW_INVALID_ROW', `${lane.target.name}: a row could not be read`, {
      cause,
    })
  }

  /** A row has found no room. */
  #overflow(lane: Lane, row: Row, signal: AbortSignal | undefined): Promise<void> {
    const { admission, overflow, drops, maxWaitingSubmits, onFull } = this.#options
    const { name } = lane.target
    switch (overflow) {
      case 'wait':
        if (admission.waiting < maxWaitingSubmits) return this.#wait(lane, row, signal)
        onFull(lane)
        return this.#reject(
          lane,
          'overloaded',
          new BatchFlowError(
            'BATCHFLOW_OVERLOADED',
            `${name}: ${maxWaitingSubmits} calls of submit wait already (maxWaitingSubmits)`,
          ),
        )
      case 'reject':
        onFull(lane)
        return this.#reject(lane, 'full', new BatchFlowError('BATCHFLOW_FULL', `${name}: the buffer is full`))
      case 'dropNewest':
      case 'dropOldest':
        if (this.#dropOldest(lane, row)) return accepted
        drops.dropNew(lane, row.receipt)
        onFull(lane)
        return accepted
    }
  }

  /** Takes a row in the place of older ones, where the policy is to drop those; then, as for a row that has to wait, what
   * is in the way is flushed. */
  #dropOldest(lane: Lane, { snapshot, bytes, receipt }: Row): boolean {
    const { overflow, drops, onFull } = this.#options
    if (overflow !== 'dropOldest' || !drops.makeRoom(lane, bytes)) return false
    this.#accept(lane, snapshot, bytes, receipt)
    onFull(lane)
    return true
  }

  #wait(lane: Lane, row: Row, signal: AbortSignal | undefined): Promise<void> {
    const { admission, clock, onFull, onReject } = this.#options
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (!admission.leave(lane, waiter)) return
        onReject(lane, 'aborted')
        reject(signal?.reason)
      }
      const stopListening = signal && this.#aborts.add(signal, onAbort)
      const waiter: Waiter = {
        row,
        since: clock.now(),
        admitted: () => {
          stopListening?.()
          resolve()
        },
        refused: (error) => {
          stopListening?.()
          onReject(lane, 'closed')
          reject(error)
        },
      }
      admission.wait(lane, waiter)
      onFull(lane)
    })
  }

  #reject(lane: Lane, reason: RejectReason, error: BatchFlowError): Promise<never> {
    this.#options.onReject(lane, reason)
    return Promise.reject(error)
  }
}

function closedError(): BatchFlowError {
  return new BatchFlowError('BATCHFLOW_CLOSED', 'the flow is closed: it takes no more rows')
}
