import type { Notification } from '../payload/notification.ts'
import type { Message } from '../render/message.ts'
import { rankOf, type Rank } from '../render/severity.ts'
import type { Result } from './outcome.ts'

/** A request of Alertmanager's that waits for its answer. */
export interface Waiter {
  /** When it is answered at the latest, on the clock of waits. */
  readonly deadline: number
  readonly answer: (result: Result) => void
}

/** A notification that its robot does not have yet. It outlives the requests that brought it: they are told to come
 * again, and when they do, it may have been delivered. */
export interface Entry {
  readonly notification: Notification
  /** That of its worst alert, firing or not: the end of a critical alert does not overtake its beginning. */
  readonly rank: Rank
  readonly waiters: Set<Waiter>
  /** When it was last brought. */
  broughtAt: number
  /** Its messages, once they were needed. */
  messages?: readonly Message[]
  /** How many of them the robot has. */
  given: number
  /** The robot's code, if it refused the text. */
  refusedText?: string
}

/** Room for notifications that wait, shared by all targets. */
export class WaitingRoom {
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#maxBytes) return false
    this.#bytes += bytes
    return true
  }

  give(bytes: number): void {
    this.#bytes -= bytes
  }
}

export interface PendingLimits {
  /** Entries at most. */
  readonly maxEntries: number
  /** Milliseconds after which an entry is dropped that nobody waits for and nobody brought again. */
  readonly keepMs: number
}

/** The notifications of one target that wait, in the order in which they first came. Bounded in number and bytes; when it
 * is full, those that nobody waits for go first: their requests were told to come again. */
export class Pending {
  readonly #entries = new Map<string, Entry>()
  readonly #room: WaitingRoom
  readonly #limits: PendingLimits
  /** Entries that are being sent, which stay whatever happens. */
  #underway: ReadonlySet<Entry> = new Set()

  constructor(room: WaitingRoom, limits: PendingLimits) {
    this.#room = room
    this.#limits = limits
  }

  get size(): number {
    return this.#entries.size
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.values()
  }

  /** The entry for a notification, a new one unless the same already waits. Undefined when there is no room. */
  bring(notification: Notification, now: number): Entry | undefined {
    const entry = this.#entries.get(notification.identity) ?? this.#admit(notification, now)
    if (entry !== undefined) entry.broughtAt = now
    return entry
  }

  setUnderway(entries: readonly Entry[]): void {
    this.#underway = new Set(entries)
  }

  remove(entry: Entry): void {
    if (this.#entries.delete(entry.notification.identity)) this.#room.give(entry.notification.bytes)
  }

  /** Drops what nobody waits for and what is either old or followed by a newer state of its group. Nothing is lost with
   * it: Alertmanager was not told that it arrived, and brings a group again until it is. */
  dropStale(now: number): void {
    const newest = new Map<string, Entry>()
    for (const entry of this) newest.set(entry.notification.groupKey, entry)
    for (const entry of this) {
      const isOld = now - entry.broughtAt >= this.#limits.keepMs
      if (this.#isAbandoned(entry) && (isOld || newest.get(entry.notification.groupKey) !== entry))
        this.remove(entry)
    }
  }

  #admit(notification: Notification, now: number): Entry | undefined {
    if (!this.#makeRoom(notification.bytes)) return undefined
    const rank = notification.alerts.reduce<Rank>((worst, { severity }) => {
      const next = rankOf(severity)
      return next < worst ? next : worst
    }, 3)
    const entry: Entry = { notification, rank, waiters: new Set(), broughtAt: now, given: 0 }
    this.#entries.set(notification.identity, entry)
    return entry
  }

  #makeRoom(bytes: number): boolean {
    for (const entry of this) {
      if (this.#entries.size < this.#limits.maxEntries && this.#room.take(bytes)) return true
      if (this.#isAbandoned(entry)) this.remove(entry)
    }
    return this.#entries.size < this.#limits.maxEntries && this.#room.take(bytes)
  }

  #isAbandoned(entry: Entry): boolean {
    return entry.waiters.size === 0 && !this.#underway.has(entry)
  }
}
