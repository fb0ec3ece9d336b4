import {
  type Batch,
  BatchFlowError,
  describeValue,
  type Driver,
  type DriverCapabilities,
  type Failure,
  type PoolStats,
  type Preview,
  type RowOutcome,
  rowSemantics,
  type WriteContext,
} from '@batchflow/core'
import { fullColumnSet, type SqlTable } from '@batchflow/sql'
import { isDeepStrictEqual } from 'node:util'
import { classify } from './classify.ts'
import { SqliteDriverError } from './driver-error.ts'
import { type EncodedBatch, encodeRows } from './encode-rows.ts'
import { checkOptions, type SqliteOptions } from './options.ts'
import { previewRows } from './preview.ts'
import type { RowFailure, TableDescription } from './protocol.ts'
import { encodeParameters } from './query-parameter.ts'
import { planTable, type TablePlan } from './table-plan.ts'
import { maxBatchesInFlight, WorkerClient } from './worker-client.ts'

/** A driver for one SQLite database. */
export interface SqliteDriver extends Required<Omit<Driver<SqlTable>, 'claimPosition'>> {
  /** Runs one read-only statement in the worker that owns the connection, between batches: the way to look into
   * `':memory:'`. `params` are bound to its `?` in order, each in the form in which it would be stored. Integers beyond
   * 2^53 come as bigint, blobs as Uint8Array.
   *
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`, when the statement could change something, a parameter is of no
   * type that SQLite has, or the database cannot be opened; `BATCHFLOW_CLOSED` */
  query(sql: string, params?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
}

type Row = Readonly<Record<string, unknown>>

const capabilities: DriverCapabilities = Object.freeze({
  perRowOutcomes: true,
  isolatesRows: true,
  atomicBatches: true,
  // SQLite applies the rows of a statement one after the other.
  repeatedKeys: true,
  maxConcurrency: maxBatchesInFlight,
  // A batch is copied to the worker as a whole.
  maxBatchBytes: 2 ** 28,
})

/** Makes a driver that writes to an SQLite database from a worker thread, so that the caller's event loop is never
 * blocked. Opens nothing until the first batch, `prepare` or `query`; an early `prepare` shows whether the file can be
 * opened and the table fits it.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`
 * @example
 * ```ts
 * const driver = sqlite({ path: 'cities.db', synchronous: 'normal' })
 * ``` */
export function sqlite(options: SqliteOptions): SqliteDriver {
  return new WorkerDriver(new WorkerClient(checkOptions(options)))
}

/** - open: writes and queries are taken
 * - closing: from `close()` on; new writes are refused, those under way are carried out, preparation included
 * - closed: the worker has ended */
class WorkerDriver implements SqliteDriver {
  readonly name = 'sqlite'
  readonly capabilities = capabilities
  readonly #client: WorkerClient
  /** By definition, for equal tables share their plan. */
  readonly #plans = new Map<string, TablePlan>()
  /** Calls of `write` and `prepare` that have not settled. */
  #underWay = 0
  #onIdle: () => void = () => {}
  #closing: Promise<void> | undefined

  constructor(client: WorkerClient) {
    this.#client = client
  }

  async prepare(table: SqlTable): Promise<void> {
    this.#underWay++
    try {
      await this.#look(table)
    } finally {
      this.#left()
    }
  }

  /** A call has settled. */
  #left(): void {
    if (--this.#underWay === 0) this.#onIdle()
  }

  async #look(table: SqlTable): Promise<TablePlan> {
    const { name, schema } = table
    const description = await this.#client.call({
      kind: 'describe',
      table: name,
      ...(schema !== undefined && { schema }),
    })
    const known = this.#plans.get(definitionOf(table))
    const plan =
      known !== undefined && isDeepStrictEqual(known.description, description)
        ? known
        : planTable(table, description as TableDescription | undefined)
    // What the description does not say: whether SQLite can make sense of the table's conditions and triggers.
    const { texts } = plan.form(fullColumnSet(table.columns)).statements(Infinity)
    await this.#client.call({ kind: 'check', texts: texts.map(({ text }) => text) })
    this.#plans.set(definitionOf(table), plan)
    return plan
  }

  // Not `async`: V8 counts every suspension as work, and would compile this, with all that it calls, in the first thousand
  // batches, on a processor that the worker could have.
  write(batch: Batch<SqlTable>, context: WriteContext): Promise<void | readonly RowOutcome[]> {
    try {
      if (this.#closing) throw new BatchFlowError('BATCHFLOW_CLOSED', 'the sqlite driver is closed')
      const definition = definitionOf(batch.target)
      const plan = this.#plans.get(definition)
      const writing =
        plan === undefined
          ? this.#look(batch.target).then((found) => this.#writeRows(found, batch.rows, context))
          : this.#writeRows(plan, batch.rows, context)
      this.#underWay++
      return writing.then(
        (outcomes) => {
          this.#left()
          return outcomes
        },
        (error: unknown) => {
          this.#left()
          // The table may be another one when somebody has mended it.
          if (classify(error)?.kind === 'configuration') this.#plans.delete(definition)
          throw error
        },
      )
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #writeRows(
    plan: TablePlan,
    rows: readonly unknown[],
    context: WriteContext,
  ): Promise<void | readonly RowOutcome[]> {
    const encoded = encodeRows(plan, rows as readonly Row[])
    if (encoded.rows.runs.length === 0) return Promise.resolve(outcomesOf(rows.length, encoded, []))
    return this.#client
      .write(encoded.rows, context)
      .then((failures) =>
        failures === undefined && encoded.refused.size === 0
          ? undefined
          : outcomesOf(rows.length, encoded, failures ?? []),
      )
  }

  classify(error: unknown): Failure | undefined {
    return classify(error)
  }

  preview(
    table: SqlTable,
    rows: readonly Readonly<Record<string, unknown>>[],
    options: { readonly values?: boolean } = {},
  ): Preview {
    return previewRows(table, rows, options.values === true)
  }

  pool(): PoolStats {
    return this.#client.pool()
  }

  async query(
    sql: string,
    params: readonly unknown[] = [],
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    if (typeof sql !== 'string')
      throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `sql must be SQL text, got ${describeValue(sql)}`)
    const rows = await this.#client.call({ kind: 'query', sql, params: encodeParameters(params) })
    return rows as readonly Readonly<Record<string, unknown>>[]
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#underWay > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    await this.#client.close()
  }
}

function definitionOf(table: SqlTable): string {
  const definition = table[rowSemantics]?.definition
  if (definition === undefined)
    throw new BatchFlowError(
      'BATCHFLOW_INVALID_TARGET',
      `target ${table.name} must be made by tableOf or tablesOf`,
    )
  return definition
}

/** One outcome per row of the batch: the worker knows rows by their place among those that were encoded. */
function outcomesOf(
  rows: number,
  { refused }: EncodedBatch,
  failures: readonly RowFailure[],
): readonly RowOutcome[] {
  const failed = new Map(failures.map((failure) => [failure.position, failure]))
  const outcomes: RowOutcome[] = []
  let position = 0
  for (let row = 0; row < rows; row++) {
    const refusal = refused.get(row)
    const failure = refusal ? undefined : failed.get(position++)
    if (refusal)
      outcomes.push({ outcome: 'failed', failure: { kind: 'poison', reason: 'invalid_row' }, cause: refusal })
    else outcomes.push(failure ? failedOutcome(failure) : { outcome: 'written' })
  }
  return outcomes
}

function failedOutcome({ error, poison }: RowFailure): RowOutcome {
  const cause = new SqliteDriverError(error)
  const failure = classify(cause) ?? { kind: 'transient', reason: 'unknown' }
  // The worker has seen that the statement is sound, whatever the code stands for elsewhere.
  return poison && failure.kind !== 'poison'
    ? { outcome: 'failed', failure: { kind: 'poison', reason: 'invalid_row' }, cause }
    : { outcome: 'failed', failure, cause }
}
