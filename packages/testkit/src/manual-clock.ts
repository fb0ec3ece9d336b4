import type { Clock } from '@batchflow/core'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A clock that moves only when told to. Timers run in the order of their times, and what they set going (promises
 * included) has run before `advance` resolves.
 *
 * @example
 * ```ts
 * const clock = new ManualClock()
 * const flow = createBatchFlow({ … }, { clock })
 * await flow.submit(events, row)
 * await clock.advance(100)
 * ``` */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>()
  #now = 0
  #order = 0

  /** Timers that are set and have not run: what must be zero when nothing is buffered. */
  get timers(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#now
  }

  setTimeout(run: () => void, ms: number): { cancel(): void } {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Moves time by `ms` milliseconds, running what is due on the way. */
  async advance(ms: number): Promise<void> {
    await settled()
    const end = this.#now + ms
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.at)
      timer.run()
      await settled()
    }
    this.#now = end
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > end) continue
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order))
        next = timer
    }
    return next
  }
}

/** Resolves when every promise that can settle without I/O or time has settled: one turn of the event loop. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}
