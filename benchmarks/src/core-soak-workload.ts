import { setTimeout as sleep } from 'node:timers/promises'
import {
  createBatchFlow,
  createPipeline,
  logObserver,
  type Batch,
  type Ledger,
  type RowOutcome,
  type Target,
  type WriteContext,
} from '@batchflow/core'
import { tableOf } from '@batchflow/sqlite'
import { coreColumns, coreRow, type CoreRow } from './core-rows.ts'

/** What a soak keeps busy. */
export interface Workload {
  /** Rows and items that were accepted so far. */
  readonly rows: number
  /** Attempts that failed so far. */
  readonly failures: number
  /** Resolves when nothing is buffered or in flight, and nothing new comes. */
  pause(): Promise<void>
  resume(): void
  /** Ends it; answers how many rows are not accounted for. */
  close(): Promise<number>
}

const define = tableOf<CoreRow>()
const tables = [
  define('plain', { columns: coreColumns }),
  define('by_number', { columns: coreColumns, conflict: { strategy: 'ignore', columns: ['id'] } }),
  define('by_text', { columns: coreColumns, conflict: { strategy: 'ignore', columns: ['key'] } }),
]

/** Rows in one turn of the loop below, and the pause after it in milliseconds: a few thousand rows a second. */
const rowsPerTurn = 40
const turnMs = 10

const nothing = () => {}
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** A database that has every fault now and then, at random. */
async function write(batch: Batch<Target>, { signal }: WriteContext): Promise<void | readonly RowOutcome[]> {
  const dice = Math.random()
  if (dice < 0.02) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  if (dice < 0.04) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
  if (dice < 0.05) throw Object.assign(new Error('too many files'), { code: 'EMFILE' })
  if (dice < 0.055) throw new Error('an error that nobody knows')
  if (dice < 0.06) return await never(signal)
  await sleep(1 + 4 * Math.random())
  if (dice < 0.08)
    return batch.rows.map((_, index) =>
      index % 50 === 7
        ? { outcome: 'failed', failure: { kind: 'poison', reason: 'constraint' } }
        : { outcome: 'written' },
    )
  return undefined
}

async function never(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

export function openWorkload(): Workload {
  let rows = 0
  let failures = 0
  let unaccounted = 0
  const wish = { paused: false, closing: false }
  const options = {
    flushSize: 100,
    flushIntervalMs: 20,
    bufferSize: 2_000,
    timeoutMs: 200,
    retry: { backoffMs: 5, maxBackoffMs: 50 },
    breaker: { maxFailures: 5, openMs: 20, maxOpenMs: 100 },
    observers: [logObserver(silent, { level: 'debug' }), { attemptFailed: () => void failures++ }],
  }
  const flow = createBatchFlow<Target>({
    driver: { name: 'soak', capabilities: {}, write, classify: () => undefined },
    onDeadLetter: () => {},
    ...options,
  })
  const items = createPipeline<CoreRow>({
    flush: async (batch, context) =>
      await write({ id: context.batchId, target: { name: 'items' }, rows: batch }, context),
    onDeadLetter: () => {},
    key: (row) => row.id % 100,
    coalesce: 'last',
    overflow: 'dropOldest',
    ...options,
  })

  /** Flows that come and go leave nothing behind. */
  const passing = async (id: number): Promise<void> => {
    const abort = new AbortController()
    const short = createPipeline<number>({
      ...options,
      flush: async () => {},
      onDeadLetter: () => {},
      signal: abort.signal,
    })
    for (let n = 0; n < 50; n++) await short.submit(id + n)
    if (id % 2 === 0) abort.abort()
    unaccounted += leftIn((await short.close().then(() => short.stats())).ledger)
  }

  const produce = async (): Promise<void> => {
    for (let id = 0, turn = 0; !wish.closing; turn++) {
      while (wish.paused) await sleep(turnMs)
      for (let n = 0; n < rowsPerTurn; n++, id++) {
        const row = coreRow(id)
        const table = tables[id % tables.length] as (typeof tables)[number]
        if (!flow.trySubmit(table, row)) await flow.submit(table, row)
        await items.submit(row)
        rows += 2
      }
      if (turn % 100 === 0) flow.retune({ flushSize: 50 + (turn % 7) * 20, concurrencyLimit: 1 + (turn % 5) })
      if (turn % 250 === 0) await passing(id)
      await sleep(turnMs)
    }
  }
  const producing = produce()

  return {
    get rows() {
      return rows
    },
    get failures() {
      return failures
    },
    async pause() {
      wish.paused = true
      await sleep(2 * turnMs)
      await Promise.all([flow.flush(), items.flush()])
    },
    resume() {
      wish.paused = false
    },
    async close() {
      wish.closing = true
      wish.paused = false
      await producing
      await Promise.all([flow.close(), items.close()])
      return unaccounted + leftIn(flow.stats().ledger) + leftIn(items.stats().ledger)
    },
  }
}

function leftIn({ submitted, written, coalesced, deadLettered, dropped, returned }: Ledger): number {
  return submitted - written - coalesced - deadLettered - dropped - returned
}
