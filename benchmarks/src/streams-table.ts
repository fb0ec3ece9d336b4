import { ledgerTable, tableOf } from '@batchflow/postgres'
import pg from 'pg'
import { stressRow as stressTextRow, type StressRow as StressTextRow } from './stress-rows.ts'

const url = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const start = Date.UTC(2026, 0, 1)

interface StressRow extends Omit<StressTextRow, 'created_at'> {
  created_at: Date
}

/** The stress table, by plain inserts. */
export const stress = tableOf<StressRow>()('stress', {
  columns: ['id', 'name', 'email', 'age', 'score', 'city', 'created_at'],
})

/** Made inside the timed loop of every case, as a service would. */
export function stressRow(id: number): StressRow {
  return { ...stressTextRow(id), created_at: new Date(start + id) }
}

/** Rows that are written before the clock runs have ids from here on: a service runs for days, and compiles its code once. */
export const warmUpFrom = 1_000_000_000
/** How many of them there are per process that makes rows. */
export const warmUpRows = 60_000

/** A pool whose connections look into one schema. */
export function poolIn(schema: string, max: number): pg.Pool {
  return new pg.Pool({ connectionString: url, max, options: `-c search_path=${schema}` })
}

/** Makes the stress table with its key and two secondary indexes, and the ledger's tables, in a schema of their own. */
export async function createSchema(pool: pg.Pool, schema: string): Promise<void> {
  await pool.query(`create schema ${schema}; create table stress (
    id int8 primary key, name text not null, email text not null, age int4 not null, score float8 not null,
    city text not null, created_at timestamptz not null);
    create index on stress (name); create index on stress (email); ${ledgerTable}`)
}

export async function rowsIn(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from stress where id < ${warmUpFrom}`,
  )
  return rows[0]?.n ?? 0
}
