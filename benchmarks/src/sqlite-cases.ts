import { createBatchFlow } from '@batchflow/core'
import { sqlite } from '@batchflow/sqlite'
import Database from 'better-sqlite3'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { OpenCase } from './case.ts'
import { stress, stressRow, stressSetup, type StressRow } from './stress-rows.ts'

/** How the engine is used where speed matters: `trySubmit`, and waiting only when there is no room. Thread and file are open
 * before the clock runs, as they are in every case. */
const flow: OpenCase = {
  async open({ folder, rows, flushSize }) {
    const path = join(folder, 'bench.db')
    const driver = sqlite({ path, setup: stressSetup, synchronous: 'normal' })
    await driver.prepare(stress, { signal: new AbortController().signal })
    const batchFlow = createBatchFlow({
      driver,
      flushSize,
      // As many rows as the worker loop holds: two batches under way, and one in the making.
      bufferSize: 3 * flushSize,
      onDeadLetter: ({ error }) => {
        throw error
      },
    })
    const run = async () => {
      for (let id = 0; id < rows; id++) {
        const row = stressRow(id)
        if (!batchFlow.trySubmit(stress, row)) await batchFlow.submit(stress, row)
      }
      await batchFlow.close()
    }
    return { run, arrived: () => rowsIn(path), close: async () => {} }
  },
}

function rowsIn(path: string): number {
  const db = new Database(path, { readonly: true })
  const { count } = db.prepare('select count(*) as count from stress').get() as { count: number }
  db.close()
  return count
}

function open(path: string): Database.Database {
  const db = new Database(path)
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = normal')
  db.exec(stressSetup)
  return db
}

/** What a loop does with an open database and a batch. */
type Prepare = (db: Database.Database) => (batch: readonly StressRow[]) => void

function onMainThread(prepare: Prepare): OpenCase {
  return {
    async open({ folder, rows, flushSize }) {
      const path = join(folder, 'bench.db')
      const db = open(path)
      const transaction = db.transaction(prepare(db))
      const run = async () => {
        await inBatches(rows, flushSize, (batch) => transaction.immediate(batch))
        db.close()
      }
      return { run, arrived: () => rowsIn(path), close: async () => {} }
    },
  }
}

/** The loop that people write by hand: one prepared statement, one transaction per batch, on the main thread. */
const loop = onMainThread((db) => {
  const insert = db.prepare('insert into stress values (?, ?, ?, ?, ?, ?, ?)')
  return (batch) => {
    for (const row of batch)
      insert.run(row.id, row.name, row.email, row.age, row.score, row.city, row.created_at)
  }
})

/** The same with 100 rows per statement, which is the fastest that is known. */
const multiRowLoop = onMainThread((db) => {
  const perStatement = 100
  const tuple = '(?, ?, ?, ?, ?, ?, ?)'
  const one = db.prepare(`insert into stress values ${tuple}`)
  const many = db.prepare(`insert into stress values ${Array(perStatement).fill(tuple).join(', ')}`)
  return (batch) => {
    let from = 0
    for (; from + perStatement <= batch.length; from += perStatement)
      many.run(batch.slice(from, from + perStatement).flatMap(valuesOf))
    for (; from < batch.length; from++) one.run(valuesOf(batch[from] as StressRow))
  }
})

function valuesOf({ id, name, email, age, score, city, created_at }: StressRow): readonly unknown[] {
  return [id, name, email, age, score, city, created_at]
}

/** The fastest that is known off the main thread: flat arrays to a worker, two batches under way. */
const workerLoop: OpenCase = {
  async open({ folder, rows, flushSize }) {
    const path = join(folder, 'bench.db')
    const worker = new Worker(new URL('./sqlite-loop-worker.js', import.meta.url), { workerData: path })
    await once(worker, 'message')
    const run = async () => {
      let underWay = 0
      let values: unknown[] = []
      for (let id = 0; id < rows; id++) {
        const row = stressRow(id)
        values.push(row.id, row.name, row.email, row.age, row.score, row.city, row.created_at)
        if (values.length < 7 * flushSize && id < rows - 1) continue
        worker.postMessage(values)
        values = []
        if (++underWay < 2) continue
        await once(worker, 'message')
        underWay--
      }
      worker.postMessage(undefined)
      await once(worker, 'exit')
    }
    return { run, arrived: () => rowsIn(path), close: async () => {} }
  },
}

/** Collects rows and gives the event loop a turn after each batch, as a service has to. */
async function inBatches(
  rows: number,
  flushSize: number,
  write: (batch: readonly StressRow[]) => void,
): Promise<void> {
  let batch: StressRow[] = []
  for (let id = 0; id < rows; id++) {
    batch.push(stressRow(id))
    if (batch.length === flushSize || id === rows - 1) {
      write(batch)
      batch = []
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

export const sqliteCases: Readonly<Record<string, OpenCase>> = { flow, loop, multiRowLoop, workerLoop }
