import type { Clock } from '@batchflow/core'

/** The part of a clock that a flow sees: it counts the flow's own timers. */
export class WatchedClock implements Clock {
  readonly #clock: Clock
  #timers = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Timers that the flow has set and that have neither run nor been cancelled. */
  get timers(): number {
    return this.#timers
  }

  now(): number {
    return this.#clock.now()
  }

  setTimeout(run: () => void, ms: number): { cancel(): void } {
    this.#timers++
    let open = true
    const end = () => {
      if (open) this.#timers--
      open = false
    }
    const timer = this.#clock.setTimeout(() => {
      end()
      run()
    }, ms)
    return {
      cancel: () => {
        end()
        timer.cancel()
      },
    }
  }
}
