import type { Batch, Failure, RowOutcome } from '@batchflow/core'
import { fullColumnSet, type PartFailure, type SqlTable } from '@batchflow/sql'
import { classify } from './classify.ts'
import { PostgresDriverError } from './driver-error.ts'
import { copiesOf, encodeCopy, streamCopy } from './encode-copy.ts'
import { encodeRows, type RowGroup } from './encode-rows.ts'
import type { Refused } from './refused.ts'
import { hintOf } from './hint.ts'
import { isMarked, mark, markRefused, type Refusals, refusedRows } from './ledger.ts'
import type { TablePlan } from './plan.ts'
import { advance, fenced, isStuck, wasCommitted } from './position.ts'
import { inlined } from './quote.ts'
import { placeColumn } from './returning.ts'
import type { RowForm } from './row-form.ts'
import { SavepointSearch } from './savepoint-search.ts'
import { inlinedTimeLimit, timeLimit } from './time-limit.ts'
import type { ByteWriter } from './types/index.ts'
import type { Answer, Copy, SendOptions, Session, Statement } from './wire/session.ts'

type Row = Readonly<Record<string, unknown>>

export interface WriteOptions {
  readonly ledger: boolean
  /** Look whether the columns have the types for which the rows are encoded. */
  readonly checksTypes: boolean
  /** Milliseconds of one statement. */
  readonly statementTimeoutMs: number | undefined
  readonly maxStatements: number
}

/** One attempt at one batch on one connection.
 *
 * At first all rows go in one round trip and one transaction. When the server refuses a row, a second transaction looks
 * for it behind savepoints, and commits the others. The position of a batch takes the place of its mark, which is left for
 * batches with bad rows. */
export class BatchWriter {
  readonly #session: Session
  readonly #plan: TablePlan
  readonly #batch: Batch<SqlTable>
  readonly #rows: readonly Row[]
  readonly #options: WriteOptions
  readonly #refused: Refused = new Map()
  readonly #returned = new Map<number, Readonly<Record<string, unknown>>>()
  /** The rows were sent as several COPYs. */
  #wasDivided = false

  constructor(session: Session, plan: TablePlan, batch: Batch<SqlTable>, options: WriteOptions) {
    this.#session = session
    this.#plan = plan
    this.#batch = batch
    this.#rows = batch.rows as readonly Row[]
    this.#options = options
  }

  async write(): Promise<void | readonly RowOutcome[]> {
    try {
      return await this.#writeOnce()
    } catch (error) {
      if (!isRepeated(error)) throw error
      // The mark may be behind a BEGIN: an earlier attempt can come to its end at any time.
      await this.#session.run([{ text: 'rollback' }], { commits: false })
      const { position } = this.#batch
      // Of a batch with bad rows the mark says the same.
      const isDone =
        position === undefined || isMarked(error) || (await wasCommitted(this.#session, position))
      if (!isDone) throw fenced(position)
      return await this.#writtenBefore()
    }
  }

  async #writeOnce(): Promise<void | readonly RowOutcome[]> {
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
    const form = this.#copyForm()
    if (form?.copyText !== undefined) return await this.#copy(form, form.copyText)
    const groups = this.#encode([...this.#rows.keys()])
    const before = groups.length === 0 ? [] : [...this.#limit(), ...this.#mark()]
    const after = [...this.#typeChecks(groups), ...this.#advance(this.#refused)]
    const answers = await this.#run(before, groups, { commits: true, after })
    this.#takeReturned(groups, answers.slice(before.length))
  }

  /** A row is not refused by what its column was, so that is looked at again wherever one is. */
  #typeChecks(groups: readonly RowGroup[]): readonly Statement[] {
    if (this.#refused.size === 0) {
      if (!this.#options.checksTypes) return []
      return [...new Set(groups.map(({ form }) => form.typeCheck))].map((text) => ({ text }))
    }
    return [this.#fullTypeCheck]
  }

  get #fullTypeCheck(): Statement {
    return { text: this.#plan.form(fullColumnSet(this.#plan.table.columns)).typeCheck }
  }

  /** The form of all rows, where they can be copied. */
  #copyForm(): RowForm | undefined {
    const first = this.#plan.setOf(this.#rows[0] ?? {})
    // Whether the other columns of a table can be copied does not matter to rows that lack them.
    const form = this.#plan.form(first)
    if (form.copyText === undefined || this.#session.copy === undefined) return undefined
    return this.#rows.every((row) => this.#plan.setOf(row) === first) ? form : undefined
  }

  async #copy(form: RowForm, text: string): Promise<void> {
    if (!(await this.#streamed(form, text))) await this.#copyOthers(form, text)
  }

  /** Sends rows as they are encoded. Answers false, with nothing written, when a column does not take one of them. */
  async #streamed(form: RowForm, text: string): Promise<boolean> {
    const out = this.#plan.writers.take()
    const { count, size } = copiesOf(this.#plan, this.#rows.length)
    this.#wasDivided = count > 1
    let isWhole = true
    let done = 0
    const copy: Copy = {
      ...this.#around({ text: form.copyCheck }),
      texts: new Array<string>(count).fill(text),
      write: (send) => (isWhole = streamCopy(this.#plan, form, this.#rows, { out, send })),
      onDone: () => done++,
    }
    try {
      await this.#sendCopy(copy, out)
      return true
    } catch (error) {
      if (!isWhole) return false
      // Lines are those of the COPY that failed; behind the last of them it is about any row.
      const from = done < count ? done * size : 0
      throw this.#withHint(error, [...this.#rows.keys()].slice(from))
    }
  }

  /** Sends the rows that their columns take. */
  async #copyOthers(form: RowForm, text: string): Promise<void> {
    const { indices, data, writer } = encodeCopy(this.#plan, form, this.#rows, this.#refused)
    this.#wasDivided = false
    if (indices.length === 0) {
      const last = this.#advance(this.#refused)
      await this.#session.run([this.#fullTypeCheck, ...last], { commits: last.length > 0 })
      return
    }
    const write: Copy['write'] = (send) => {
      send(data)
      return true
    }
    try {
      await this.#sendCopy({ ...this.#around(this.#fullTypeCheck), texts: [text], write }, writer)
    } catch (error) {
      throw this.#withHint(error, indices)
    }
  }

  /** @param writer holds what is sent until the server has answered */
  async #sendCopy(copy: Copy, writer: ByteWriter): Promise<void> {
    if (this.#session.copy === undefined) throw new Error('copy: sent to a session that has none')
    await this.#session.copy(copy)
    this.#plan.writers.give(writer)
  }

  /** The statements around a COPY, which has no parameters. */
  #around(check: Statement): Pick<Copy, 'before' | 'after'> {
    const { statementTimeoutMs: ms } = this.#options
    return {
      before: [...(ms === undefined ? [] : [inlinedTimeLimit(ms)]), ...this.#mark().map(inlined)],
      after: [check, ...this.#advance(this.#refused)].map(inlined),
    }
  }

  #encode(indices: readonly number[]): readonly RowGroup[] {
    return encodeRows(this.#plan, this.#rows, indices, this.#refused)
  }

  /** Sends statements around those of the groups; an error names the row where the server did. */
  async #run(
    before: readonly Statement[],
    groups: readonly RowGroup[],
    { commits, after }: SendOptions & { readonly after: readonly Statement[] },
  ): Promise<readonly Answer[]> {
    const statements = [...before, ...groups.flatMap((group) => group.statements), ...after]
    if (statements.length === 0) return []
    try {
      const answers = await this.#session.run(statements, { commits })
      for (const { writer } of groups) if (writer !== undefined) this.#plan.writers.give(writer)
      return answers
    } catch (error) {
      throw this.#withHint(
        error,
        groups.flatMap(({ indices }) => indices),
      )
    }
  }

  #withHint(error: unknown, indices: readonly number[]): unknown {
    if (!PostgresDriverError.is(error) || isRepeated(error)) return error
    const row = hintOf(error, { plan: this.#plan, rows: this.#rows, indices })
    return row === undefined ? error : new PostgresDriverError(error.original, error.phase, row)
  }

  /** Looks for the bad rows behind savepoints and commits the others. */
  async #writeOthers(failure: Failure, cause: unknown): Promise<void | readonly RowOutcome[]> {
    const members = [...this.#rows.keys()].filter((index) => !this.#refused.has(index))
    const { id, position } = this.#batch
    // Else a batch that was committed before would be searched for its duplicates.
    if (position !== undefined && (await wasCommitted(this.#session, position)))
      return await this.#writtenBefore()
    await this.#session.run(
      [
        { text: 'begin' },
        ...this.#limit(),
        // A deferred constraint would be checked at the end only, when no row is to be told from another.
        { text: 'set constraints all immediate' },
        ...this.#mark(),
      ],
      { commits: false },
    )
    const search = new SavepointSearch({
      plan: this.#plan,
      rows: this.#rows,
      maxStatements: this.#options.maxStatements,
      write: async (indices, before, after) => {
        const groups = this.#encode(indices)
        const answers = await this.#run([before], groups, { commits: false, after: [after] })
        this.#takeReturned(groups, answers.slice(1, -1))
      },
    })
    // What fails in several COPYs without naming its row may be a check at the end of one, and hold for all of them.
    const together = !this.#wasDivided || failure.row !== undefined
    const failed = await search.run(members, { failure, cause }, together)
    const lost = new Map([
      ...this.#refused,
      ...[...failed].map(([index, part]) => [index, part.cause] as const),
    ])
    const answers = await this.#session.run(
      [
        ...search.after(),
        this.#fullTypeCheck,
        ...(this.#isMarkedFirst ? [markRefused(id, lost)] : this.#advance(lost)),
        { text: 'commit' },
      ],
      { commits: true },
    )
    // A transaction that failed answers its COMMIT with ROLLBACK, and with no error.
    if (answers.at(-1)?.tag !== 'COMMIT')
      throw new PostgresDriverError({ message: 'the transaction was rolled back', code: '40000' }, 'open')
    // Perhaps all of them are written: smaller statements can do what a large one cannot.
    return this.#outcomes(failed)
  }

  /** An earlier attempt has committed the batch, without the rows that the ledger names. */
  async #writtenBefore(): Promise<void | readonly RowOutcome[]> {
    const refused = await refusedRows(this.#session, this.#batch.id)
    for (const index of this.#refused.keys()) if (!refused.has(index)) this.#refused.delete(index)
    const failed = new Map(
      [...refused].map(([index, cause]): [number, PartFailure] => [
        index,
        { failure: classify(cause) ?? { kind: 'poison', reason: 'constraint' }, cause },
      ]),
    )
    return this.#outcomes(failed)
  }

  #takeReturned(groups: readonly RowGroup[], answers: readonly Answer[]): void {
    const { returning } = this.#plan
    if (returning === undefined) return
    for (const [place, { indices }] of groups.entries())
      for (const row of answers[place]?.rows ?? []) {
        const index = indices[Number(row[placeColumn]) - 1] as number
        this.#returned.set(index, Object.fromEntries(returning.columns.map((name) => [name, row[name]])))
      }
  }

  #outcomes(failed: ReadonlyMap<number, PartFailure>): readonly RowOutcome[] | undefined {
    if (failed.size === 0 && this.#refused.size === 0 && this.#returned.size === 0) return undefined
    return this.#rows.map((_, index): RowOutcome => {
      const refusal = this.#refused.get(index)
      if (refusal !== undefined)
        return { outcome: 'failed', failure: { kind: 'poison', reason: 'invalid_row' }, cause: refusal }
      const lost = failed.get(index)
      if (lost !== undefined) return { outcome: 'failed', ...lost }
      const returned = this.#returned.get(index)
      return { outcome: 'written', ...(returned && { returned }) }
    })
  }

  get #isMarkedFirst(): boolean {
    return this.#options.ledger && this.#batch.position === undefined
  }

  #mark(): readonly Statement[] {
    return this.#isMarkedFirst ? [mark(this.#batch.id, this.#refused)] : []
  }

  #advance(refused: Refusals): readonly Statement[] {
    const { id, position } = this.#batch
    if (position === undefined) return []
    return [...(refused.size === 0 ? [] : [mark(id, refused)]), advance(position)]
  }

  #limit(): readonly Statement[] {
    const { statementTimeoutMs } = this.#options
    return statementTimeoutMs === undefined ? [] : [timeLimit(statementTimeoutMs)]
  }
}

/** The batch was committed before, or has a newer writer behind it. */
function isRepeated(error: unknown): boolean {
  return isMarked(error) || isStuck(error)
}
