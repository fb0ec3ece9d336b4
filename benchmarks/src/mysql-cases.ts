import { createBatchFlow } from '@batchflow/core'
import { mysql, tableOf } from '@batchflow/mysql'
import mysql2, { type Pool } from 'mysql2/promise'
import { randomBytes } from 'node:crypto'
import type { CaseOptions, OpenCase } from './case.ts'
import { stressRow as stressTextRow, type StressRow as StressTextRow } from './stress-rows.ts'

/** The stress table's row, with its moment as services have it. */
interface StressRow extends Omit<StressTextRow, 'created_at'> {
  created_at: Date
}

const setup = `
  create table stress (
    id int not null primary key,
    name varchar(50) not null,
    email varchar(100) not null,
    age int not null,
    score double not null,
    city varchar(50) not null,
    created_at datetime(3) not null,
    index stress_name (name),
    index stress_email (email)
  ) engine=innodb default charset=utf8mb4`

const columns = ['id', 'name', 'email', 'age', 'score', 'city', 'created_at'] as const

const stress = tableOf<StressRow>()('stress', { columns })
const upserts = tableOf<StressRow>()('stress', { columns, conflict: { strategy: 'ignore', columns: ['id'] } })

const start = Date.UTC(2026, 0, 1)

/** Made inside the timed loop of every case, as a service would. */
function stressRow(id: number): StressRow {
  return { ...stressTextRow(id), created_at: new Date(start + id) }
}

/** Writes all rows of a case. */
type Load = () => Promise<void>

/** A database of its own, and as many connections as batches may be under way; they and what the load needs are there before
 * the clock runs. */
function inDatabase(
  connections: number,
  prepare: (pool: Pool, options: CaseOptions) => Load | Promise<Load>,
): OpenCase {
  return {
    async open(options) {
      const uri = process.env['MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/test'
      const database = `batchflow_bench_${randomBytes(6).toString('hex')}`
      const outside = await mysql2.createConnection({ uri })
      await outside.query(`create database ${database}`)
      await outside.query(`use ${database}`)
      await outside.query(setup)
      const pool = mysql2.createPool({ uri, database, connectionLimit: connections, timezone: 'Z' })
      const opened = await Promise.all(Array.from({ length: connections }, () => pool.getConnection()))
      for (const connection of opened) connection.release()
      return {
        run: await prepare(pool, options),
        async arrived() {
          const [found] = await outside.query('select count(*) as count from stress')
          return (found as unknown as readonly { readonly count: number }[])[0]?.count ?? 0
        },
        async close() {
          await pool.end()
          await outside.query(`drop database ${database}`)
          await outside.end()
        },
      }
    },
  }
}

/** How the engine is used where speed matters: `trySubmit`, and waiting only when there is no room. */
function flow(table: typeof stress, concurrencyLimit: number): OpenCase {
  return inDatabase(concurrencyLimit, async (pool, { rows, flushSize }) => {
    const driver = mysql({ pool })
    await driver.prepare?.(table, { signal: new AbortController().signal })
    return async () => {
      await using batchFlow = createBatchFlow({
        driver,
        flushSize,
        concurrencyLimit,
        // As many rows at once as the loops have: those under way, and a batch in the making.
        bufferSize: (concurrencyLimit + 1) * flushSize,
        onDeadLetter: ({ error }) => {
          throw error
        },
      })
      for (let id = 0; id < rows; id++) {
        const row = stressRow(id)
        if (!batchFlow.trySubmit(table, row)) await batchFlow.submit(table, row)
      }
    }
  })
}

/** Collects rows, and writes the next batch while others are under way: what people write by hand at their best. */
async function inBatches(
  { rows, flushSize }: CaseOptions,
  concurrency: number,
  write: (batch: readonly StressRow[]) => Promise<unknown>,
): Promise<void> {
  const inFlight = new Set<Promise<unknown>>()
  let batch: StressRow[] = []
  for (let id = 0; id < rows; id++) {
    batch.push(stressRow(id))
    if (batch.length < flushSize && id < rows - 1) continue
    const full = batch
    batch = []
    while (inFlight.size >= concurrency) await Promise.race(inFlight)
    const writing: Promise<unknown> = write(full).then(() => inFlight.delete(writing))
    inFlight.add(writing)
  }
  await Promise.all(inFlight)
}

/** The fastest that is known: one prepared statement for the rows of a full batch. */
function preparedLoop(onConflict: string, concurrency: number): OpenCase {
  return inDatabase(concurrency, (pool, options) => {
    const { flushSize } = options
    const row = `(${columns.map(() => '?').join(', ')})`
    const textFor = (count: number) =>
      `insert into stress (${columns.join(', ')}) values ${Array<string>(count).fill(row).join(', ')}${onConflict}`
    const fullText = textFor(flushSize)
    return () =>
      inBatches(options, concurrency, async (batch) => {
        const values: (string | number | Date)[] = []
        for (const { id, name, email, age, score, city, created_at } of batch)
          values.push(id, name, email, age, score, city, created_at)
        await pool.execute(batch.length === flushSize ? fullText : textFor(batch.length), values)
      })
  })
}

/** How most people write it: an array of rows for one placeholder. */
function valuesLoop(concurrency: number): OpenCase {
  return inDatabase(concurrency, (pool, options) => {
    return () =>
      inBatches(options, concurrency, async (batch) => {
        const values = batch.map((row) => [
          row.id,
          row.name,
          row.email,
          row.age,
          row.score,
          row.city,
          row.created_at,
        ])
        await pool.query(`insert into stress (${columns.join(', ')}) values ?`, [values])
      })
  })
}

/** By name and number of batches under way at once: `flow4`, `prepared4`, … */
export const mysqlCases: Readonly<Record<string, OpenCase>> = Object.fromEntries(
  [1, 2, 4].flatMap((concurrency) => [
    [`flow${concurrency}`, flow(stress, concurrency)],
    [`prepared${concurrency}`, preparedLoop('', concurrency)],
    [`values${concurrency}`, valuesLoop(concurrency)],
    [`ignore${concurrency}`, flow(upserts, concurrency)],
    [`preparedIgnore${concurrency}`, preparedLoop(' on duplicate key update id = stress.id', concurrency)],
  ]),
)
