import {
  type BatchFlow,
  type BatchFlowOptions,
  createBatchFlow,
  type DeadLetter,
  type Failure,
  type FlowStats,
} from '@batchflow/core'
import type { SqlTable } from '@batchflow/postgres'
import { expect } from '@jest/globals'

/** A flow that tells what becomes of its rows. */
export interface TestFlow extends AsyncDisposable {
  readonly flow: BatchFlow<SqlTable>
  readonly letters: readonly DeadLetter<SqlTable>[]
  /** Of attempts that failed and are repeated. */
  readonly failures: readonly Failure[]
  /** Resolves with the first of them. */
  readonly firstFailure: Promise<Failure>
  /** Accepts the rows and waits until each of them is settled. */
  write(
    table: SqlTable,
    rows: Iterable<object>,
  ): Promise<{ readonly written: number; readonly failed: number }>
}

type Options = Pick<BatchFlowOptions<SqlTable>, 'driver'> &
  Partial<Omit<BatchFlowOptions<SqlTable>, 'driver' | 'onDeadLetter' | 'deadLetters' | 'observers'>>

/** Retries until the server is well again, however slow the machine. */
export function openFlow(options: Options): TestFlow {
  const letters: DeadLetter<SqlTable>[] = []
  const failures: Failure[] = []
  let fail: (failure: Failure) => void
  const firstFailure = new Promise<Failure>((resolve) => {
    fail = resolve
  })
  const flow = createBatchFlow<SqlTable>({
    flushIntervalMs: 1,
    configurationRetryMs: 10,
    retry: { maxAttempts: 1_000, backoffMs: 5, maxBackoffMs: 50, maxElapsedMs: 120_000 },
    onDeadLetter: (letter) => void letters.push(letter),
    observers: [
      {
        attemptFailed({ failure }) {
          failures.push(failure)
          fail(failure)
        },
      },
    ],
    ...options,
  })
  return {
    flow,
    letters,
    failures,
    firstFailure,
    async write(table, rows) {
      for (const row of rows) await flow.submit(table, row)
      return await flow.flush()
    },
    async [Symbol.asyncDispose]() {
      await flow.close()
    },
  }
}

/** The rows of the dead letters, each with its reason, by their order in the letters. */
export function deadRows(letters: readonly DeadLetter<SqlTable>[]): readonly (readonly [unknown, string])[] {
  return letters.flatMap(({ rows, error }) => rows.map((row) => [row, error.failure.reason] as const))
}

export function expectBalance({ ledger }: FlowStats): void {
  const { submitted, written, coalesced, deadLettered, dropped, returned, pending } = ledger
  expect(submitted).toBe(written + coalesced + deadLettered + dropped + returned + pending)
}
