import { Attempt, type AttemptOptions, type AttemptResult } from './attempt.ts'
import { crash } from './crash.ts'
import { Roster } from './roster.ts'

/** The attempts that are under way, and their deadlines.
 *
 * All have the same time, so one timer serves them all: it is set for the oldest, stays when that one is answered, and
 * looks again when it fires. It may be there while nothing is under way, until `rest`. */
export class Attempts {
  readonly #options: Omit<AttemptOptions, 'number'>
  readonly #underWay = new Roster<Attempt>()
  #timer: { cancel(): void } | undefined

  constructor({ timeoutMs, maxIsolationStatements, clock }: Omit<AttemptOptions, 'number'>) {
    this.#options = { timeoutMs, maxIsolationStatements, clock }
  }

  /** Begins an attempt; `heard` is called once, with how it ended. */
  begin(number: number, heard: (result: AttemptResult) => void): Attempt {
    const { timeoutMs, maxIsolationStatements, clock } = this.#options
    const attempt: Attempt = new Attempt({ number, timeoutMs, maxIsolationStatements, clock }, (result) => {
      this.#underWay.remove(attempt)
      try {
        heard(result)
      } catch (error) {
        crash(error)
      }
    })
    this.#underWay.add(attempt)
    this.#timer ??= clock.setTimeout(() => this.#look(), timeoutMs)
    return attempt
  }

  /** Nothing is pending: the timer need not stay. */
  rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  giveUp(reason: unknown): void {
    this.rest()
    for (const attempt of this.#underWay.clear()) attempt.giveUp(reason)
  }

  #look(): void {
    const { timeoutMs, clock } = this.#options
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const attempt of this.#underWay) {
      if (attempt.expired) continue
      const left = attempt.began + timeoutMs - now
      // A timer may fire a fraction of a millisecond early.
      if (left < 1) attempt.expire()
      else next = Math.min(next, left)
    }
    this.#timer = Number.isFinite(next) ? clock.setTimeout(() => this.#look(), next) : undefined
  }
}
