import type { FlushTrigger } from '../observe/observer.ts'
import type { Admission } from './admission.ts'
import type { Clock } from './clock.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'
import type { Slots } from './slots.ts'

/** The longest time, in milliseconds, that batches are cut without giving the event loop a turn. */
const sliceMs = 5

export interface DispatcherOptions {
  readonly lanes: Lanes
  readonly slots: Slots
  readonly admission: Admission
  readonly clock: Clock
  /** Cuts a batch from the lane and writes it, in the slot that was taken; false: there is none to cut. */
  readonly start: (lane: Lane, permit: number) => boolean
}

/** Decides when which lane is written: lanes in turn, each when a segment is full or due and a slot is free.
 *
 * A lane stands in line when it may have something to take; it is asked again when its turn comes. A lane whose open
 * segment has rows that are not due has a timer. It is set for the first of them and stays when they go another way: when it
 * fires it looks at the rows that are there by then. `rest` takes all timers away. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  /** The next in turn first. */
  readonly #line: Lane[] = []
  /** Lanes whose open segments have rows, those that were begun first first; and some that have none any more. */
  readonly #byAge = new Set<Lane>()
  /** Lanes that have a timer. */
  readonly #timed: Lane[] = []
  /** A batch is being cut, or rows come in: cutting waits for the end of that. */
  #holding = false
  #stopped = false
  /** When the first batch of this turn of the event loop was cut. */
  #turnBegan: number | undefined
  #interrupted = false

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** Nothing is started from now on. */
  stop(): void {
    this.#stopped = true
    this.rest()
  }

  /** Nothing is pending: no lane needs its timer. */
  rest(): void {
    for (const lane of this.#timed.splice(0)) {
      lane.timer?.cancel()
      lane.timer = undefined
    }
  }

  /** The times of lanes are others now. */
  rearm(): void {
    this.rest()
    for (const lane of this.#options.lanes) this.#arm(lane)
  }

  /** A row opened a segment, or a segment was sealed or became due. Who frees a slot calls `release`, a lane `wake`. */
  changed(lane: Lane): void {
    if (lane.openRows > 0) {
      if (lane.keptSince !== lane.openSince) this.#keepByAge(lane)
      if (lane.timer === undefined) this.#arm(lane)
    }
    if (!lane.runnable) return
    this.#standInLine(lane)
    this.pump()
  }

  /** A slot is given back, and its lane may have become runnable. */
  release(lane: Lane, permit: number): void {
    this.#options.slots.release(lane, permit)
    this.wake(lane)
  }

  /** The lane may have become runnable. */
  wake(lane: Lane): void {
    if (lane.runnable) this.#standInLine(lane)
    this.pump()
  }

  /** Cuts batches while there are slots and lanes to take from. */
  pump(): void {
    if (this.#options.slots.full || this.#holding || this.#stopped) return
    this.#holding = true
    try {
      while (!this.#options.slots.full && this.#cutOne());
    } finally {
      this.#holding = false
    }
  }

  /** Cuts a batch and answers whether there may be more. */
  #cutOne(): boolean {
    const { slots, start } = this.#options
    const lane = this.#next() ?? this.#makeSomeDue()
    if (lane === undefined) return false
    const waits = this.#turnIsOver()
    if (!waits) {
      const permit = slots.take(lane)
      if (!start(lane, permit)) slots.release(lane, permit)
    }
    if (waits || lane.runnable) this.#standInLine(lane)
    return !waits
  }

  /** Somebody waits for room: a lane is written before it is full. */
  #makeSomeDue(): Lane | undefined {
    if (this.#options.admission.waiting === 0) return undefined
    const lane = this.#laneInTheWay(undefined)
    lane?.markDue('capacity')
    return lane
  }

  /** Drivers that answer at once would let one batch follow the other without end: after `sliceMs` the event loop gets a
   * turn. The immediate is not a matter of time, so it is Node's own and not the clock's. */
  #turnIsOver(): boolean {
    const now = this.#options.clock.now()
    if (this.#turnBegan === undefined) {
      this.#turnBegan = now
      setImmediate(() => {
        this.#turnBegan = undefined
        if (this.#interrupted) this.pump()
      })
    }
    this.#interrupted = now - this.#turnBegan >= sliceMs
    return this.#interrupted
  }

  /** Cuts nothing while `admit` lets rows in, so that those that come together go together. */
  afterwards(admit: () => void): void {
    const held = this.#holding
    this.#holding = true
    try {
      admit()
    } finally {
      this.#holding = held
    }
    this.pump()
  }

  /** Somebody found no room: when nothing else can be written, a lane is flushed before it is full. */
  relieve(refused: Lane): void {
    if (this.#options.slots.full || this.#line.length > 0) return
    const lane = this.#laneInTheWay(refused)
    if (lane !== undefined) this.#makeDue(lane, 'capacity')
  }

  /** The lane that is full by its own limit, else, when the flow's capacity is exhausted, the one with the oldest row. */
  #laneInTheWay(refused: Lane | undefined): Lane | undefined {
    const { admission, slots } = this.#options
    const ready = (lane: Lane) => lane.openRows > 0 && lane.free && slots.freeFor(lane)
    const capped = refused === undefined ? admission.cappedLanes() : [refused]
    for (const lane of capped) if (lane.full && ready(lane)) return lane
    if (refused === undefined && !admission.exhausted) return undefined
    for (const lane of this.#byAge) {
      if (ready(lane)) return lane
      if (lane.openRows > 0) continue
      this.#byAge.delete(lane)
      lane.keptSince = undefined
    }
    return undefined
  }

  #keepByAge(lane: Lane): void {
    lane.keptSince = lane.openSince
    this.#byAge.delete(lane)
    this.#byAge.add(lane)
  }

  #standInLine(lane: Lane): void {
    if (lane.inLine) return
    lane.inLine = true
    this.#line.push(lane)
  }

  /** The first in line that can be written now. Those that only lack a slot keep their places. */
  #next(): Lane | undefined {
    const line = this.#line
    for (let place = 0; place < line.length;) {
      const lane = line[place] as Lane
      const runs = lane.runnable
      if (runs && !this.#options.slots.freeFor(lane)) {
        place++
        continue
      }
      line.splice(place, 1)
      lane.inLine = false
      if (runs) return lane
    }
    return undefined
  }

  /** The open segment is due `flushIntervalMs` after its first row. */
  #arm(lane: Lane): void {
    if (lane.timer !== undefined || lane.openRows === 0 || lane.due) return
    const left = this.#leftFor(lane)
    lane.timer = this.#options.clock.setTimeout(() => this.#look(lane), Math.max(0, left))
    this.#timed.push(lane)
  }

  /** The timer of a lane has fired, perhaps for rows that are gone. */
  #look(lane: Lane): void {
    lane.timer = undefined
    this.#timed.splice(this.#timed.indexOf(lane), 1)
    // A timer may fire a fraction of a millisecond early.
    if (lane.openRows > 0 && !lane.due && this.#leftFor(lane) < 1) this.#makeDue(lane, 'interval')
    else this.#arm(lane)
  }

  #leftFor(lane: Lane): number {
    return lane.openSince + lane.limits.flushIntervalMs - this.#options.clock.now()
  }

  #makeDue(lane: Lane, trigger: FlushTrigger): void {
    lane.markDue(trigger)
    this.wake(lane)
  }
}
