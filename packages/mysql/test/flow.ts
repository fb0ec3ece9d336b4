import {
  type BatchFlow,
  createBatchFlow,
  type DeadLetter,
  type FlowStats,
  type WriteContext,
} from '@batchflow/core'
import { mysql, type MysqlOptions, type SqlTable, tableOf } from '@batchflow/mysql'
import { expect } from '@jest/globals'

export interface Item {
  readonly id: number
  readonly name: string
}

export const items = tableOf<Item>()('items', { columns: ['id', 'name'] })

export const upserts = tableOf<Item>()('items', {
  columns: ['id', 'name'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
})

/** A flow with what it told. */
export interface TestFlow extends AsyncDisposable {
  readonly flow: BatchFlow<SqlTable>
  readonly letters: readonly DeadLetter<SqlTable>[]
  /** Why attempts failed, in their order. */
  readonly reasons: readonly string[]
  submit(rows: readonly Item[], table?: typeof items): Promise<void>
  firstFailure(): Promise<string | undefined>
}

export function openFlow(
  options: MysqlOptions,
  { timeoutMs = 10_000 }: Partial<Pick<WriteContext, 'timeoutMs'>> = {},
): TestFlow {
  const letters: DeadLetter<SqlTable>[] = []
  const reasons: string[] = []
  const flow = createBatchFlow<SqlTable>({
    driver: mysql(options),
    flushSize: 10,
    flushIntervalMs: 5,
    timeoutMs,
    retry: { maxAttempts: 1_000, backoffMs: 10, maxBackoffMs: 100 },
    configurationRetryMs: 100,
    onDeadLetter: (letter) => void letters.push(letter),
    observers: [{ attemptFailed: ({ failure }) => void reasons.push(failure.reason) }],
  })
  return {
    flow,
    letters,
    reasons,
    async submit(rows, table = items) {
      for (const row of rows) await flow.submit(table, row)
    },
    async firstFailure() {
      await until(() => reasons.length > 0)
      return reasons[0]
    },
    async [Symbol.asyncDispose]() {
      if (flow.stats().state === 'open') await flow.close()
    },
  }
}

export function rowsFrom(first: number, count: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({ id: first + index, name: `name ${index}` }))
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Every row is accounted for, once. */
export function expectBalance({ ledger }: FlowStats): void {
  const { submitted, written, coalesced, deadLettered, dropped, returned, pending } = ledger
  expect(submitted).toBe(written + coalesced + deadLettered + dropped + returned + pending)
}
