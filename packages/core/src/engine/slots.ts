import type { Failure, FailureKind } from '../driver/failure.ts'
import { ordinary, type Breaker, type Verdict } from './breaker.ts'
import type { Lane } from './lane.ts'
import type { Throttle } from './throttle.ts'

/** What an attempt left over, as far as it matters here. */
export interface Heard {
  readonly lane: Lane
  readonly permit: number
  readonly began: number
  readonly now: number
  /** Rows were written. */
  readonly wrote: boolean
  /** What the other rows met, if there are others. */
  readonly failure: Failure | undefined
}

export interface SlotsOptions {
  readonly throttle: Throttle
  /** undefined: the user wants none. */
  readonly breaker: Breaker | undefined
  /** How many batches may be written at once has changed. */
  readonly onThrottled: (failure: Failure | undefined) => void
}

/** A batch that comes back from a pause. */
interface Waiting {
  readonly lane: Lane
  readonly go: (permit: number) => void
}

const troubles: readonly FailureKind[] = ['transient', 'overload', 'ambiguous']

/** Batches that may be written at once: as many as the throttle allows, of lanes that the breaker admits. Those that come
 * back from a pause are served before new ones, in order. */
export class Slots {
  readonly #options: SlotsOptions
  #taken = 0
  readonly #queue: Waiting[] = []
  /** New batches do not wait for those that come back. */
  #newFirst = false
  #newWereFirst = false

  constructor(options: SlotsOptions) {
    this.#options = options
  }

  get taken(): number {
    return this.#taken
  }

  /** No batch of any lane may take one. */
  get full(): boolean {
    return this.#taken >= this.#options.throttle.allowed
  }

  /** A new batch of the lane may be cut: a slot is free, and nobody who came earlier could have it. */
  freeFor(lane: Lane): boolean {
    const { breaker } = this.#options
    if (this.full || (breaker !== undefined && !breaker.admits(lane))) return false
    return this.#newFirst || this.#queue.length === 0 || this.#nextInLine() === -1
  }

  /** Precondition: `freeFor`. Answers a permit, which is to be shown when the slot is given back. */
  take(lane: Lane): number {
    if (!this.freeFor(lane)) throw new Error('slots: taken while none is free')
    return this.#grant(lane)
  }

  /** Resolves with a permit when this caller has a slot. */
  async wait(lane: Lane): Promise<number> {
    return await new Promise((go) => {
      this.#queue.push({ lane, go })
      this.serve()
    })
  }

  release(lane: Lane, permit: number): void {
    if (this.#taken === 0) throw new Error('slots: released more than taken')
    this.#taken--
    lane.slots--
    this.#options.breaker?.giveBack(permit)
    this.serve()
  }

  /** Whoever has a slot may make another attempt. */
  stillAdmits(permit: number): boolean {
    return this.#options.breaker?.stillAdmits(permit) ?? true
  }

  /** Attempts that fail now show that the database is away, and say nothing of the rows. */
  get outage(): boolean {
    return (this.#options.breaker?.state ?? 'closed') !== 'closed'
  }

  /** An attempt has ended. */
  heard({ lane, permit, began, now, wrote, failure }: Heard): void {
    const { throttle, breaker, onThrottled } = this.#options
    const failed = failure !== undefined && troubles.includes(failure.kind)
    const verdict: Verdict = wrote ? 'well' : failed ? 'badly' : 'neither'
    if (failure?.kind === 'overload' && throttle.overloaded(began, now)) onThrottled(failure)
    if (verdict === 'well' && failure?.kind !== 'overload' && throttle.wentWell()) {
      onThrottled(undefined)
      this.serve()
    }
    breaker?.heard(verdict, { lane, permit, ...(failure === undefined ? {} : { failure }) })
  }

  /** The breaker admits others than before. Every second time it is new batches that are let in first: else those that
   * come back, fail and come back again would be the only ones that are tried. */
  readmit(cutNew: () => void): void {
    this.#newWereFirst = !this.#newWereFirst
    if (this.#newWereFirst) {
      this.#newFirst = true
      cutNew()
      this.#newFirst = false
    }
    this.serve()
    cutNew()
  }

  /** Lets in who waits and may. */
  serve(): void {
    while (!this.full) {
      const index = this.#nextInLine()
      if (index === -1) return
      const [next] = this.#queue.splice(index, 1) as [Waiting]
      next.go(this.#grant(next.lane))
    }
  }

  #nextInLine(): number {
    const { breaker } = this.#options
    return this.#queue.findIndex(({ lane }) => breaker?.admits(lane) ?? true)
  }

  #grant(lane: Lane): number {
    this.#taken++
    lane.slots++
    return this.#options.breaker?.grant(lane) ?? ordinary
  }
}
