import { integer, knownKeys, object } from '../flow/check.ts'
import type { Failure } from '../driver/failure.ts'
import type { FlowObserver } from './observer.ts'

/** Something that went wrong. */
export interface FlowFailure {
  /** `attempt`: it will be tried again. `deadLetter`: the handler has taken the rows. `drop`: they made room for others. */
  readonly what: 'attempt' | 'deadLetter' | 'drop'
  readonly target: string
  readonly rows: number
  /** Why; nothing failed where rows were dropped. */
  readonly failure?: Failure
  /** Which attempt it was, for `attempt`. */
  readonly attempt?: number
  /** What the driver threw, for `attempt`. It may quote row values. */
  readonly cause?: unknown
  /** Failures just before this one that could not be held. */
  readonly missed: number
}

/** Options of {@link failures}. */
export interface FailuresOptions {
  /** Failures that are held for a reader that is slow, or not there; from 1. @defaultValue 100 */
  readonly maxHeld?: number
}

/** The failures of a flow, to be read with `for await`. */
export interface Failures extends FlowObserver, AsyncIterable<FlowFailure> {
  /** Failures that could not be held, in all. */
  readonly missed: number
}

/** An observer that can be read: an async iterable of what goes wrong, which ends with the flow. It holds the first
 * `maxHeld` failures that nobody has read, and counts the others: the accounting of rows is never here, but in
 * `onDeadLetter` and the ledger.
 *
 * Each failure goes to one reader; with several flows it ends when all are closed.
 *
 * @example
 * ```ts
 * const failed = failures()
 * const flow = createBatchFlow({ driver, onDeadLetter, observers: [failed] })
 * for await (const { what, target, rows, failure } of failed) report(what, target, rows, failure?.reason)
 * ```
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function failures(options: FailuresOptions = {}): Failures {
  knownKeys('', object('options', options), ['maxHeld'])
  const { maxHeld = 100 } = options
  return new HeldFailures(integer('maxHeld', maxHeld, { min: 1, max: 2 ** 30 }))
}

type Events = { [K in keyof FlowObserver]-?: Parameters<NonNullable<FlowObserver[K]>>[0] }
type Result = IteratorResult<FlowFailure, undefined>

const end: Result = { done: true, value: undefined }

class HeldFailures implements Failures {
  readonly #maxHeld: number
  readonly #held: FlowFailure[] = []
  readonly #readers: ((result: Result) => void)[] = []
  #missed = 0
  #missedSince = 0
  #opened = 0
  #closed = 0

  constructor(maxHeld: number) {
    this.#maxHeld = maxHeld
  }

  get missed(): number {
    return this.#missed
  }

  flowOpened(): void {
    this.#opened++
  }

  attemptFailed({ target, rows, failure, attempt, cause }: Events['attemptFailed']): void {
    this.#take({ what: 'attempt', target, rows, failure, attempt, ...(cause === undefined ? {} : { cause }) })
  }

  rowsDeadLettered({ target, rows, failure }: Events['rowsDeadLettered']): void {
    this.#take({ what: 'deadLetter', target, rows, failure })
  }

  rowsDropped({ target, rows }: Events['rowsDropped']): void {
    this.#take({ what: 'drop', target, rows })
  }

  flowClosed(): void {
    if (++this.#closed < this.#opened) return
    for (const answer of this.#readers.splice(0)) answer(end)
  }

  [Symbol.asyncIterator](): AsyncIterator<FlowFailure, undefined> {
    // A reader that leaves the loop while it waits for nothing has nothing to give back.
    return { next: () => this.#next() }
  }

  #next(): Promise<Result> {
    const value = this.#held.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#opened > 0 && this.#closed === this.#opened) return Promise.resolve(end)
    return new Promise((answer) => this.#readers.push(answer))
  }

  #take(failure: Omit<FlowFailure, 'missed'>): void {
    if (this.#held.length >= this.#maxHeld) {
      this.#missed++
      this.#missedSince++
      return
    }
    const value = { ...failure, missed: this.#missedSince }
    this.#missedSince = 0
    const answer = this.#readers.shift()
    if (answer === undefined) this.#held.push(value)
    else answer({ done: false, value })
  }
}
