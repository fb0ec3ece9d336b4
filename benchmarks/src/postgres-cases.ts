import { createBatchFlow } from '@batchflow/core'
import { postgres, type Strategy, tableOf } from '@batchflow/postgres'
import pg from 'pg'
import type { CaseOptions, OpenCase } from './case.ts'
import { stressRow as stressTextRow, type StressRow as StressTextRow } from './stress-rows.ts'

const url = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

interface StressRow extends Omit<StressTextRow, 'created_at'> {
  created_at: Date
}

const columns = ['id', 'name', 'email', 'age', 'score', 'city', 'created_at'] as const
const start = Date.UTC(2026, 0, 1)

/** Made inside the timed loop of every case, as a service would. */
function stressRow(id: number): StressRow {
  return { ...stressTextRow(id), created_at: new Date(start + id) }
}

/** Writes all rows of a case. */
type Load = () => Promise<void>

/** A schema with the stress table, its key and two secondary indexes, and as many connections as batches may be under way;
 * they and what the load needs are there before the clock runs. */
function withTable(
  concurrency: number,
  prepare: (pool: pg.Pool, options: CaseOptions) => Load | Promise<Load>,
): OpenCase {
  return {
    async open(options) {
      const schema = `bench_${process.pid}_${Date.now()}`
      const pool = new pg.Pool({
        connectionString: url,
        max: concurrency,
        options: `-c search_path=${schema}`,
      })
      await pool.query(`create schema ${schema}; create table stress (
        id int8 primary key, name text not null, email text not null, age int4 not null, score float8 not null,
        city text not null, created_at timestamptz not null);
        create index on stress (name); create index on stress (email)`)
      const clients = await Promise.all(Array.from({ length: concurrency }, () => pool.connect()))
      for (const client of clients) client.release()
      return {
        run: await prepare(pool, options),
        async arrived() {
          const { rows } = await pool.query<{ n: number }>('select count(*)::int as n from stress')
          return rows[0]?.n ?? 0
        },
        async close() {
          await pool.query(`drop schema ${schema} cascade`)
          await pool.end()
        },
      }
    },
  }
}

const insert = tableOf<StressRow>()('stress', { columns })
const upsert = tableOf<StressRow>()('stress', {
  columns,
  conflict: { strategy: 'replace', columns: ['id'] },
})

interface FlowOptions {
  readonly strategy?: Strategy
  readonly table?: typeof insert
  /** The table has a trigger for each statement, which does nothing: a batch stays one COPY. */
  readonly isWatched?: boolean
  /** Rows that may be unsettled, in batches: as many as a loop holds. Left out: the flow's own default of 10,000 rows. */
  readonly batches?: number
}

function flow(concurrency: number, options: FlowOptions = { batches: concurrency + 1 }): OpenCase {
  const { strategy = 'unnest', table = insert, batches, isWatched = false } = options
  return withTable(concurrency, async (pool, { rows, flushSize }) => {
    if (isWatched)
      await pool.query(`create function ignore() returns trigger language plpgsql as $$ begin return null; end $$;
        create trigger watch after insert on stress for each statement execute function ignore()`)
    const driver = postgres({ pool, strategy })
    await driver.prepare(table, { signal: new AbortController().signal })
    return async () => {
      await using batchFlow = createBatchFlow({
        driver,
        flushSize,
        concurrencyLimit: concurrency,
        ...(batches === undefined ? {} : { bufferSize: batches * flushSize }),
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

/** Collects rows and keeps `concurrency` batches under way. */
function loop(concurrency: number, write: (pool: pg.Pool, batch: StressRow[]) => Promise<unknown>): OpenCase {
  return withTable(
    concurrency,
    (pool, options) => () => inBatches(options, concurrency, (batch) => write(pool, batch)),
  )
}

async function inBatches(
  { rows, flushSize }: CaseOptions,
  concurrency: number,
  write: (batch: StressRow[]) => Promise<unknown>,
): Promise<void> {
  const underWay = new Set<Promise<unknown>>()
  let batch: StressRow[] = []
  for (let id = 0; id < rows; id++) {
    batch.push(stressRow(id))
    if (batch.length < flushSize && id < rows - 1) continue
    const writing: Promise<unknown> = write(batch).then(() => underWay.delete(writing))
    underWay.add(writing)
    batch = []
    if (underWay.size >= concurrency) await Promise.race(underWay)
  }
  await Promise.all(underWay)
}

const unnestText = `insert into stress (${columns.join(', ')}) select * from unnest($1::int8[], $2::text[], $3::text[],
  $4::int4[], $5::float8[], $6::text[], $7::timestamptz[])`
const upsertText = `${unnestText} on conflict (id) do update set ${columns
  .slice(1)
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')}`

/** The fastest loop that is known: one array literal per column, made by hand for these columns. */
function handWritten(statement: string, concurrency: number): OpenCase {
  return loop(concurrency, (pool, batch) => pool.query(statement, arraysOf(batch)))
}

function arraysOf(batch: readonly StressRow[]): string[] {
  let [id, name, email, age, score, city, created] = ['', '', '', '', '', '', '']
  let comma = ''
  for (const row of batch) {
    id += comma + row.id
    name += comma + quoted(row.name)
    email += comma + quoted(row.email)
    age += comma + row.age
    score += comma + row.score
    city += comma + quoted(row.city)
    created += `${comma}"${row.created_at.toISOString()}"`
    comma = ','
  }
  return [id, name, email, age, score, city, created].map((values) => `{${values}}`)
}

function quoted(value: string): string {
  return /["\\]/.test(value) ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : `"${value}"`
}

/** As people write it with Kysely. */
function kysely(concurrency: number): OpenCase {
  return withTable(concurrency, async (pool, options) => {
    const { Kysely, PostgresDialect } = await import('kysely')
    const db = new Kysely<{ stress: StressRow }>({ dialect: new PostgresDialect({ pool }) })
    return () => inBatches(options, concurrency, (batch) => db.insertInto('stress').values(batch).execute())
  })
}

const knex = withTable(1, async (pool, options) => {
  const { default: knexOf } = await import('knex')
  const { host, port, user, password, database, options: startup } = pool.options
  const db = knexOf({
    client: 'pg',
    connection: { connectionString: url, host, port, user, password, database, options: startup } as object,
    pool: { min: 1, max: 1 },
  })
  await db.raw('select 1')
  return async () => {
    await inBatches(options, 1, (batch) => db.batchInsert('stress', batch, batch.length))
    await db.destroy()
  }
})

// What only one case needs is loaded by that case: the others would be charged for its memory.
const drizzle = withTable(1, async (pool, options) => {
  const [{ drizzle: drizzleOf }, core] = await Promise.all([
    import('drizzle-orm/node-postgres'),
    import('drizzle-orm/pg-core'),
  ])
  const table = core.pgTable('stress', {
    id: core.integer().notNull(),
    name: core.text().notNull(),
    email: core.text().notNull(),
    age: core.integer().notNull(),
    score: core.doublePrecision().notNull(),
    city: core.text().notNull(),
    created_at: core.timestamp({ withTimezone: true }).notNull(),
  })
  const db = drizzleOf(pool)
  return () => inBatches(options, 1, (batch) => db.insert(table).values(batch))
})

export const postgresCases: Readonly<Record<string, OpenCase>> = {
  unnest1: flow(1),
  unnest2: flow(2),
  unnest4: flow(4),
  defaultBuffer4: flow(4, {}),
  copy1: flow(1, { strategy: 'copy', batches: 2 }),
  copy2: flow(2, { strategy: 'copy', batches: 3 }),
  copy4: flow(4, { strategy: 'copy', batches: 5 }),
  copyWhole1: flow(1, { strategy: 'copy', batches: 2, isWatched: true }),
  upsert1: flow(1, { table: upsert, batches: 2 }),
  upsert4: flow(4, { table: upsert, batches: 5 }),
  handWritten1: handWritten(unnestText, 1),
  handWritten2: handWritten(unnestText, 2),
  handWritten4: handWritten(unnestText, 4),
  handWrittenUpsert1: handWritten(upsertText, 1),
  handWrittenUpsert4: handWritten(upsertText, 4),
  kysely1: kysely(1),
  kysely4: kysely(4),
  knex,
  drizzle,
}
