import type { WriteContext } from '../driver/driver.ts'
import type { RowOutcome } from '../driver/failure.ts'
import type { Listening } from '../driver/once-aborted.ts'
import type { Clock } from './clock.ts'
import { crash } from './crash.ts'
import type { Seated } from './roster.ts'

/** After an attempt was aborted, a driver has this long, in milliseconds, to say what became of it (rolled back, or
 * committed after all) before the outcome counts as unknown. */
export const abortGraceMs = 1_000

export type AttemptResult =
  | { readonly kind: 'answered'; readonly outcomes: readonly RowOutcome[] | undefined }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'silent'; readonly reason: unknown }

export interface AttemptOptions {
  readonly number: number
  readonly timeoutMs: number
  readonly maxIsolationStatements: number
  readonly clock: Clock
}

/** One call of the driver. Always ends, once: with the driver's answer, or `silent` when there was none. What the driver
 * says later is heard by nobody.
 *
 * under way: the driver has it. aborted: its time is over, and the driver may still say what became of it. ended: it was
 * heard. `expire` leads from under way to aborted, an answer or the end of the grace to ended, `giveUp` there from anywhere.
 *
 * It is the context that the driver is given. The signal is made when the driver asks for it: few attempts are ever
 * aborted, and an AbortSignal costs more than a hundred rows' way through the engine. */
export class Attempt implements WriteContext, Listening, Seated {
  seat: number = -1
  readonly attempt: number
  readonly timeoutMs: number
  readonly maxIsolationStatements: number
  readonly began: number
  /** Its time is over. */
  expired = false
  readonly #clock: Clock
  #heard: ((result: AttemptResult) => void) | undefined
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined
  readonly #listeners: ((reason: unknown) => void)[] = []
  #timer: { cancel(): void } | undefined

  /** @param heard Called once, with how it ended; never while the driver is being called. */
  constructor(
    { number, timeoutMs, maxIsolationStatements, clock }: AttemptOptions,
    heard: (result: AttemptResult) => void,
  ) {
    this.attempt = number
    this.timeoutMs = timeoutMs
    this.maxIsolationStatements = maxIsolationStatements
    this.#clock = clock
    this.#heard = heard
    this.began = clock.now()
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  /** The same as a listener of the signal, without a signal. */
  onceAborted(listener: (reason: unknown) => void): (() => void) | undefined {
    if (this.#aborted !== undefined) return undefined
    this.#listeners.push(listener)
    return () => {
      const place = this.#listeners.indexOf(listener)
      if (place !== -1) this.#listeners.splice(place, 1)
    }
  }

  /** Waits for the driver's answer. */
  await(answer: void | PromiseLike<void | readonly RowOutcome[]>): void {
    Promise.resolve(answer).then(
      (outcomes) => this.#end({ kind: 'answered', outcomes: outcomes ?? undefined }),
      // A driver that rejects with the signal's own reason says that it heard, not what became of the batch.
      (error: unknown) =>
        this.#end(this.#isReason(error) ? { kind: 'silent', reason: error } : { kind: 'failed', error }),
    )
  }

  /** Ends it for lack of an answer. */
  expire(): void {
    this.expired = true
    // A blocked event loop makes the deadline pass before an answer that has long arrived is read: one more turn.
    this.#timer = this.#clock.setTimeout(() => {
      const reason = new DOMException(`no answer within ${this.timeoutMs} ms`, 'TimeoutError')
      this.#timer = this.#clock.setTimeout(() => this.#end({ kind: 'silent', reason }), abortGraceMs)
      this.#abort(reason)
    }, 0)
  }

  /** Nobody waits for it any more. */
  giveUp(reason: unknown): void {
    this.#abort(reason)
    this.#end({ kind: 'silent', reason })
  }

  #end(result: AttemptResult): void {
    const heard = this.#heard
    this.#heard = undefined
    this.#timer?.cancel()
    heard?.(result)
  }

  #abort(reason: unknown): void {
    this.#aborted = { reason }
    this.#controller?.abort(reason)
    // One by one: the first may stop the others.
    for (let listener = this.#listeners.shift(); listener !== undefined; listener = this.#listeners.shift()) {
      try {
        listener(reason)
      } catch (error) {
        // As a listener of the signal would.
        crash(error)
      }
    }
  }

  #isReason(error: unknown): boolean {
    return this.#aborted !== undefined && error === this.#aborted.reason
  }
}
