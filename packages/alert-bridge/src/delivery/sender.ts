import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Notification } from '../payload/notification.ts'
import type { Message } from '../render/message.ts'
import { renderCounts, renderDigest } from '../render/render-digest.ts'
import { renderNotification } from '../render/render-notification.ts'
import type { Style } from '../render/style.ts'
import type { Deliver } from '../robots/deliver.ts'
import type { MessageOutcome, Verdict } from '../robots/verdict.ts'
import { backoffMs } from './backoff.ts'
import { choose, type Choice } from './choose.ts'
import { Memory } from './memory.ts'
import type { Outcome, Result } from './outcome.ts'
import { Pending, type Entry, type PendingLimits, type WaitingRoom } from './pending.ts'
import { RateBudget } from './rate-budget.ts'

/** Limits of one target. Times are in milliseconds. */
export interface SenderLimits {
  readonly messagesPerMinute: number
  /** Pause after the robot said that it had too many messages. */
  readonly rateLimitPauseMs: number
  /** How long a request of Alertmanager's is held at most. */
  readonly holdMs: number
  /** How long a delivered notification is remembered, and one that is not is kept. */
  readonly rememberMs: number
  readonly maxParts: number
  readonly maxPending: number
}

export interface SenderOptions {
  readonly name: string
  readonly style: Style
  readonly deliver: Deliver
  readonly limits: SenderLimits
  readonly room: WaitingRoom
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly countMessage: (outcome: MessageOutcome) => void
}

const paced: Result = { outcome: 'rate_limited', detail: 'the robot has had its messages for now' }
const full: Result = { outcome: 'rate_limited', detail: 'too many notifications are waiting' }
const unanswered: Result = { outcome: 'failed', detail: 'the robot has not answered yet' }
const stopping: Result = { outcome: 'failed', detail: 'the bridge is stopping' }

/** Brings the notifications of one target to its robot, one message at a time.
 *
 * - idle: nothing is pending
 * - waiting: something is, and a timer is set for when the robot may get the next message
 * - sending: messages are under way; what comes meanwhile is pending
 * - closed: takes no more and sends what is pending; after `abort` it does not send either
 *
 * A request is answered as delivered only when the robot has its notification. One that would have to wait for longer is
 * told to come again, and its notification stays pending: then the next message is a digest of everything that waits,
 * and who comes again hears that it is done. So nothing rests on the bridge alone: what it forgets, Alertmanager brings
 * again. */
export class Sender {
  readonly #options: SenderOptions
  readonly #budget: RateBudget
  readonly #memory: Memory
  readonly #pending: Pending
  readonly #aborting = new AbortController()
  #timer: { cancel(): void } | undefined
  #sending = false
  #closed = false
  #failures = 0
  #blockedUntil = -Infinity
  #blockedBy: Result = paced
  #gatheringUntil = -Infinity
  #whenEmpty: (() => void) | undefined

  constructor(options: SenderOptions) {
    const { limits, clock, room } = options
    this.#options = options
    this.#budget = new RateBudget(limits.messagesPerMinute)
    this.#memory = new Memory(clock, limits.rememberMs)
    const pendingLimits: PendingLimits = { maxEntries: limits.maxPending, keepMs: limits.rememberMs }
    this.#pending = new Pending(room, pendingLimits)
  }

  /** That of the target. */
  get name(): string {
    return this.#options.name
  }

  /** Notifications that the robot does not have yet. */
  get pending(): number {
    return this.#pending.size
  }

  /** Resolves when the notification is delivered or refused, or after `holdMs` with why it is not yet. */
  submit(notification: Notification): Promise<Result> {
    const known = this.#memory.recall(notification.identity)
    if (known !== undefined) return Promise.resolve({ outcome: known, detail: '' })
    if (this.#closed) return Promise.resolve(stopping)
    const { clock, limits } = this.#options
    const entry = this.#pending.bring(notification, clock.now())
    if (entry === undefined) return Promise.resolve(full)
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => {
        entry.waiters.delete(waiter)
        resolve(this.#sending ? unanswered : this.#reason())
      }, limits.holdMs)
      const waiter = {
        deadline: clock.now() + limits.holdMs,
        answer: (result: Result) => {
          timer.cancel()
          entry.waiters.delete(waiter)
          resolve(result)
        },
      }
      entry.waiters.add(waiter)
      this.#schedule()
    })
  }

  /** Takes no more and resolves when nothing is pending. */
  drain(): Promise<void> {
    this.#closed = true
    return new Promise((resolve) => {
      this.#whenEmpty = resolve
      this.#schedule()
    })
  }

  /** Gives up what is under way and tells who waits to come again. Returns how many notifications were left. */
  abort(): number {
    this.#closed = true
    this.#aborting.abort()
    this.#timer?.cancel()
    const left = this.#pending.size
    for (const entry of this.#pending) this.#settle(entry, stopping)
    this.#whenEmpty?.()
    return left
  }

  #schedule(): void {
    this.#timer?.cancel()
    if (this.#sending || this.#aborting.signal.aborted) return
    const now = this.#options.clock.now()
    this.#pending.dropStale(now)
    if (this.#pending.size === 0) {
      this.#whenEmpty?.()
      return
    }
    const next = this.#nextAt(now)
    if (next > now) {
      this.#dismiss(next)
      this.#timer = this.#options.clock.setTimeout(() => this.#schedule(), next - now)
      return
    }
    this.#send().catch((error: unknown) => this.#broken(error))
  }

  /** When the next message may leave. After a digest everything gathers for a while, even if more could leave: a storm
   * that goes on would be a burst of digests otherwise. At the end there is nothing to gather. */
  #nextAt(now: number): number {
    const gathered = this.#closed ? now : this.#gatheringUntil
    return Math.max(this.#blockedUntil, gathered, this.#budget.nextAt(now))
  }

  #messagesOf(entry: Entry): readonly Message[] {
    entry.messages ??= renderNotification(entry.notification, this.#options.style)
    return entry.messages
  }

  /** Answers those who would wait in vain for a message that leaves at `next`. */
  #dismiss(next: number): void {
    const reason = this.#reason()
    for (const { waiters } of this.#pending)
      for (const waiter of waiters) if (waiter.deadline < next) waiter.answer(reason)
  }

  #reason(): Result {
    return this.#options.clock.now() < this.#blockedUntil ? this.#blockedBy : paced
  }

  async #send(): Promise<void> {
    this.#sending = true
    try {
      const choice = choose([...this.#pending], {
        free: this.#budget.free(this.#options.clock.now()),
        maxParts: this.#options.limits.maxParts,
        partsOf: (entry) => this.#messagesOf(entry).length - entry.given,
      })
      this.#pending.setUnderway(choice.entries)
      this.#conclude(choice, await this.#give(choice))
    } finally {
      this.#sending = false
      this.#pending.setUnderway([])
    }
    this.#schedule()
  }

  async #give(choice: Choice): Promise<Verdict> {
    const { style } = this.#options
    const notifications = choice.entries.map(({ notification }) => notification)
    if (choice.kind === 'counts') return this.#giveOne(renderCounts(notifications, choice.code, style))
    if (choice.kind === 'digest') return this.#giveOne(renderDigest(notifications, style))
    const [entry] = choice.entries
    let verdict: Verdict = { outcome: 'delivered' }
    for (const message of this.#messagesOf(entry).slice(entry.given)) {
      // One after the other: parts have to arrive in their order.
      verdict = await this.#giveOne(message)
      if (verdict.outcome !== 'delivered') break
      entry.given++
    }
    return verdict
  }

  async #giveOne(message: Message): Promise<Verdict> {
    const { deliver, clock, countMessage } = this.#options
    this.#budget.begin()
    const verdict = await deliver(message, this.#aborting.signal)
    this.#budget.end(clock.now())
    countMessage(verdict.outcome)
    return verdict
  }

  #conclude({ kind, entries }: Choice, verdict: Verdict): void {
    const { log, name, clock, limits, random } = this.#options
    if (kind === 'digest') this.#gatheringUntil = clock.now() + this.#budget.paceMs
    if (verdict.outcome === 'delivered') {
      this.#failures = 0
      const outcome: Outcome = kind === 'single' ? 'delivered' : 'digested'
      if (kind !== 'single') log('info', 'digest delivered', { target: name, notifications: entries.length })
      for (const entry of entries) {
        this.#memory.remember(entry.notification.identity, outcome)
        this.#settle(entry, { outcome, detail: '' })
      }
      return
    }
    const { outcome, detail } = verdict
    log(outcome === 'rejected' ? 'error' : 'warn', 'message not delivered', { target: name, outcome, detail })
    const refusedText = outcome === 'rate_limited' ? undefined : verdict.refusedText
    if (refusedText !== undefined && kind !== 'counts') {
      for (const entry of entries) entry.refusedText = refusedText
      return
    }
    if (outcome === 'rejected') {
      for (const entry of entries) this.#settle(entry, { outcome, detail })
      return
    }
    const pause = outcome === 'rate_limited' ? limits.rateLimitPauseMs : backoffMs(++this.#failures, random)
    this.#blockedUntil = clock.now() + pause
    this.#blockedBy = { outcome, detail }
  }

  #settle(entry: Entry, result: Result): void {
    this.#pending.remove(entry)
    for (const waiter of entry.waiters) waiter.answer(result)
  }

  /** A fault of ours, such as a notification that cannot be rendered. What was pending is given back to Alertmanager,
   * since trying again at once would fail for ever. */
  #broken(error: unknown): void {
    this.#options.log('error', 'sending broke', { target: this.#options.name, detail: String(error) })
    const result: Result = { outcome: 'failed', detail: 'a fault of the bridge; see its log' }
    for (const entry of this.#pending) this.#settle(entry, result)
    this.#schedule()
  }
}
