import type { Clock } from '../engine/clock.ts'

/** Kinds of lines that are kept apart; whatever comes beyond them is one kind. Kinds have names of targets in them. */
const maxKinds = 1_000
const otherKinds = '__other__'

/** A stretch of time of one kind. */
interface Window {
  readonly kind: string
  since: number
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
  /** By message, target and reason: to join these to one word took longer than all the rest. */
  readonly #windows = new Map<string, Map<unknown, Map<unknown, Window>>>()
  #kinds: Window[] = []
  #others: Window | undefined

  constructor(clock: Clock, options: { readonly windowMs: number; readonly maxLines: number }) {
    this.#clock = clock
    this.#windowMs = options.windowMs
    this.#maxLines = options.maxLines
  }

  /** `undefined`: not this one. Else how many of its kind were left out before it. */
  take(message: string, target: unknown, reason: unknown): number | undefined {
    const now = this.#clock.now()
    const window = this.#windows.get(message)?.get(target)?.get(reason) ?? this.#open(message, target, reason)
    if (now - window.since >= this.#windowMs) {
      window.since = now
      window.lines = 0
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

  #open(message: string, target: unknown, reason: unknown): Window {
    if (this.#kinds.length >= maxKinds) return (this.#others ??= this.#windowOf(otherKinds))
    const window = this.#windowOf([message, target, reason].join(' '))
    const targets = this.#windows.get(message) ?? new Map<unknown, Map<unknown, Window>>()
    const reasons = targets.get(target) ?? new Map<unknown, Window>()
    this.#windows.set(message, targets.set(target, reasons.set(reason, window)))
    return window
  }

  #windowOf(kind: string): Window {
    const window = { kind, since: this.#clock.now(), lines: 0, omitted: 0 }
    this.#kinds.push(window)
    return window
  }

  /** Kinds of which lines were left out that no later line has told of, and how many. */
  drain(): readonly (readonly [kind: string, omitted: number])[] {
    const left = this.#kinds.flatMap(({ kind, omitted }) => (omitted > 0 ? [[kind, omitted] as const] : []))
    this.#windows.clear()
    this.#kinds = []
    this.#others = undefined
    return left
  }
}
