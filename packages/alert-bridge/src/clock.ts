/** Time as the bridge sees it. Tests pass one that moves when they say so. */
export interface Clock {
  /** Milliseconds on a scale that never goes back: for waits and budgets. */
  now(): number
  /** Milliseconds since 1970: for signatures. */
  wallTime(): number
  setTimeout(run: () => void, ms: number): { cancel(): void }
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms)
    return { cancel: () => clearTimeout(timer) }
  },
}
