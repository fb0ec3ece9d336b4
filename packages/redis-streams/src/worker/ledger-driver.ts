import {
  type Batch,
  BatchFlowError,
  type Driver,
  type DriverCapabilities,
  type Failure,
  type PoolStats,
  type RowOutcome,
  type RowSemantics,
  type Target,
  type WriteContext,
} from '@batchflow/core'
import type { Row } from '../entry/row.ts'
import type { Entry, Letter } from './entry.ts'
import { halvesOf, type Part, type PartRules, partsOf, spanOfPart } from './parts.ts'
import { batchIdOf, type Span, spanText, type StreamRow } from './position.ts'
import type { SinkHooks } from './sink.ts'

/** One table, for as long as a worker has the shard. */
export interface LedgerLane {
  readonly table: Target
  readonly semantics: RowSemantics<Row>
  /** Names shard and table in the ledger. */
  readonly source: string
  readonly epoch: number
  /** The last batch that was committed before. */
  readonly committed: Span | undefined
}

/** One outcome per member of a part; undefined: all are written, as nearly always. */
type Outcomes = readonly RowOutcome[] | undefined

/** What is known of the batch that is being written. */
interface Progress {
  readonly batch: string
  /** By part, as far as they are written. */
  readonly outcomes: Outcomes[]
  /** Rows that were refused, and are not in the dead-letter stream. */
  letters: Letter[]
}

/** Writes rows of a stream with their position, through the driver of a database with a ledger.
 *
 * What was refused is in the dead-letter stream before anything later is written: the ledger knows one position, and a worker
 * that comes after this one takes everything before its last batch for settled. */
export class LedgerDriver implements Driver<Target<StreamRow>> {
  readonly name: string
  readonly capabilities: DriverCapabilities
  readonly #inner: Driver
  readonly #lanes: ReadonlyMap<string, LedgerLane>
  readonly #hooks: SinkHooks
  #progress: Progress = { batch: '', outcomes: [], letters: [] }

  constructor(inner: Driver, lanes: ReadonlyMap<string, LedgerLane>, hooks: SinkHooks) {
    this.name = inner.name
    this.#inner = inner
    this.#lanes = lanes
    this.#hooks = hooks
    this.capabilities = { perRowOutcomes: true, isolatesRows: true, repeatedKeys: true, ledger: true }
  }

  async prepare({ name }: Target<StreamRow>, context: { readonly signal: AbortSignal }): Promise<void> {
    await this.#inner.prepare?.(this.#lane(name).table, context)
  }

  async write(batch: Batch<Target<StreamRow>>, context: WriteContext): Promise<Outcomes> {
    const lane = this.#lane(batch.target.name)
    const parts = partsOf(batch.rows, this.#rulesOf(lane))
    if (this.#progress.batch !== batch.id) this.#progress = { batch: batch.id, outcomes: [], letters: [] }
    const progress = this.#progress
    for (const [index, part] of parts.entries()) {
      if (index < progress.outcomes.length) continue
      if (progress.letters.length > 0) await this.#sendLetters(progress)
      const outcomes = await this.#writePart(lane, part, context)
      progress.outcomes.push(outcomes)
      progress.letters.push(...lettersOf(part, outcomes))
    }
    await this.#settle(batch.rows, progress)
    return allOf(parts, progress.outcomes)
  }

  classify(error: unknown): Failure | undefined {
    return this.#inner.classify(error)
  }

  pool(): PoolStats {
    return this.#inner.pool?.() ?? { inUse: 0, idle: 0, pending: 0, max: 0 }
  }

  async close(): Promise<void> {
    await this.#inner.close?.()
  }

  #lane(name: string): LedgerLane {
    return this.#lanes.get(name) as LedgerLane
  }

  #rulesOf({ semantics }: LedgerLane): PartRules {
    const { repeatedKeys = false, maxRowsPerBatch, maxBatchBytes } = this.#inner.capabilities
    return {
      semantics,
      repeatedKeys,
      maxRows: maxRowsPerBatch ?? Number.POSITIVE_INFINITY,
      maxBytes: maxBatchBytes ?? Number.POSITIVE_INFINITY,
    }
  }

  async #writePart(lane: LedgerLane, part: Part, context: WriteContext): Promise<Outcomes> {
    const span = spanOfPart(part)
    // Not the batch that was committed before, but it is behind its end: written.
    if (part.again && !isSame(span, lane.committed)) return undefined
    const { source, epoch, table } = lane
    try {
      const position = { source, last: spanText(span), epoch }
      const outcomes = await this.#inner.write(
        { id: batchIdOf(source, span), target: table, rows: part.rows, position },
        context,
      )
      if (!outcomes?.some(({ outcome }) => outcome === 'failed')) return undefined
      return part.places.map((place) => outcomes[place] ?? written)
    } catch (error) {
      if (BatchFlowError.is(error) && error.code === 'BATCHFLOW_FENCED') this.#hooks.onFenced()
      const failure = this.#inner.classify(error)
      if (failure?.kind === 'split' && part.rows.length > 1)
        return await this.#writeHalves(lane, part, context)
      if (failure === undefined || (failure.kind !== 'poison' && failure.kind !== 'split')) throw error
      return part.members.map(() => ({ outcome: 'failed', failure, cause: error }))
    }
  }

  async #writeHalves(lane: LedgerLane, part: Part, context: WriteContext): Promise<Outcomes> {
    const halves = halvesOf(part, this.#rulesOf(lane))
    const outcomes: Outcomes[] = []
    for (const half of halves) {
      const theirs = await this.#writePart(lane, half, context)
      const letters = lettersOf(half, theirs)
      if (letters.length > 0) await this.#hooks.settle([], letters)
      // They are set aside by now, and must not be again.
      for (const outcome of letters.length > 0 ? (theirs ?? []) : []) asideOutcomes.add(outcome)
      outcomes.push(theirs)
    }
    return allOf(halves, outcomes)
  }

  async #sendLetters(progress: Progress): Promise<void> {
    await this.#hooks.settle([], progress.letters)
    progress.letters = []
  }

  /** Entries whose last row is in the batch are over. With something to set aside that has to be done first. */
  async #settle(rows: readonly StreamRow[], progress: Progress): Promise<void> {
    const over = new Set<Entry>()
    for (const { entry } of rows) if (--entry.left === 0) over.add(entry)
    const entries = [...over]
    const letters = [...progress.letters, ...entries.flatMap((entry) => entry.letters)]
    const settling = this.#hooks.settle(entries, letters)
    if (letters.length > 0) await settling
    else settling.catch(() => {})
  }
}

/** Outcomes of rows that are in the dead-letter stream. */
const asideOutcomes = new WeakSet<RowOutcome>()

const written: RowOutcome = { outcome: 'written' }

function allOf(parts: readonly Part[], outcomes: readonly Outcomes[]): Outcomes {
  if (outcomes.every((part) => part === undefined)) return undefined
  return parts.flatMap(({ members }, index) => outcomes[index] ?? members.map(() => written))
}

function lettersOf({ members }: Part, outcomes: Outcomes): readonly Letter[] {
  if (outcomes === undefined) return []
  return members.flatMap(({ entry, row }, index) => {
    const outcome = outcomes[index] as RowOutcome
    return outcome.outcome === 'failed' && !asideOutcomes.has(outcome) ? [entry.refuse([row])] : []
  })
}

function isSame(span: Span, other: Span | undefined): boolean {
  return other !== undefined && spanText(span) === spanText(other)
}
