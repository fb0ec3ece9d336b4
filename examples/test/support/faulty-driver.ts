import type { Batch, Driver, Failure, RowOutcome } from '@batchflow/core'
import type { SqlTable } from '@batchflow/sqlite'

const written: RowOutcome = { outcome: 'written' }

/** What goes wrong when the test wants it to. */
class Fault extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(`injected ${failure.reason}`)
    this.failure = failure
  }
}

/** Failures that heal, in turn. */
const healing: readonly Failure[] = [
  { kind: 'transient', reason: 'deadlock' },
  { kind: 'transient', reason: 'processor_timeout' },
]

/** A failure that does not: somebody has called it off. */
const final: Failure = { kind: 'poison', reason: 'context' }

/** A driver over another one, which fails while `faulty` is set: of ten batches two in their first attempt, and of a third
 * one a row for good. */
export class FaultyDriver implements Driver<SqlTable> {
  faulty = false
  readonly name: string
  readonly capabilities: Driver['capabilities']
  readonly #driver: Driver<SqlTable>
  #batches = 0

  constructor(driver: Driver<SqlTable>) {
    this.#driver = driver
    this.name = driver.name
    this.capabilities = driver.capabilities
  }

  async prepare(target: SqlTable, context: { readonly signal: AbortSignal }): Promise<void> {
    await this.#driver.prepare?.(target, context)
  }

  async write(
    batch: Batch<SqlTable>,
    context: Parameters<Driver<SqlTable>['write']>[1],
  ): ReturnType<Driver<SqlTable>['write']> {
    const turn = this.faulty && context.attempt === 1 ? ++this.#batches % 10 : 0
    const heals = healing[turn - 1]
    if (heals !== undefined) throw new Fault(heals)
    return turn === 3 ? await this.#writeOthers(batch, context) : await this.#driver.write(batch, context)
  }

  async #writeOthers(
    batch: Batch<SqlTable>,
    context: Parameters<Driver<SqlTable>['write']>[1],
  ): Promise<readonly RowOutcome[]> {
    const rows = batch.rows.slice(1)
    const outcomes = rows.length === 0 ? [] : await this.#driver.write({ ...batch, rows }, context)
    return [{ outcome: 'failed', failure: final }, ...(outcomes ?? rows.map(() => written))]
  }

  classify(error: unknown): Failure | undefined {
    return error instanceof Fault ? error.failure : this.#driver.classify(error)
  }

  pool(): ReturnType<NonNullable<Driver['pool']>> {
    return this.#driver.pool?.() ?? { inUse: 0, idle: 0, pending: 0, max: 0 }
  }

  async close(): Promise<void> {
    await this.#driver.close?.()
  }
}
