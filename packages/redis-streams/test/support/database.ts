import { randomUUID } from 'node:crypto'
import { ledgerTable, tableOf } from '@batchflow/postgres'
import pg from 'pg'

export const databaseUrl = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** What producers of the tests send. */
export interface EventRow {
  producer: number
  seq: number
  key: number
  at: Date
}

/** A plain insert into a table without a key: a row that is written twice is there twice. */
export const events = tableOf<EventRow>()('events', { columns: ['producer', 'seq', 'key', 'at'] })

/** The last row of a key wins. */
export const latest = tableOf<EventRow>()('latest', {
  columns: ['producer', 'seq', 'key', 'at'],
  conflict: { strategy: 'replace', columns: ['key'] },
})

/** A schema of the test's own with these tables and the ledger's; it goes away at the end of the test. */
export interface TestDatabase extends AsyncDisposable {
  readonly pool: pg.Pool
  readonly schema: string
  count(text: string): Promise<number>
}

/** Opens a pool in a schema. */
export function poolOf(schema: string, max = 4): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, max, options: `-c search_path=${schema}` })
  pool.on('error', () => {})
  return pool
}

export async function openDatabase(): Promise<TestDatabase> {
  const schema = `streams_${randomUUID().replaceAll('-', '')}`
  const pool = poolOf(schema)
  const columns = 'producer int not null, seq int not null, key int not null, at timestamptz not null'
  await pool.query(
    `create schema ${schema}; create table events (${columns}); create index on events (producer, seq); create table latest (${columns}, primary key (key));
    ${ledgerTable}`,
  )
  return {
    pool,
    schema,
    async count(text) {
      const { rows } = await pool.query<{ n: number }>(`select (${text})::int as n`)
      return rows[0]?.n ?? 0
    },
    async [Symbol.asyncDispose]() {
      await pool.query(`drop schema ${schema} cascade`)
      await pool.end()
    },
  }
}
