import type { Clock } from '../engine/clock.ts'

/** Kinds of lines that are kept apart; whatever comes beyond them is one kind. Kinds have names of targets in them. */
const maxKinds = 1_000
const otherKinds = '__other__'

interface Window {
  readonly since: number
  lines: number
  /** Left out since the last line that was written. */
  omitted: number
}

/** Lets the first lines of a kind through, per stretch of time, and counts the others: a database that is away should not
 * fill the disk with its logs, and no failure should be invisible. */
export class LineSampler {
  readonly #clock: Clock
  readonly #windowMs: number
  readonly #maxLines: number
  readonly #windows = new Map<string, Window>()

  constructor(clock: Clock, options: { readonly windowMs: number; readonly maxLines: number }) {
    this.#clock = clock
    this.#windowMs = options.windowMs
    this.#maxLines = options.maxLines
  }

  /** `undefined`: not this one. Else how many of its kind were left out before it. */
  take(kind: string): number | undefined {
    const known = this.#windows.has(kind) || this.#windows.size < maxKinds ? kind : otherKinds
    const now = this.#clock.now()
    let window = this.#windows.get(known)
    if (window === undefined || now - window.since >= this.#windowMs) {
      window = { since: now, lines: 0, omitted: window?.omitted ?? 0 }
      this.#windows.set(known, window)
    }
    if (window.lines === this.#maxLines) {
      window.omitted++
      return undefined
    }
    const { omitted } = window
    window.lines++
    window.omitted = 0
    return omitted
  }

  /** Kinds of which lines were left out that no later line has told of, and how many. */
  drain(): readonly (readonly [kind: string, omitted: number])[] {
    const left = [...this.#windows].flatMap(([kind, { omitted }]) =>
      omitted > 0 ? [[kind, omitted] as const] : [],
    )
    this.#windows.clear()
    return left
  }
}
