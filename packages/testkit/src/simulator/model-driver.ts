import type { Batch, Clock, Driver, Failure, RowOutcome, Target, WriteContext } from '@batchflow/core'
import { ClassifiedError } from '../classified-error.ts'
import { BatchClaims } from './batch-claims.ts'
import { CommitLog, type OnBroken } from './commit-log.ts'
import { ModelAttempt } from './model-attempt.ts'
import type { ModelLane } from './model-lane.ts'
import { untouched, type ModelRow } from './model-row.ts'
import type { Random } from './random.ts'
import { rowOutcomes } from './row-outcomes.ts'
import type { Answer, Temperament } from './temperament.ts'

/** What a model driver is made of. */
export interface ModelDriverOptions {
  readonly random: Random
  readonly clock: Clock
  readonly temperament: Temperament
  /** The targets that it knows. */
  readonly lanes: readonly ModelLane[]
  /** Time, in milliseconds, that the flow gives an attempt: what is late comes after it. */
  readonly timeoutMs: number
  readonly onBroken: OnBroken
}

/** A driver with a database in memory that does to each batch whatever its temperament and its seed say, and remembers
 * what is committed. It keeps its promises: what it answers is true, a bad row is bad at every attempt. */
export class ModelDriver implements Driver<Target<ModelRow>> {
  readonly name = 'model'
  readonly capabilities: Temperament['capabilities']
  readonly log: CommitLog
  readonly prepare?: (target: Target<ModelRow>, context: { readonly signal: AbortSignal }) => Promise<void>
  /** Answers given, by kind. */
  readonly given: Map<Answer | 'split' | 'poison', number> = new Map()
  closed = 0
  /** Called when a batch of a target comes. */
  onWrite: (target: string) => void = () => {}
  readonly #options: ModelDriverOptions
  readonly #claims: BatchClaims
  readonly #lanes: ReadonlyMap<string, ModelLane>
  readonly #attempts = new Set<ModelAttempt>()
  readonly #seen = new Set<number>()
  /** When a misconfigured target is mended, by name. */
  readonly #mended = new Map<string, number>()
  #preparing = 0
  #healed = false

  constructor(options: ModelDriverOptions) {
    const { temperament, onBroken } = options
    this.#options = options
    this.capabilities = temperament.capabilities
    this.log = new CommitLog(onBroken)
    this.#claims = new BatchClaims(this.capabilities, onBroken)
    this.#lanes = new Map(options.lanes.map((lane) => [lane.target.name, lane]))
    if (temperament.prepareFails !== undefined)
      this.prepare = async (target, { signal }) => await this.#prepare(target, signal)
  }

  /** Writes that the flow waits for. */
  get open(): readonly ModelAttempt[] {
    return [...this.#attempts].filter((attempt) => attempt.open)
  }

  /** A row came to it, in whatever batch, on its own or within a merged one. */
  saw(id: number): boolean {
    return this.#seen.has(id)
  }

  /** Nobody can say that this driver has something to do. */
  get idle(): boolean {
    return this.#attempts.size === 0 && this.#preparing === 0
  }

  /** From now on it writes whatever is good, at once; what hangs goes on hanging. */
  heal(): void {
    this.#healed = true
    this.#mended.clear()
  }

  /** Ends what `heal` began. */
  sicken(): void {
    this.#healed = false
  }

  write(batch: Batch<Target<ModelRow>>, context: WriteContext): Promise<void | readonly RowOutcome[]> {
    return new Promise((resolve, reject) => {
      const attempt = new ModelAttempt(batch, context, { resolve, reject })
      const lane = this.#lanes.get(batch.target.name) as ModelLane
      this.#claims.check(attempt, lane)
      this.onWrite(batch.target.name)
      for (const { ids } of batch.rows) for (const id of ids) this.#seen.add(id)
      if (batch.rows.some(({ text }) => text !== untouched))
        this.#options.onBroken('a row changed after submit is written as it was', batch.target.name)
      this.#attempts.add(attempt)
      this.#answer(attempt, this.#verdict(attempt))
    })
  }

  classify(error: unknown): Failure | undefined {
    return error instanceof ClassifiedError ? error.failure : undefined
  }

  async close(): Promise<void> {
    this.closed++
    const { temperament, random } = this.#options
    if (temperament.closes === 'atOnce') return
    await new Promise<void>((resolve) => {
      if (temperament.closes === 'slowly') this.#later(random.integer(1, 500), resolve)
    })
  }

  /** What is wrong with the batch comes first, then what the seed says. */
  #verdict({ batch, number }: ModelAttempt): Answer | 'split' | 'poison' {
    const { temperament, random, clock } = this.#options
    const { target, rows } = batch
    if ((this.#mended.get(target.name) ?? 0) > clock.now()) return 'misconfigured'
    if (rows.length > temperament.splitAbove) return 'split'
    const drawn = this.#healed ? 'commit' : random.weighted(temperament.weights)
    if (drawn === 'misconfigured')
      this.#mended.set(target.name, clock.now() + random.integer(1, temperament.maxOutageMs))
    if (drawn !== 'commit' || !rows.some(({ bad }) => bad)) return drawn
    return temperament.capabilities.isolatesRows === true || (number > 1 && random.chance(0.2))
      ? 'outcomes'
      : 'poison'
  }

  #answer(attempt: ModelAttempt, verdict: Answer | 'split' | 'poison'): void {
    const { temperament, random, timeoutMs } = this.#options
    this.given.set(verdict, (this.given.get(verdict) ?? 0) + 1)
    const bad = attempt.batch.rows.findIndex((row) => row.bad)
    // A database that refuses a row refuses it, however the answer travels.
    const carry = verdict === 'late' || verdict === 'kept' || verdict === 'afterwards'
    const act = this.#actionOf(carry && bad >= 0 ? 'poison' : verdict, attempt, bad)
    const delayMs = this.#healed ? 0 : random.integer(0, temperament.maxDelayMs)
    let timer: { cancel(): void } | undefined
    const run = () => {
      timer = undefined
      this.#claims.resolve(attempt)
      act()
      this.#attempts.delete(attempt)
    }
    if (verdict === 'late') timer = this.#later(timeoutMs + random.integer(0, 2_500) + delayMs, run)
    else if (delayMs > 0 && verdict !== 'never') timer = this.#later(delayMs, run)
    else if (verdict !== 'never') return run()
    attempt.signal.addEventListener('abort', () => this.#onAbort(attempt, timer), { once: true })
  }

  #actionOf(verdict: Answer | 'split' | 'poison', attempt: ModelAttempt, bad: number): () => void {
    const fail = (error: unknown) => () => attempt.reject(error)
    const { random, temperament } = this.#options
    switch (verdict) {
      case 'commit':
      case 'late':
        return () => {
          this.#commit(attempt, attempt.batch.rows)
          attempt.resolve()
        }
      case 'outcomes':
        return () => {
          const { outcomes, committed, doubted } = rowOutcomes(attempt.batch.rows, {
            random,
            healed: this.#healed,
          })
          this.log.doubt(doubted)
          this.#commit(attempt, committed)
          attempt.resolve(outcomes)
        }
      case 'transient':
        return fail(new ClassifiedError('transient', 'deadlock'))
      case 'overload':
        return fail(
          new ClassifiedError(
            'overload',
            'throttled',
            random.chance(0.5) ? { retryAfterMs: random.integer(0, 200) } : {},
          ),
        )
      case 'unknown':
        return fail(new Error('an error that nobody knows'))
      case 'misconfigured':
        return fail(new ClassifiedError('configuration', 'schema'))
      case 'split':
        return fail(new ClassifiedError('split', 'too_large'))
      case 'poison':
        return fail(new ClassifiedError('poison', 'constraint', temperament.namesBadRows ? { row: bad } : {}))
      case 'lost':
      case 'kept':
      case 'afterwards':
        return () => this.#loseAnswer(attempt, verdict)
      case 'never':
        return () => {}
    }
  }

  #loseAnswer(attempt: ModelAttempt, verdict: 'lost' | 'kept' | 'afterwards'): void {
    const { random } = this.#options
    const { rows } = attempt.batch
    this.log.doubt(rows)
    this.#claims.leaveOpen(attempt)
    if (verdict === 'kept') this.#commit(attempt, rows)
    if (verdict === 'afterwards') this.#later(random.integer(1, 2_000), () => this.#commit(attempt, rows))
    const known = new ClassifiedError('ambiguous', 'connection')
    attempt.reject(random.chance(0.5) ? known : Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
  }

  /** An attempt was given up before it was answered. What was to come may be called off, and the flow may be told so. */
  #onAbort(attempt: ModelAttempt, timer: { cancel(): void } | undefined): void {
    if (attempt.answered) return
    const { random, temperament } = this.#options
    this.log.doubt(attempt.batch.rows)
    this.#claims.leaveOpen(attempt)
    if (!random.chance(temperament.obedience)) {
      if (timer === undefined) this.#attempts.delete(attempt)
      return
    }
    timer?.cancel()
    const say = () => {
      this.#attempts.delete(attempt)
      this.#claims.resolve(attempt)
      attempt.reject(random.chance(0.5) ? attempt.signal.reason : new ClassifiedError('transient', 'timeout'))
    }
    if (random.chance(0.5)) say()
    else this.#later(random.integer(1, 1_500), say)
  }

  #commit(attempt: ModelAttempt, rows: readonly ModelRow[]): void {
    const { batch, number, signal, answered } = attempt
    this.log.add({
      target: batch.target.name,
      rows,
      batch: batch.id,
      attempt: number,
      late: answered || signal.aborted,
    })
  }

  async #prepare(target: Target<ModelRow>, signal: AbortSignal): Promise<void> {
    const { random, temperament } = this.#options
    this.#preparing++
    try {
      if (this.#healed || !random.chance(temperament.prepareFails ?? 0)) return
      const fault = random.pick(['transient', 'ambiguous', 'configuration', 'never', 'slow'] as const)
      if (fault === 'never') await new Promise((_, reject) => onAbort(signal, reject))
      else if (fault === 'slow')
        await new Promise<void>((resolve) => this.#later(random.integer(1, 3_000), resolve))
      else throw new ClassifiedError(fault, 'unknown')
    } finally {
      this.#preparing--
    }
  }

  #later(ms: number, run: () => void): { cancel(): void } {
    return this.#options.clock.setTimeout(run, ms)
  }
}

function onAbort(signal: AbortSignal, reject: (reason: unknown) => void): void {
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
}
