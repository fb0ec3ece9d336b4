import {
  type Batch,
  type BatchFlow,
  type BatchFlowOptions,
  createBatchFlow,
  type DeadLetter,
  type Driver,
  type FlowObserver,
} from '@batchflow/core'
import type { SqliteDriver, SqlTable } from '@batchflow/sqlite'
import { openDatabase } from './database.ts'

/** A flow into a database of its own; both go away at the end of the test. */
export interface TestFlow extends AsyncDisposable {
  readonly flow: BatchFlow<SqlTable>
  readonly driver: SqliteDriver
  readonly path: string
  readonly letters: readonly DeadLetter<SqlTable>[]
  /** Rows of each batch, as it was cut. */
  readonly batches: readonly number[]
  /** Accepts the rows and waits until each of them is settled. */
  write(table: SqlTable, rows: readonly object[]): Promise<void>
}

export interface TestFlowOptions extends Partial<
  Omit<BatchFlowOptions<SqlTable>, 'driver' | 'onDeadLetter' | 'deadLetters' | 'observers'>
> {
  readonly setup: string
  readonly attemptFailed?: Required<FlowObserver>['attemptFailed']
  /** Called before each batch is written; what it throws is the driver's answer. */
  readonly beforeWrite?: (batch: Batch<SqlTable>) => void
}

export async function openFlow({
  setup,
  attemptFailed = () => {},
  beforeWrite = () => {},
  ...options
}: TestFlowOptions): Promise<TestFlow> {
  const db = await openDatabase({ setup, synchronous: 'normal' })
  const letters: DeadLetter<SqlTable>[] = []
  const batches: number[] = []
  const flow = createBatchFlow<SqlTable>({
    ...options,
    driver: hooked(db.driver, beforeWrite),
    onDeadLetter: (letter) => void letters.push(letter),
    observers: [{ attemptFailed, batchFlushed: ({ rows }) => void batches.push(rows) }],
  })
  return {
    flow,
    driver: db.driver,
    path: db.path,
    letters,
    batches,
    async write(table, rows) {
      for (const row of rows) await flow.submit(table, row)
      await flow.flush()
    },
    async [Symbol.asyncDispose]() {
      await flow.close()
      await db[Symbol.asyncDispose]()
    },
  }
}

function hooked(driver: SqliteDriver, beforeWrite: (batch: Batch<SqlTable>) => void): Driver<SqlTable> {
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    prepare: async (table, context) => await driver.prepare(table, context),
    async write(batch, context) {
      beforeWrite(batch)
      return await driver.write(batch, context)
    },
    classify: (error) => driver.classify(error),
    close: async () => await driver.close(),
  }
}

/** The reason of each dead row, in the order of the letters. */
export function reasonsOf(letters: readonly DeadLetter<SqlTable>[]): string[] {
  return letters.flatMap(({ rows, error }) => rows.map(() => error.failure.reason))
}
