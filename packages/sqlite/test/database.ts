import type { Batch, RowOutcome } from '@batchflow/core'
import { sqlite, type SqliteDriver, type SqliteOptions, type SqlTable } from '@batchflow/sqlite'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A temporary folder with a driver on a database in it; both go away at the end of the test. */
export interface TestDatabase extends AsyncDisposable {
  readonly folder: string
  readonly path: string
  readonly driver: SqliteDriver
  write(table: SqlTable, rows: readonly object[], signal?: AbortSignal): Promise<void | readonly RowOutcome[]>
}

const never = new AbortController().signal
let batches = 0

export function batchOf(table: SqlTable, rows: readonly object[]): Batch<SqlTable> {
  return { id: `batch-${++batches}`, target: table, rows }
}

export async function openDatabase(options: Partial<SqliteOptions> = {}): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'batchflow-sqlite-'))
  const path = options.path ?? join(folder, 'test.db')
  const driver = sqlite({ ...options, path })
  return {
    folder,
    path,
    driver,
    write: (table, rows, signal = never) => driver.write(batchOf(table, rows), { attempt: 1, signal }),
    async [Symbol.asyncDispose]() {
      await driver.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** `w` for a written row, else the reason. */
export function reasons(outcomes: void | readonly RowOutcome[]): readonly string[] | undefined {
  return outcomes?.map((row) =>
    row.outcome === 'written' ? 'w' : `${row.failure.kind} ${row.failure.reason}`,
  )
}
