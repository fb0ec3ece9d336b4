import type { Clock } from '../clock.ts'
import type { Outcome } from './outcome.ts'

/** Entries that are kept at most. One takes about 200 bytes. */
const maxEntries = 10_000

/** Remembers for a while which notifications reached the robot, so that Alertmanager's repeat of one whose answer was
 * late or lost, or the other Alertmanager of a pair, is answered without a second message. */
export class Memory {
  readonly #clock: Clock
  readonly #rememberMs: number
  /** In the order of time, since each is put at the end. */
  readonly #delivered = new Map<string, { readonly outcome: Outcome; readonly at: number }>()

  constructor(clock: Clock, rememberMs: number) {
    this.#clock = clock
    this.#rememberMs = rememberMs
  }

  get size(): number {
    return this.#delivered.size
  }

  recall(identity: string): Outcome | undefined {
    this.#forgetOld()
    return this.#delivered.get(identity)?.outcome
  }

  remember(identity: string, outcome: Outcome): void {
    if (this.#rememberMs === 0) return
    this.#delivered.delete(identity)
    this.#delivered.set(identity, { outcome, at: this.#clock.now() })
    this.#forgetOld()
  }

  #forgetOld(): void {
    const horizon = this.#clock.now() - this.#rememberMs
    for (const [identity, { at }] of this.#delivered) {
      if (at > horizon && this.#delivered.size <= maxEntries) return
      this.#delivered.delete(identity)
    }
  }
}
