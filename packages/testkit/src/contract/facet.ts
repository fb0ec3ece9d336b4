import { randomUUID } from 'node:crypto'
import assert from 'node:assert/strict'
import {
  createBatchFlow,
  type Batch,
  type BatchFlow,
  type DeadLetter,
  type RowOutcome,
  type Target,
} from '@batchflow/core'
import type { ContractRow, ContractStore } from './store.ts'

/** Claims about one side of a driver, by name. */
export type Facet = readonly (readonly [name: string, claim: (store: ContractStore) => Promise<void>])[]

/** Rows with ids from `from`, as many as `count`. */
export function rowsFrom(from: number, count: number): ContractRow[] {
  return Array.from({ length: count }, (_, index) => ({ id: from + index, name: `name ${from + index}` }))
}

/** What a reader sees after these rows were written: the default note where they have none. */
export function stored(rows: readonly ContractRow[]): ContractRow[] {
  return rows.map((row) => ({ note: 'none', ...row })).sort((a, b) => a.id - b.id)
}

/** Prepares and writes without a flow, and answers one outcome per row. */
export async function writeDirectly(
  store: ContractStore,
  target: Target<ContractRow>,
  rows: readonly ContractRow[],
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly RowOutcome[]> {
  await store.driver.prepare?.(target, { signal })
  const batch: Batch<Target<ContractRow>> = { id: `contract-${randomUUID()}`, target, rows }
  const outcomes = await store.driver.write(batch, { attempt: 1, signal })
  if (outcomes === undefined) return rows.map(() => ({ outcome: 'written' }))
  assert.equal(outcomes.length, rows.length, 'one outcome per row')
  return outcomes
}

/** A flow over the store's driver that keeps its dead letters. */
export function flowOver(store: ContractStore): {
  readonly flow: BatchFlow<Target<ContractRow>>
  readonly letters: DeadLetter<Target<ContractRow>>[]
} {
  const letters: DeadLetter<Target<ContractRow>>[] = []
  const flow = createBatchFlow<Target<ContractRow>>({
    driver: store.driver,
    flushSize: 100,
    flushIntervalMs: 10,
    configurationRetryMs: 20,
    closeTimeoutMs: 5_000,
    retry: { maxAttempts: 3, backoffMs: 1 },
    onDeadLetter: (letter) => void letters.push(letter),
  })
  return { flow, letters }
}

/** Every accepted row is accounted for, and nothing is pending. */
export function assertBalanced(flow: BatchFlow<Target<ContractRow>>): void {
  const { submitted, written, coalesced, deadLettered, dropped, returned, pending } = flow.stats().ledger
  assert.equal(submitted, written + coalesced + deadLettered + dropped + returned, 'the ledger balances')
  assert.equal(pending, 0, 'nothing is pending')
}
