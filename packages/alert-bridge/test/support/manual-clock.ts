import type { Clock } from '../../src/clock.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>()
  #now = 0

  /** Timers that are set and have not run. */
  get timers(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return Date.UTC(2026, 0, 1) + this.#now
  }

  setTimeout(run: () => void, ms: number): { cancel(): void } {
    const timer = { at: this.#now + Math.max(0, ms), run }
    this.#timers.add(timer)
    return { cancel: () => this.#timers.delete(timer) }
  }

  /** Moves time by `ms` milliseconds, running what is due on the way, promises included. */
  async advance(ms: number): Promise<void> {
    await settled()
    const end = this.#now + ms
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer)
      this.#now = timer.at
      timer.run()
      await settled()
    }
    this.#now = end
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers)
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer
    return next
  }
}

/** Resolves when every promise that can settle without I/O or time has settled. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}
