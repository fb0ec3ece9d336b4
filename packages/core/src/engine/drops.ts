import { BatchFlowError } from '../errors.ts'
import type { Observers } from '../observe/observers.ts'
import type { Admission } from './admission.ts'
import type { Capacity } from './capacity.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'
import type { RowLedger } from './ledger.ts'
import type { Receipt } from './segment.ts'

/** What becomes of a row that finds no room:
 *
 * - `wait`: its `submit` waits, in order of arrival
 * - `reject`: its `submit` rejects with BATCHFLOW_FULL
 * - `dropNewest`: it is dropped itself
 * - `dropOldest`: the oldest rows that wait in the buffer are dropped until it has room */
export type Overflow = 'wait' | 'reject' | 'dropNewest' | 'dropOldest'

export interface DropsOptions {
  readonly overflow: Overflow
  readonly lanes: Lanes
  readonly admission: Admission
  readonly capacity: Capacity
  readonly ledger: RowLedger
  readonly observers: Observers
}

/** Drops rows under the policy that the user chose: counted one by one, told to observers once per turn.
 *
 * Rows that were cut for a batch are never dropped: they may be in the database. */
export class Drops {
  readonly #options: DropsOptions
  /** Dropped and not told yet. */
  readonly #untold = new Map<Lane, number>()

  constructor(options: DropsOptions) {
    this.#options = options
  }

  /** Drops the oldest waiting rows until one more row of so many bytes may come into a lane: those of that lane when it is
   * full by its own limit, else of whichever lane. false: that would not make room, and nothing was dropped. */
  makeRoom(lane: Lane, bytes: number): boolean {
    const { admission, capacity } = this.#options
    if (!capacity.wouldFit(bytes) || lane.fullOfCutRows) return false
    capacity.remember()
    while (!admission.open(lane, bytes)) {
      const victim = lane.full ? lane : this.#oldest()
      const row = victim?.dropOldest()
      if (victim === undefined || row === undefined)
        throw new Error('drops: nothing waits that could be dropped')
      this.#drop(victim, row.receipt)
      capacity.release(row.bytes)
    }
    return true
  }

  /** Drops a row that has just been submitted. */
  dropNew(lane: Lane, receipt: Receipt | undefined): void {
    this.#options.ledger.submit()
    this.#drop(lane, receipt)
  }

  /** Tells observers what they have not been told. */
  tell(): void {
    const { overflow, observers } = this.#options
    if (overflow !== 'dropNewest' && overflow !== 'dropOldest') return
    for (const [lane, rows] of this.#untold)
      observers.tell('rowsDropped', { target: lane.target.name, rows, policy: overflow })
    this.#untold.clear()
  }

  #drop(lane: Lane, receipt: Receipt | undefined): void {
    const { ledger, overflow } = this.#options
    ledger.settle({ dropped: 1 })
    // Whoever overruns a flow drops many rows in one turn: one event for all.
    if (this.#untold.size === 0) queueMicrotask(() => this.tell())
    this.#untold.set(lane, (this.#untold.get(lane) ?? 0) + 1)
    const message = `${lane.target.name}: the row was dropped, the buffer is full (overflow '${overflow}')`
    receipt?.failed(new BatchFlowError('BATCHFLOW_DROPPED', message))
  }

  #oldest(): Lane | undefined {
    let oldest: Lane | undefined
    for (const lane of this.#options.lanes)
      if (lane.oldest < (oldest?.oldest ?? Number.POSITIVE_INFINITY)) oldest = lane
    return oldest
  }
}
