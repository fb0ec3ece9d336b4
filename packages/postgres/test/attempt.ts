import type { Batch, Position, RowOutcome, WriteContext } from '@batchflow/core'
import type { PostgresDriver, SqlTable } from '@batchflow/postgres'
import { randomUUID } from 'node:crypto'

const never = new AbortController().signal

export function batchOf(
  table: SqlTable,
  rows: readonly object[],
  id: string = randomUUID(),
): Batch<SqlTable> {
  return { id, target: table, rows }
}

/** One attempt at one batch. */
export async function write(
  driver: PostgresDriver,
  table: SqlTable,
  rows: readonly object[],
  context: Partial<WriteContext> & { readonly id?: string; readonly position?: Position } = {},
): Promise<void | readonly RowOutcome[]> {
  const { id, position, ...rest } = context
  return await driver.write(
    { ...batchOf(table, rows, id), ...(position && { position }) },
    { attempt: 1, signal: never, timeoutMs: 60_000, maxIsolationStatements: 1_000, ...rest },
  )
}

/** `w` for a written row, else its failure. */
export function reasons(outcomes: void | readonly RowOutcome[]): readonly string[] | undefined {
  return outcomes?.map((row) =>
    row.outcome === 'written' ? 'w' : `${row.failure.kind} ${row.failure.reason}`,
  )
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'nothing',
    (error: unknown) => error,
  )
}
