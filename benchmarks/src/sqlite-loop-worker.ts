import Database from 'better-sqlite3'
import { parentPort, workerData } from 'node:worker_threads'
import { stressSetup } from './stress-rows.ts'

/** The worker of the hand-written loop: batches come as one flat array of values, and are written with 100 rows per
 * statement. */
const rowsPerStatement = 100
const columns = 7
const db = new Database(workerData as string)
db.pragma('journal_mode = wal')
db.pragma('synchronous = normal')
db.exec(stressSetup)
const tuple = `(${Array(columns).fill('?').join(', ')})`
const one = db.prepare(`insert into stress values ${tuple}`)
const many = db.prepare(`insert into stress values ${Array(rowsPerStatement).fill(tuple).join(', ')}`)
const write = db.transaction((values: readonly unknown[]) => {
  const length = rowsPerStatement * columns
  let from = 0
  for (; from + length <= values.length; from += length) many.run(...values.slice(from, from + length))
  for (; from < values.length; from += columns) one.run(...values.slice(from, from + columns))
})

parentPort?.on('message', (values: readonly unknown[] | undefined) => {
  if (values === undefined) {
    db.close()
    parentPort?.close()
    return
  }
  write.immediate(values)
  parentPort?.postMessage('written')
})
parentPort?.postMessage('open')
