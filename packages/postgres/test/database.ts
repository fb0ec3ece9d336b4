import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** The server of the tests. */
export const url: string = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** Sessions that wait for a lock, of the outside connection as a rule. */
export const waitForLock = `wait_event_type = 'Lock'`

/** A schema of its own for one test, and a way to look into it from outside. */
export interface TestDatabase {
  readonly schema: string
  /** For drivers: its connections look into the schema first. */
  readonly pool: pg.Pool
  /** Runs SQL on a connection of its own. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Process ids of the sessions of its pools of which this is true, by the columns of pg_stat_activity. */
  sessions(condition: string): Promise<readonly number[]>
  /** The same, when there are some. */
  awaitSessions(condition: string): Promise<readonly number[]>
  /** Ends these sessions, if not those of all of its pools. */
  terminate(pids?: readonly number[]): Promise<void>
  close(): Promise<void>
}

/** Opens a schema with a random name; `close` drops it. */
export async function openDatabase(config: pg.PoolConfig = {}): Promise<TestDatabase> {
  const schema = `batchflow_${randomBytes(6).toString('hex')}`
  const outside = new pg.Client({ connectionString: url })
  await outside.connect()
  await outside.query(`set synchronous_commit to off; create schema ${schema}; set search_path to ${schema}`)
  const pool = new pg.Pool({
    connectionString: url,
    // By which its sessions are told from those of other tests.
    application_name: schema,
    // What a crash of the server leaves is tested on a server of its own.
    options: `-c search_path=${schema} -c synchronous_commit=off`,
    max: 4,
    ...config,
  })
  // As an application does: an idle connection that is killed is reported here.
  pool.on('error', () => {})
  const query: TestDatabase['query'] = async (sql, values = []) =>
    (await outside.query<Record<string, unknown>>(sql, [...values])).rows
  const sessions = async (condition: string) => {
    // Inside of a transaction the view would show what it showed first.
    await outside.query('select pg_stat_clear_snapshot()')
    const text = `select pid from pg_stat_activity where application_name = '${schema}' and (${condition})`
    return (await query(text)).map(({ pid }) => pid as number)
  }
  return {
    schema,
    pool,
    query,
    sessions,
    async awaitSessions(condition) {
      for (;;) {
        const pids = await sessions(condition)
        if (pids.length > 0) return pids
      }
    },
    async terminate(pids) {
      const text = `select pg_terminate_backend(pid) from unnest($1::int[]) as s(pid)`
      await query(text, [pids ?? (await sessions('true'))])
    },
    async close() {
      if (!pool.ended) await pool.end()
      await outside.query(`drop schema ${schema} cascade`)
      await outside.end()
    },
  }
}
