import type { Batch, RowOutcome } from '@batchflow/core'
import type { MysqlDriver, SqlTable } from '@batchflow/mysql'
import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'

/** The server of the tests. */
export const url: string = process.env['MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/test'

export type Row = Readonly<Record<string, unknown>>

/** A database of its own for one test, and a way to look into it from outside. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string
  /** For drivers: its connections use the database. */
  readonly pool: mysql.Pool
  /** Opens another pool into the database, which ends with it. */
  openPool(config?: mysql.PoolOptions): mysql.Pool
  /** Runs SQL on a connection of its own. */
  query(sql: string): Promise<readonly Row[]>
  /** The same with values in their binary form: as text MariaDB rounds some doubles. */
  queryExactly(sql: string): Promise<readonly Row[]>
  close(): Promise<void>
}

/** Opens a database with a random name; `close` drops it. */
export async function openDatabase(
  config: mysql.PoolOptions = {},
  server: string = url,
): Promise<TestDatabase> {
  const name = `batchflow_${randomBytes(6).toString('hex')}`
  const outside = await mysql.createConnection({
    uri: server,
    multipleStatements: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    timezone: 'Z',
  })
  await outside.query(`create database ${name} character set utf8mb4; use ${name}`)
  const pools: mysql.Pool[] = []
  const openPool = (more: mysql.PoolOptions = {}) => {
    const pool = mysql.createPool({ uri: server, connectionLimit: 4, ...more, database: name })
    pools.push(pool)
    return pool
  }
  const close = async () => {
    // Unlike `end`, it can be called for a pool that a test has ended.
    await Promise.all(pools.map((pool) => pool[Symbol.asyncDispose]()))
    await outside.query(`drop database ${name}`)
    await outside.end()
  }
  return {
    name,
    pool: openPool(config),
    openPool,
    async query(sql) {
      const [rows] = await outside.query(sql)
      // Made outside of Jest's realm, which a strict comparison sees.
      return Array.isArray(rows) ? rows.map((row) => ({ ...(row as Row) })) : []
    },
    async queryExactly(sql) {
      const [rows] = await outside.execute(sql)
      return (rows as readonly Row[]).map((row) => ({ ...row }))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const never = new AbortController().signal
let batches = 0

export function batchOf(table: SqlTable, rows: readonly object[]): Batch<SqlTable> {
  return { id: `batch-${process.pid}-${++batches}`, target: table, rows }
}

/** Writes a batch without a flow. */
export async function write(
  driver: MysqlDriver,
  table: SqlTable,
  rows: readonly object[],
  signal: AbortSignal = never,
): Promise<void | readonly RowOutcome[]> {
  return await driver.write(batchOf(table, rows), { attempt: 1, signal, timeoutMs: 60_000 })
}

/** `w` for a written row, else the reason. */
export function reasons(outcomes: void | readonly RowOutcome[]): readonly string[] | undefined {
  return outcomes?.map((row) =>
    row.outcome === 'written' ? 'w' : `${row.failure.kind} ${row.failure.reason}`,
  )
}
