import { createBatchFlow } from '@batchflow/core'
import { sqlite } from '@batchflow/sqlite'
import Database from 'better-sqlite3'
import { join } from 'node:path'
import type { Case } from './case.ts'
import { stress, stressRow, stressSetup, type StressRow } from './stress-rows.ts'

/** How the engine is used where speed matters: `trySubmit`, and waiting only when there is no room. */
const flow: Case = async ({ folder, rows, flushSize }) => {
  const path = join(folder, 'bench.db')
  await using batchFlow = createBatchFlow({
    driver: sqlite({ path, setup: stressSetup, synchronous: 'normal' }),
    flushSize,
    onDeadLetter: ({ error }) => {
      throw error
    },
  })
  for (let id = 0; id < rows; id++) {
    const row = stressRow(id)
    if (!batchFlow.trySubmit(stress, row)) await batchFlow.submit(stress, row)
  }
  await batchFlow.close()
  return rowsIn(path)
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

/** The loop that people write by hand: one prepared statement, one transaction per batch, on the main thread. */
const loop: Case = async ({ folder, rows, flushSize }) => {
  const path = join(folder, 'bench.db')
  const db = open(path)
  const insert = db.prepare('insert into stress values (?, ?, ?, ?, ?, ?, ?)')
  const transaction = db.transaction((batch: readonly StressRow[]) => {
    for (const row of batch)
      insert.run(row.id, row.name, row.email, row.age, row.score, row.city, row.created_at)
  })
  await inBatches(rows, flushSize, (batch) => transaction.immediate(batch))
  db.close()
  return rowsIn(path)
}

/** The same with 100 rows per statement, which is the fastest that is known. */
const multiRowLoop: Case = async ({ folder, rows, flushSize }) => {
  const path = join(folder, 'bench.db')
  const db = open(path)
  const perStatement = 100
  const tuple = '(?, ?, ?, ?, ?, ?, ?)'
  const one = db.prepare(`insert into stress values ${tuple}`)
  const many = db.prepare(`insert into stress values ${Array(perStatement).fill(tuple).join(', ')}`)
  const values = (row: StressRow) => [
    row.id,
    row.name,
    row.email,
    row.age,
    row.score,
    row.city,
    row.created_at,
  ]
  const transaction = db.transaction((batch: readonly StressRow[]) => {
    let from = 0
    for (; from + perStatement <= batch.length; from += perStatement)
      many.run(batch.slice(from, from + perStatement).flatMap(values))
    for (; from < batch.length; from++) one.run(values(batch[from] as StressRow))
  })
  await inBatches(rows, flushSize, (batch) => transaction.immediate(batch))
  db.close()
  return rowsIn(path)
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

export const sqliteCases: Readonly<Record<string, Case>> = { flow, loop, multiRowLoop }
