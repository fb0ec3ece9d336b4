import {
  type Batch,
  BatchFlowError,
  type ClaimedPosition,
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
import type { SqlTable } from '@batchflow/sql'
import { BatchWriter } from './batch-writer.ts'
import { describeTable } from './catalog.ts'
import { classify } from './classify.ts'
import { PostgresDriverError } from './driver-error.ts'
import { checkLedger, pruneStatement } from './ledger.ts'
import { checkOptions, type PostgresOptions, type Settings } from './options.ts'
import { planTable, type TablePlan } from './plan.ts'
import { previewRows, previewUnseen } from './preview.ts'
import { claim } from './position.ts'
import { quoted } from './quote.ts'
import { type TrialOutcome, tryRows } from './trial.ts'
import type { Session } from './wire/session.ts'

type Row = Readonly<Record<string, unknown>>

/** A driver for one PostgreSQL database. */
export interface PostgresDriver extends Driver<SqlTable> {
  /** Reads what the catalogs say about the table, and has the server look at the statement.
   *
   * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET` when the table and its definition do not fit */
  prepare(target: SqlTable, context: { readonly signal: AbortSignal }): Promise<void>
  /** The statements that would be sent for these rows; sends nothing. Before the table was prepared (by `prepare`, or by a
   * batch) the types of its columns are not known, and the inserts are shown in their VALUES form. */
  preview(target: SqlTable, rows: readonly Row[], options?: { readonly values?: boolean }): Preview
  /** Writes rows one after the other in a transaction that is rolled back, and says what would become of each: to look at
   * a few hundred rows before a load. Triggers run, sequences move on, rows stay locked until the end.
   *
   * @throws what the server says about the table; a bad row is an outcome
   * @example
   * ```ts
   * const outcomes = await driver.trial(users, rows)
   * ``` */
  trial<R extends object>(
    table: SqlTable<R>,
    rows: readonly R[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly TrialOutcome[]>
  /** Deletes the marks of batches that were committed more than `olderThanMs` milliseconds ago, and answers how many. Keep
   * them longer than a batch can be retried; a day is plenty.
   *
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  pruneLedger(options: { readonly olderThanMs: number }): Promise<number>
  /** Takes a durable source over, for batches with a `position`: those with an earlier epoch are refused from now on. Waits
   * for one that is being committed.
   *
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` without `ledger: true` or its tables
   * @example
   * ```ts
   * const { epoch, last } = await driver.claimPosition('orders:3', { signal })
   * ``` */
  claimPosition(source: string, context: { readonly signal: AbortSignal }): Promise<ClaimedPosition>
  /** Takes no more batches. The pool, or the Kysely instance, is yours to end. */
  close(): Promise<void>
  /** Connections of the pool, and who waits for one; zeros with Kysely, which does not tell. */
  pool(): PoolStats
}

/** A batch looks at its columns' types when nobody has for this long, in milliseconds. What follows from a type that is
 * another one by now is a cast, which may round or take another time zone. */
const typeCheckIntervalMs = 1_000

/** The server's own limit ends a statement before the client gives it up: then its end is known. */
const statementShare = 0.9

const never = new AbortController().signal

/** Makes a driver that writes to PostgreSQL: rows as arrays through `unnest`, plain inserts as binary COPY, in one round
 * trip and one transaction per batch. Connects with the first batch or `prepare`.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`
 * @example
 * ```ts
 * const pool = new pg.Pool({ connectionString, max: 4 })
 * const driver = postgres({ pool })
 * ``` */
export function postgres(options: PostgresOptions): PostgresDriver {
  return new PooledDriver(checkOptions(options))
}

class PooledDriver implements PostgresDriver {
  readonly name = 'postgres'
  readonly capabilities: DriverCapabilities
  readonly #settings: Settings
  /** By definition, for equal tables share their plan. */
  readonly #plans = new Map<string, TablePlan>()
  #isClosed = false

  constructor(settings: Settings) {
    this.#settings = settings
    const { max } = settings.sessions
    this.capabilities = Object.freeze({
      perRowOutcomes: true,
      isolatesRows: true,
      atomicBatches: true,
      ledger: settings.ledger,
      // A message of the protocol ends at 2^30 bytes.
      maxBatchBytes: 2 ** 28,
      ...(max !== undefined && { maxConcurrency: max }),
    })
  }

  async prepare(table: SqlTable, context: { readonly signal: AbortSignal }): Promise<void> {
    await this.#settings.sessions.use(context, async (session) => {
      const plan = await this.#plan(session, table)
      const form = plan.form(plan.setOf(everyColumn(table)))
      try {
        // What the catalogs do not say: rules and conditions that the server cannot make sense of.
        await session.check?.(form.rowCounts === undefined ? form.text : form.valuesText(1))
      } catch (error) {
        throw asMisfit(table, error)
      }
    })
  }

  async write(batch: Batch<SqlTable>, context: WriteContext): Promise<void | readonly RowOutcome[]> {
    this.#checkOpen()
    if (batch.position !== undefined) this.#checkLedger()
    const known = this.#planned(batch.target)
    if (known !== undefined) {
      try {
        return await this.#write(batch, context, known)
      } catch (error) {
        if (classify(error)?.kind !== 'configuration' || isFenced(error)) throw error
        // The table may be another one than when it was looked at.
        this.#plans.delete(definitionOf(batch.target))
      }
    }
    return await this.#write(batch, context, undefined)
  }

  async #write(
    batch: Batch<SqlTable>,
    context: WriteContext,
    known: TablePlan | undefined,
  ): Promise<void | readonly RowOutcome[]> {
    const { ledger, sessions } = this.#settings
    const { timeoutMs, maxIsolationStatements = Number.POSITIVE_INFINITY } = context
    return await sessions.use(context, async (session) => {
      const plan = known ?? (await this.#plan(session, batch.target))
      const checksTypes = performance.now() - plan.checkedAtMs > typeCheckIntervalMs
      const writer = new BatchWriter(session, plan, batch, {
        ledger,
        checksTypes,
        statementTimeoutMs: timeoutMs && Math.max(1, Math.floor(timeoutMs * statementShare)),
        maxStatements: maxIsolationStatements,
      })
      const outcomes = await writer.write()
      if (checksTypes) plan.checkedAtMs = performance.now()
      return outcomes
    })
  }

  classify(error: unknown): Failure | undefined {
    return classify(error)
  }

  preview(table: SqlTable, rows: readonly Row[], options: { readonly values?: boolean } = {}): Preview {
    const plan = this.#planned(table)
    const withValues = options.values === true
    return plan === undefined ? previewUnseen(table, rows, withValues) : previewRows(plan, rows, withValues)
  }

  async trial<R extends object>(
    table: SqlTable<R>,
    rows: readonly R[],
    { signal = never }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly TrialOutcome[]> {
    return await this.#settings.sessions.use({ signal }, async (session) => {
      const plan = await this.#plan(session, table)
      const semantics = table[rowSemantics]
      return await tryRows(
        session,
        plan,
        rows.map((row) => semantics?.snapshot(row) ?? row) as readonly Row[],
      )
    })
  }

  async pruneLedger({ olderThanMs }: { readonly olderThanMs: number }): Promise<number> {
    if (!(Number.isFinite(olderThanMs) && olderThanMs >= 0))
      throw new BatchFlowError(
        'BATCHFLOW_INVALID_OPTION',
        `olderThanMs must be a number of milliseconds from 0 on, got ${describeValue(olderThanMs)}`,
      )
    return await this.#settings.sessions.use({ signal: never }, async (session) => {
      const [answer] = await session.run([pruneStatement(olderThanMs)], { commits: true })
      return Number(answer?.rows[0]?.['rows'])
    })
  }

  async claimPosition(source: string, context: { readonly signal: AbortSignal }): Promise<ClaimedPosition> {
    this.#checkOpen()
    this.#checkLedger()
    return await this.#settings.sessions.use(context, async (session) => {
      await checkLedger(session)
      return await claim(session, source)
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#settings.sessions.close?.()
  }

  pool(): PoolStats {
    return this.#settings.sessions.stats?.() ?? { inUse: 0, idle: 0, pending: 0, max: 0 }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new BatchFlowError('BATCHFLOW_CLOSED', 'the postgres driver is closed')
  }

  #checkLedger(): void {
    if (this.#settings.ledger) return
    throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', 'ledger must be true for positions, got false')
  }

  #planned(table: SqlTable): TablePlan | undefined {
    return this.#plans.get(definitionOf(table))
  }

  async #plan(session: Session, table: SqlTable): Promise<TablePlan> {
    const definition = definitionOf(table)
    const { strategy, prepared, ledger } = this.#settings
    if (ledger) await checkLedger(session)
    const plan = planTable(table, await describeTable(session, table), {
      strategy,
      prepared,
      canCopy: session.copy !== undefined,
    })
    this.#plans.set(definition, plan)
    return plan
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

/** Nobody's mistake about the table. */
function isFenced(error: unknown): boolean {
  return BatchFlowError.is(error) && error.code === 'BATCHFLOW_FENCED'
}

/** The statement does not fit the table, or a value in it its column: no row has to do with it. */
function asMisfit(table: SqlTable, error: unknown): unknown {
  const kind = classify(error)?.kind
  if (!PostgresDriverError.is(error) || (kind !== 'poison' && kind !== 'split')) return error
  return new BatchFlowError(
    'BATCHFLOW_INVALID_TARGET',
    `table ${quoted(table)}: conflict must be what the server can run, got an error (SQLSTATE ${error.code})`,
    { cause: error },
  )
}

function everyColumn(table: SqlTable): Row {
  return Object.fromEntries(table.columns.map((name) => [name, null]))
}
