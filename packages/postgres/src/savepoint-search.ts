import { isolate, type PartFailure } from '@batchflow/sql'
import { classify } from './classify.ts'
import { PostgresDriverError } from './driver-error.ts'
import type { TablePlan } from './plan.ts'
import { sortByKey } from './sort-rows.ts'
import type { Statement } from './wire/session.ts'

type Row = Readonly<Record<string, unknown>>

export interface SearchOptions {
  readonly plan: TablePlan
  readonly rows: readonly Row[]
  readonly maxStatements: number
  /** Writes the rows at these places between two statements, in one round trip. */
  readonly write: (indices: readonly number[], before: Statement, after: Statement) => Promise<void>
}

const release: Statement = { text: 'release savepoint batchflow' }

/** Writes what can be written of a batch, in a transaction that is open, behind a savepoint.
 *
 * - none: no savepoint is set
 * - failed: the savepoint of a part that failed is set, and has to be rolled back to */
export class SavepointSearch {
  readonly #options: SearchOptions
  readonly #lost = new Map<number, PartFailure>()
  #left: number
  #isFailed = false

  constructor(options: SearchOptions) {
    this.#options = options
    this.#left = options.maxStatements
  }

  /** Answers the rows that cannot be written, by their places in the batch.
   *
   * @param known How they failed.
   * @param together They were one statement then. */
  async run(
    members: readonly number[],
    known: PartFailure,
    together: boolean,
  ): Promise<ReadonlyMap<number, PartFailure>> {
    await this.#search(members, known, together)
    // A row that refers to another one was lost when it was tried before that was there. All together they failed already.
    const orphans = members.filter((index) => isOrphan(this.#lost.get(index)))
    if (orphans.length === 0 || orphans.length === members.length || this.#left === 0) return this.#lost
    for (const index of orphans) this.#lost.delete(index)
    const failure = await this.#write(orphans)
    if (failure !== undefined) await this.#search(orphans, failure, true)
    return this.#lost
  }

  /** What has to be done before the commit. */
  after(): readonly Statement[] {
    return this.#isFailed ? [this.#before()] : []
  }

  async #search(members: readonly number[], known: PartFailure, together: boolean): Promise<void> {
    const { plan, rows } = this.#options
    // One wave after the other: within one the order does not matter, and rows with one key are in different ones.
    const waves = sortByKey(plan.key, rows, members)
    for (const wave of waves) {
      const write = async (positions: readonly number[]) => {
        const indices = positions.map((position) => wave[position] as number)
        const failure = await this.#write(indices)
        return failure && withPosition(failure, indices)
      }
      // Of one wave among several it is not known whether it fails.
      const isKnown = (together && waves.length === 1) || this.#left === 0
      const first = isKnown ? withPosition(known, wave) : await write([...wave.keys()])
      if (first === undefined) continue
      const found = await isolate({ rows: wave.length, first, maxStatements: this.#left, write })
      for (const [position, part] of found) this.#lost.set(wave[position] as number, part)
    }
  }

  async #write(indices: readonly number[]): Promise<PartFailure | undefined> {
    this.#left--
    try {
      await this.#options.write(indices, this.#before(), release)
      this.#isFailed = false
      return undefined
    } catch (error) {
      const failure = classify(error)
      if (failure === undefined) throw error
      this.#isFailed = true
      return { failure, cause: error }
    }
  }

  #before(): Statement {
    return { text: this.#isFailed ? 'rollback to savepoint batchflow' : 'savepoint batchflow' }
  }
}

/** It refers to a row that is not there. */
function isOrphan(part: PartFailure | undefined): boolean {
  return (
    PostgresDriverError.is(part?.cause) &&
    part.cause.code === '23503' &&
    part.failure.kind === 'poison' &&
    part.failure.reason === 'constraint'
  )
}

/** A failure that names a row names it by its place in the batch; the search goes by the place in the part. */
function withPosition({ failure, cause }: PartFailure, indices: readonly number[]): PartFailure {
  if (failure.row === undefined) return { failure, cause }
  const { row, ...rest } = failure
  const position = indices.indexOf(row)
  return { failure: position === -1 ? rest : { ...rest, row: position }, cause }
}
