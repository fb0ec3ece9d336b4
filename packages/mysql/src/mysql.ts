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
import { pruneStatement } from './ledger.ts'
import { checkOptions, type MysqlOptions, type Settings } from './options.ts'
import { planTable, type TablePlan } from './plan.ts'
import { claim } from './position.ts'
import { previewRows, previewUnseen } from './preview.ts'
import { type TrialOutcome, tryRows } from './trial.ts'
import type { Session } from './wire/session.ts'

type Row = Readonly<Record<string, unknown>>

/** A driver for one MySQL or MariaDB server. */
export interface MysqlDriver extends Driver<SqlTable> {
  /** The statements that would be sent for these rows, with placeholders; sends nothing. Before the table was prepared, by
   * `prepare` or by a batch, neither the server's kind nor the types of the columns are known: then the text is MariaDB's and
   * the values are as they came. */
  preview(target: SqlTable, rows: readonly Row[], options?: { readonly values?: boolean }): Preview
  /** Writes rows one after the other in a transaction that is rolled back, and says what would become of each: to look at
   * a few hundred rows before a load. Triggers run, AUTO_INCREMENT moves on, rows stay locked until the end.
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
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` without `ledger: true`; what the server says without the table of
   * {@link positionTable}
   * @example
   * ```ts
   * const { epoch, last } = await driver.claimPosition('orders:3', { signal })
   * ``` */
  claimPosition(source: string, context: { readonly signal: AbortSignal }): Promise<ClaimedPosition>
  pool(): PoolStats
  close(): Promise<void>
}

/** The server's own limit ends a statement before the client gives it up: then its end is known. */
const statementShare = 0.9

const never = new AbortController().signal

/** Makes a driver that writes to MySQL (8.0.19 or later) or MariaDB (10.5 or later): a batch as one statement that commits
 * itself, prepared for full batches, in one round trip. Connects with the first batch or `prepare`.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`
 * @example
 * ```ts
 * const pool = createPool({ uri, connectionLimit: 4, flags: ['-LOCAL_FILES'] })
 * const driver = mysql({ pool })
 * ``` */
export function mysql(options: MysqlOptions): MysqlDriver {
  return new PooledDriver(checkOptions(options))
}

class PooledDriver implements MysqlDriver {
  readonly name = 'mysql'
  readonly capabilities: DriverCapabilities
  readonly #settings: Settings
  /** By definition, for equal tables share their plan. */
  readonly #plans = new Map<string, TablePlan>()
  readonly #writes = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(settings: Settings) {
    this.#settings = settings
    const { max } = settings.sessions
    this.capabilities = Object.freeze({
      perRowOutcomes: true,
      isolatesRows: true,
      atomicBatches: true,
      ledger: settings.ledger,
      // V8 ends strings at 2^29 characters, and binary values take two each in a statement's text.
      maxBatchBytes: 2 ** 27,
      ...(max !== undefined && { maxConcurrency: max }),
    })
  }

  async prepare(table: SqlTable, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#settings.sessions.use(signal, async (session) => {
      const plan = await this.#plan(session, table)
      // What information_schema does not say: rights, and rules that the server cannot make sense of.
      await session.check?.(plan.form(plan.setOf(everyColumn(table))).text(1))
    })
  }

  async write(batch: Batch<SqlTable>, context: WriteContext): Promise<void | readonly RowOutcome[]> {
    this.#checkOpen()
    if (batch.position !== undefined) this.#checkLedger()
    const writing = this.#write(batch, context)
    this.#writes.add(writing)
    try {
      return await writing
    } catch (error) {
      // The table may be another one when somebody has mended it.
      if (classify(error)?.kind === 'configuration') this.#plans.delete(definitionOf(batch.target))
      throw error
    } finally {
      this.#writes.delete(writing)
    }
  }

  async #write(batch: Batch<SqlTable>, context: WriteContext): Promise<void | readonly RowOutcome[]> {
    const { signal, timeoutMs, maxIsolationStatements = Number.POSITIVE_INFINITY } = context
    const { ledger, sessions } = this.#settings
    return await sessions.use(signal, async (session) => {
      const plan = this.#planned(batch.target) ?? (await this.#plan(session, batch.target))
      const writer = new BatchWriter(session, plan, batch, {
        ledger,
        statementTimeoutMs: timeoutMs && Math.max(1, Math.floor(timeoutMs * statementShare)),
        maxStatements: maxIsolationStatements,
      })
      return await writer.write()
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
    return await this.#settings.sessions.use(signal, async (session) => {
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
    return await this.#settings.sessions.use(never, async (session) => {
      const [answer] = await session.run([pruneStatement(olderThanMs)], { commits: true })
      return answer?.affectedRows ?? 0
    })
  }

  async claimPosition(
    source: string,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ClaimedPosition> {
    this.#checkOpen()
    this.#checkLedger()
    return await this.#settings.sessions.use(signal, async (session) => await claim(session, source))
  }

  /** Takes no more batches, and waits for those that it has. The pool, or the Kysely instance, is yours to end. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#writes)
  }

  pool(): PoolStats {
    return this.#settings.sessions.stats?.() ?? { inUse: 0, idle: 0, pending: 0, max: 0 }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new BatchFlowError('BATCHFLOW_CLOSED', 'the mysql driver is closed')
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
    const plan = planTable(table, await describeTable(session, table), session.server)
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

function everyColumn(table: SqlTable): Row {
  return Object.fromEntries(table.columns.map((name) => [name, null]))
}
