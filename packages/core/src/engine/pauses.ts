import type { Clock } from './clock.ts'

/** The pauses of a flow (back-off, probes): each can be ended early, and all of them when the flow gives up. */
export class Pauses {
  readonly #clock: Clock
  readonly #open = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#open.size
  }

  /** Resolves after `ms` milliseconds, or as soon as the function that `onStart` is given is called. */
  async pause(ms: number, onStart?: (end: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        if (!this.#open.delete(end)) return
        timer.cancel()
        resolve()
      }
      const timer = this.#clock.setTimeout(end, ms)
      this.#open.add(end)
      onStart?.(end)
    })
  }

  endAll(): void {
    for (const end of this.#open) end()
  }
}
