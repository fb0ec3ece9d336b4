import type { Batch, Failure, RowOutcome } from '@batchflow/core'
import { isolate, type PartFailure, type SqlTable } from '@batchflow/sql'
import { classify } from './classify.ts'
import { failedAt, MysqlDriverError, statementOf } from './driver-error.ts'
import { encodeRows, type Refused, type RowStatement } from './encode-rows.ts'
import { hintOf } from './hint.ts'
import { isMarked, mark, markRefused, refusedRows } from './ledger.ts'
import type { TablePlan } from './plan.ts'
import { scopeOf } from './statement-scope.ts'
import { advance, fenced, isStuck, wasCommitted } from './position.ts'
import { begin, commit, rollback, type Session, type Statement } from './wire/session.ts'

type Row = Readonly<Record<string, unknown>>

export interface WriteOptions {
  readonly ledger: boolean
  /** Milliseconds of one statement. */
  readonly statementTimeoutMs: number | undefined
  readonly maxStatements: number
}

/** One attempt at one batch on one connection.
 *
 * At first all rows go together: as one statement that commits itself where one can hold them, else in a transaction. When
 * the server refuses a row, a transaction looks for it and commits the others. The position of a batch takes the place of
 * its mark, which is left for batches with bad rows. */
export class BatchWriter {
  readonly #session: Session
  readonly #plan: TablePlan
  readonly #batch: Batch<SqlTable>
  readonly #rows: readonly Row[]
  readonly #options: WriteOptions
  readonly #refused: Refused = new Map()

  constructor(session: Session, plan: TablePlan, batch: Batch<SqlTable>, options: WriteOptions) {
    this.#session = session
    this.#plan = plan
    this.#batch = batch
    this.#rows = batch.rows as readonly Row[]
    this.#options = options
  }

  async write(): Promise<void | readonly RowOutcome[]> {
    try {
      return await this.#writeRows()
    } catch (error) {
      if (!isRepeated(error)) throw error
      const { position } = this.#batch
      if (position !== undefined) {
        // It was found out behind the rows, in a transaction that may see the ledger as it was before.
        await this.#session.run([rollback], { commits: false })
        // Of a batch with bad rows the mark says the same.
        const isDone = isMarked(error) || (await wasCommitted(this.#session, position))
        if (!isDone) throw fenced(position)
      }
      return await this.#writtenBefore()
    }
  }

  async #writeRows(): Promise<void | readonly RowOutcome[]> {
    try {
      await this.#writeWhole()
      return this.#outcomes(new Map())
    } catch (error) {
      const failure = isRepeated(error) ? undefined : classify(error)
      if (failure === undefined || (failure.kind !== 'poison' && failure.kind !== 'split')) throw error
      return await this.#writeOthers(failure, error)
    }
  }

  async #writeWhole(): Promise<void> {
    const statements = this.#encode([...this.#rows.keys()], true)
    const before = statements.length > 0 ? this.#mark() : []
    const all = [...before, ...statements, ...this.#advance()]
    if (all.length > 0) await this.#run(all, true)
  }

  #encode(indices: readonly number[], isWhole: boolean): readonly RowStatement[] {
    const { server, lendPacket } = this.#session
    const { statementTimeoutMs } = this.#options
    return encodeRows(
      this.#plan,
      { rows: this.#rows, indices, refused: this.#refused },
      {
        maxPacketBytes: server.maxPacketBytes,
        lendPacket,
        isWhole,
        scopeOf: ({ hasTimestamps }) => scopeOf(server, { statementTimeoutMs, hasTimestamps }),
      },
    )
  }

  /** Sends statements; an error names the row where the server did. */
  async #run(statements: readonly Statement[], commits: boolean): Promise<void> {
    try {
      await this.#session.run(statements, { commits })
    } catch (error) {
      throw this.#withHint(error)
    }
  }

  #withHint(error: unknown): unknown {
    if (!MysqlDriverError.is(error)) return error
    const { original, phase } = error
    const row = hintOf(error, this.#plan, this.#rows)
    return row === undefined
      ? error
      : failedAt(statementOf(error), new MysqlDriverError(original, { phase, row }))
  }

  /** Looks for the bad rows in a transaction and commits the others. */
  async #writeOthers(failure: Failure, cause: unknown): Promise<void | readonly RowOutcome[]> {
    const members = [...this.#rows.keys()].filter((index) => !this.#refused.has(index))
    const { maxStatements } = this.#options
    const { position } = this.#batch
    // Else a batch that was committed before would be searched for its duplicates.
    if (position !== undefined && (await wasCommitted(this.#session, position)))
      return await this.#writtenBefore()
    await this.#session.run([begin, ...this.#mark()], { commits: false })
    const found = await isolate({
      rows: members.length,
      first: { failure: withPosition(failure, members), cause },
      maxStatements,
      write: async (places) => await this.#writePart(places.map((place) => members[place] as number)),
    })
    const failed = new Map([...found].map(([place, lost]) => [members[place] as number, lost]))
    const outcomes = this.#outcomes(failed) ?? []
    await this.#session.run([...this.#markRefused(outcomes), ...this.#advance(), commit], { commits: true })
    return outcomes
  }

  async #writePart(indices: readonly number[]): Promise<PartFailure | undefined> {
    const statements = this.#encode(indices, false)
    // A statement that fails takes back what it did; of several, those before it have to be taken back too.
    const [before, after] = statements.length > 1 ? [[savepoint], [release]] : [[], []]
    try {
      await this.#run([...before, ...statements, ...after], false)
      return undefined
    } catch (error) {
      const failure = classify(error)
      if (failure === undefined) throw error
      if (before.length > 0 && isOfRows(failure)) await this.#run([rollbackToSavepoint, release], false)
      return { failure: withPosition(failure, indices), cause: error }
    }
  }

  /** An earlier attempt has committed the batch. */
  async #writtenBefore(): Promise<void | readonly RowOutcome[]> {
    const refused = await refusedRows(this.#session, this.#batch.id)
    const failed = new Map(
      [...refused].map(([index, cause]): [number, PartFailure] => [
        index,
        { failure: classify(cause) ?? { kind: 'poison', reason: 'constraint' }, cause },
      ]),
    )
    return this.#outcomes(failed)
  }

  #outcomes(failed: ReadonlyMap<number, PartFailure>): readonly RowOutcome[] | undefined {
    if (failed.size === 0 && this.#refused.size === 0) return undefined
    return this.#rows.map((_, index): RowOutcome => {
      const lost = this.#refused.get(index) ?? failed.get(index)
      return lost === undefined ? { outcome: 'written' } : { outcome: 'failed', ...lost }
    })
  }

  get #isMarkedFirst(): boolean {
    return this.#options.ledger && this.#batch.position === undefined
  }

  #mark(): readonly Statement[] {
    return this.#isMarkedFirst ? [mark(this.#batch.id)] : []
  }

  #markRefused(outcomes: readonly RowOutcome[]): readonly Statement[] {
    if (!this.#options.ledger) return []
    const { id } = this.#batch
    return this.#isMarkedFirst ? [markRefused(id, outcomes)] : [mark(id), markRefused(id, outcomes)]
  }

  #advance(): readonly Statement[] {
    const { position } = this.#batch
    return position === undefined ? [] : [advance(position)]
  }
}

/** The batch was committed before, or has a newer writer behind it. */
function isRepeated(error: unknown): boolean {
  return isMarked(error) || isStuck(error)
}

const savepoint: Statement = { text: 'savepoint batchflow' }
const release: Statement = { text: 'release savepoint batchflow' }
const rollbackToSavepoint: Statement = { text: 'rollback to savepoint batchflow' }

/** Any other failure ends the transaction. */
function isOfRows({ kind }: Failure): boolean {
  return kind === 'poison' || kind === 'split'
}

/** A failure that names a row names it by its place in the batch; the search goes by the place in the part. */
function withPosition(failure: Failure, indices: readonly number[]): Failure {
  if (failure.row === undefined) return failure
  const { row, ...rest } = failure
  const position = indices.indexOf(row)
  return position === -1 ? rest : { ...rest, row: position }
}
