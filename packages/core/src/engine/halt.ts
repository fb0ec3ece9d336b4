import type { Lane } from './lane.ts'
import type { Pauses } from './pauses.ts'

/** A delivery's part in stopping a lane after a configuration error. The delivery that stops the lane becomes its prober:
 * it tries its batch from time to time and opens the lane again when the error is gone; others wait for that. */
export class Halt {
  readonly #lane: Lane
  #reopen: (() => void) | undefined

  constructor(lane: Lane) {
    this.#lane = lane
  }

  /** This delivery has stopped the lane. */
  get probing(): boolean {
    return this.#reopen !== undefined
  }

  /** Stops the lane if it is not stopped, and resolves when it is time to try again. */
  async wait(pauses: Pauses, pauseMs: number): Promise<void> {
    const lane = this.#lane
    // Whoever mends the table may change it: the driver looks at it again.
    lane.isPrepared = false
    lane.prepared = undefined
    if (lane.halted !== undefined && !this.probing) {
      await lane.halted
      return
    }
    lane.halted ??= new Promise<void>((resolve) => {
      this.#reopen = resolve
    })
    await pauses.pause(pauseMs, (end) => {
      lane.probe = end
    })
    lane.probe = undefined
  }

  /** The error is gone: the lane goes on. */
  end(): void {
    this.#lane.halted = undefined
    this.#reopen?.()
    this.#reopen = undefined
  }
}
