/** The longest time, in milliseconds, that a timer of Node can wait; a longer one would fire at once.
 * Source: https://nodejs.org/docs/latest-v20.x/api/timers.html#settimeoutcallback-delay-args */
export const maxTimerMs = 2_147_483_647

/** Time and timers, injected so that tests and simulations own them. */
export interface Clock {
  /** Milliseconds on a monotonic scale; only differences mean something. */
  now(): number
  /** Runs once after `ms` milliseconds; 0 means after the current turn of the event loop. */
  setTimeout(run: () => void, ms: number): { cancel(): void }
}

/** What a flow takes from outside. */
export interface Environment {
  readonly clock?: Clock
  /** A number from 0 up to 1, for the jitter of back-off. @defaultValue Math.random */
  readonly random?: () => number
}

/** The clock of the process. It does not move with the wall clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout(run, ms) {
    if (ms <= 0) {
      const immediate = setImmediate(run)
      return { cancel: () => clearImmediate(immediate) }
    }
    const timer = setTimeout(run, ms)
    return { cancel: () => clearTimeout(timer) }
  },
}
