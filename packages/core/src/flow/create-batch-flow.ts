import type { Driver } from '../driver/driver.ts'
import { classifierOf } from '../driver/classify.ts'
import type { RowOf, Target } from '../driver/target.ts'
import { BatchFlowError } from '../errors.ts'
import { systemClock, type Clock, type Environment } from '../engine/clock.ts'
import type { Letter } from '../engine/delivery-context.ts'
import { Engine } from '../engine/engine.ts'
import type { FlowStats } from '../engine/ledger.ts'
import type { Receipt } from '../engine/segment.ts'
import { Observers } from '../observe/observers.ts'
import type { BatchFlow, FlushOptions, Settled, SettledRow, SubmitOptions } from './batch-flow.ts'
import { milliseconds } from './check.ts'
import type { BatchFlowOptions, DeadLetter, RetuneOptions } from './options.ts'
import { resolveOptions, resolveRetune, type ResolvedOptions } from './resolve-options.ts'

/** Creates a flow: it takes rows one at a time, writes them in batches, and accounts for each of them.
 *
 * It never ends a pool or client that the driver was given, never prints, and installs no signal handler.
 *
 * @example
 * ```ts
 * await using flow = createBatchFlow({
 *   driver: sqlite({ path: 'events.db' }),
 *   onDeadLetter: ({ target, rows, error }) => log.error({ target: target.name, rows: rows.length }, error.message),
 * })
 * await flow.submit(events, { id: 1, path: '/' })
 * ```
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`, with option, rule and value. */
export function createBatchFlow<T extends Target>(
  options: BatchFlowOptions<T>,
  environment: Environment = {},
): BatchFlow<T> {
  return new Flow(options, resolveOptions(options), environment)
}

class Flow<T extends Target> implements BatchFlow<T> {
  readonly #options: ResolvedOptions
  readonly #driver: Driver
  readonly #sink: { close?(): Promise<void> } | undefined
  readonly #clock: Clock
  readonly #observers: Observers
  readonly #engine: Engine
  readonly #intake: Engine['intake']
  readonly #lanes: Engine['lanes']
  #limits: ResolvedOptions['limits']
  #closed: Promise<Settled> | undefined
  #ignoreSignal: () => void = () => {}

  constructor(options: BatchFlowOptions<T>, resolved: ResolvedOptions, environment: Environment) {
    // Inside, rows are opaque: `submit` has checked that row and target belong together.
    const driver = options.driver as unknown as Driver
    this.#options = resolved
    this.#limits = resolved.limits
    this.#driver = driver
    this.#sink = options.deadLetters
    this.#clock = environment.clock ?? systemClock
    this.#observers = new Observers(resolved.observers)
    const classifiers = [
      ...(options.classify === undefined ? [] : [options.classify]),
      (error: unknown) => driver.classify(error),
    ]
    this.#engine = new Engine({
      ...resolved,
      driver,
      clock: this.#clock,
      random: environment.random ?? Math.random,
      observers: this.#observers,
      classify: classifierOf(classifiers, () => this.#observers.errors++),
      deadLetter: deadLetterOf(options),
      limitsOf: (name) => {
        const { flushSize, flushBytes, flushIntervalMs } = this.#limits
        return { flushSize, flushBytes, flushIntervalMs, ...resolved.targets.get(name) }
      },
    })
    this.#intake = this.#engine.intake
    this.#lanes = this.#engine.lanes
    this.#observers.open({ driver: driver.name, stats: () => this.stats() })
    this.#obey(options.signal)
  }

  submit<U extends T>(target: U, row: NoInfer<RowOf<U>>, options?: SubmitOptions): Promise<void> {
    try {
      return this.#intake.submit(this.#lanes.of(target), row, options?.signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  trySubmit<U extends T>(target: U, row: NoInfer<RowOf<U>>): boolean {
    return this.#intake.trySubmit(this.#lanes.of(target), row)
  }

  submitAndSettle<U extends T>(
    target: U,
    row: NoInfer<RowOf<U>>,
    options?: SubmitOptions,
  ): Promise<SettledRow> {
    return new Promise((resolve, reject) => {
      const receipt: Receipt = {
        written: (coalesced, returned) =>
          resolve({
            outcome: coalesced ? 'coalesced' : 'written',
            ...(returned === undefined ? {} : { returned }),
          }),
        failed: reject,
      }
      const lane = this.#engine.lanes.of(target)
      this.#engine.intake.submit(lane, row, options?.signal, receipt).catch(reject)
    })
  }

  async flush(options: FlushOptions<T> = {}): Promise<Settled> {
    const { signal, target } = options
    signal?.throwIfAborted()
    const settled = this.#engine.flush(target === undefined ? undefined : this.#engine.lanes.of(target))
    if (signal === undefined) return await settled
    return await new Promise<Settled>((resolve, reject) => {
      const onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      settled.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject)
    })
  }

  retune(options: RetuneOptions): void {
    this.#limits = resolveRetune(this.#limits, this.#driver, options)
    this.#engine.retune(this.#limits)
  }

  resume(target: T): void {
    const lane = this.#engine.lanes.find(target)
    if (lane !== undefined) this.#engine.resume(lane)
  }

  stats(): FlowStats {
    return this.#engine.stats()
  }

  close(options: { readonly timeoutMs?: number } = {}): Promise<Settled> {
    if (this.#closed !== undefined) return this.#closed
    let timeoutMs: number
    try {
      timeoutMs = milliseconds('timeoutMs', options.timeoutMs ?? this.#options.closeTimeoutMs, 0)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#closeOnce(async () => await this.#drain(timeoutMs))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** The promise is there before the closing begins, so that an observer who calls `close` on the way gets it too. */
  #closeOnce(close: () => Promise<void>): Promise<Settled> {
    if (this.#closed !== undefined) return this.#closed
    let settle: ((settled: Promise<Settled>) => void) | undefined
    this.#closed = new Promise<Settled>((resolve) => {
      settle = resolve
    })
    settle?.(this.#finish(close))
    return this.#closed
  }

  async #finish(close: () => Promise<void>): Promise<Settled> {
    this.#ignoreSignal()
    const began = this.#clock.now()
    try {
      await close()
    } finally {
      const { ledger } = this.#engine
      this.#observers.tell('flowClosed', { durationMs: this.#clock.now() - began, ledger })
    }
    const { written, deadLettered, dropped } = this.#engine.ledger
    return { written, failed: deadLettered + dropped }
  }

  /** Settles within the deadline, whatever the driver does: first the rows, then what the driver and the sink opened. */
  async #drain(timeoutMs: number): Promise<void> {
    let deadline: { cancel(): void } = { cancel: () => {} }
    const expired = new Promise<'expired'>((resolve) => {
      deadline = this.#clock.setTimeout(() => resolve('expired'), timeoutMs)
    })
    try {
      if ((await Promise.race([this.#engine.drain(), expired])) === 'expired') this.#giveUp(timeoutMs)
      await Promise.race([this.#closeParts(), expired])
    } finally {
      deadline.cancel()
    }
  }

  #giveUp(timeoutMs: number): never {
    const error = this.#engine.giveUp(timeoutMs)
    // The rows are what matters now; what the driver says about its own end is of no use to anybody.
    this.#closeParts().catch(() => {})
    throw error
  }

  async #closeParts(): Promise<void> {
    try {
      await this.#driver.close?.()
    } finally {
      await this.#sink?.close?.()
    }
  }

  #obey(signal: AbortSignal | undefined): void {
    if (signal === undefined) return
    const { drainOnAbort, drainGraceMs } = this.#options
    const onAbort = () => {
      // With nothing to give up there is nothing to say: it is a close like any other.
      const isIdle = this.#engine.ledger.pending === 0
      const closing =
        drainOnAbort || isIdle
          ? this.close({ timeoutMs: drainOnAbort ? drainGraceMs : 0 })
          : this.#closeOnce(async () => this.#giveUp(0))
      // Whoever calls close() later gets this promise and its error; nobody has to.
      closing.catch(() => {})
    }
    if (signal.aborted) onAbort()
    else {
      signal.addEventListener('abort', onAbort, { once: true })
      this.#ignoreSignal = () => signal.removeEventListener('abort', onAbort)
    }
  }
}

function deadLetterOf<T extends Target>(options: BatchFlowOptions<T>): (letter: Letter) => Promise<void> {
  const { onDeadLetter, deadLetters } = options
  if (deadLetters !== undefined) return async (letter) => await deadLetters.write(letter)
  if (onDeadLetter === undefined)
    throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', 'onDeadLetter must be a function, got undefined')
  return async (letter) => await onDeadLetter(letter as unknown as DeadLetter<T>)
}
