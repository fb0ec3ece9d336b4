import type { Capacity } from './capacity.ts'
import type { Lane } from './lane.ts'
import type { Waiter } from './row.ts'

/** Who may come in, and in what order those who have to wait do.
 *
 * Waiters are first in, first out per lane, and room goes to lanes in turn. A waiter that the flow's capacity holds
 * back holds back everybody behind it, in all lanes, so that a large row is not overtaken for ever; a waiter that only
 * its own lane's limit holds back does not stand in the way of other lanes. */
export class Admission {
  readonly #capacity: Capacity
  /** Lanes with waiters, the next in turn first. */
  readonly #lanes = new Set<Lane>()
  #waiting = 0
  /** The waiter in turn is held back by the flow's capacity, not by its lane's limit. */
  #exhausted = false

  constructor(capacity: Capacity) {
    this.#capacity = capacity
  }

  get waiting(): number {
    return this.#waiting
  }

  get exhausted(): boolean {
    return this.#exhausted
  }

  /** A new row may come in at once, without overtaking anybody. */
  open(lane: Lane, bytes: number): boolean {
    const first = this.#waiting === 0 || (!this.#exhausted && lane.waiters.size === 0)
    return first && !lane.full && this.#capacity.fits(bytes)
  }

  /** Lanes that have waiters and are full by their own limit. */
  *cappedLanes(): Iterable<Lane> {
    for (const lane of this.#lanes) if (lane.full) yield lane
  }

  wait(lane: Lane, waiter: Waiter): void {
    lane.waiters.add(waiter)
    this.#lanes.add(lane)
    this.#waiting++
    if (!lane.full) this.#exhausted = true
  }

  /** Takes a waiter out that gave up. The caller admits others afterwards, since it may have been in their way. */
  leave(lane: Lane, waiter: Waiter): boolean {
    if (!lane.waiters.delete(waiter)) return false
    this.#waiting--
    if (lane.waiters.size === 0) this.#lanes.delete(lane)
    return true
  }

  /** The next waiter that has room now, taken out of the queue; `undefined` when nobody can come in. */
  next(): { readonly lane: Lane; readonly waiter: Waiter } | undefined {
    this.#exhausted = false
    if (this.#waiting === 0) return undefined
    for (const lane of this.#lanes) {
      if (lane.full) continue
      const waiter = lane.waiters.values().next().value
      if (waiter === undefined) continue
      if (!this.#capacity.fits(waiter.row.bytes)) {
        this.#exhausted = true
        return undefined
      }
      lane.waiters.delete(waiter)
      this.#waiting--
      // To the end of the turn.
      this.#lanes.delete(lane)
      if (lane.waiters.size > 0) this.#lanes.add(lane)
      return { lane, waiter }
    }
    return undefined
  }

  /** Takes every waiter out, for a flow that gives up. */
  clear(): Waiter[] {
    const all = [...this.#lanes].flatMap((lane) => {
      const waiters = [...lane.waiters]
      lane.waiters.clear()
      return waiters
    })
    this.#lanes.clear()
    this.#waiting = 0
    this.#exhausted = false
    return all
  }
}
