import { mysql, type MysqlOptions } from '@batchflow/mysql'
import { afterAll, describe, expect, test } from '@jest/globals'
import { DummyDriver, Kysely, MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler } from 'kysely'
import callbacks from 'mysql2'
import promises, { type PoolOptions } from 'mysql2/promise'
import { Readable } from 'node:stream'

const pools: { end(): unknown }[] = []
afterAll(async () => {
  for (const pool of pools) await pool.end()
})

/** Nothing connects before the first batch. */
function poolOf(options: PoolOptions = {}): promises.Pool {
  const pool = promises.createPool({ host: '127.0.0.1', port: 1, ...options })
  pools.push(pool)
  return pool
}

const db = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new MysqlAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (introspected) => new MysqlIntrospector(introspected),
    createQueryCompiler: () => new MysqlQueryCompiler(),
  },
})

const infileStreamFactory = () => Readable.from([])

describe('refuses with option, rule and value', () => {
  test.each([
    [undefined, 'options must be an object, got undefined'],
    [{}, 'options must be with either pool or db, got "neither"'],
    [{ pool: poolOf(), db }, 'options must be with either pool or db, got "both"'],
    [{ pool: poolOf(), prepared: true }, 'options must be only pool, db, protocol, ledger, got "prepared"'],
    [{ pool: poolOf(), protocol: 'binary' }, `protocol must be 'prepared' or 'text', got "binary"`],
    [{ pool: poolOf(), ledger: 1 }, 'ledger must be true or false, got 1'],
    [{ pool: 'mysql://root@127.0.0.1' }, 'pool must be a pool of mysql2, got "mysql://root@127.0.0.1"'],
    [{ db: {} }, 'db must be a Kysely instance, got an object'],
    [
      { db, protocol: 'prepared' },
      `protocol must be 'text' with db, for Kysely prepares nothing, got "prepared"`,
    ],
    [
      { pool: poolOf({ infileStreamFactory }) },
      `pool must be without infileStreamFactory, or with flags: ['-LOCAL_FILES'], got an object`,
    ],
    [
      { pool: poolOf({ queryFormat: (sql: string) => sql }) },
      'pool must be without queryFormat, which would change statements, got an object',
    ],
  ])('%#', (options, message) => {
    expect(() => mysql(options as unknown as MysqlOptions)).toThrow(
      expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION', message }),
    )
  })
})

test('takes pools of either form, and one that serves files to others without telling the server so', () => {
  const pool = callbacks.createPool({ host: '127.0.0.1', port: 1, connectionLimit: 7 })
  expect(mysql({ pool }).capabilities.maxConcurrency).toBe(7)
  expect(mysql({ pool: pool.promise() }).capabilities.maxConcurrency).toBe(7)
  expect(mysql({ pool: poolOf({ infileStreamFactory, flags: ['-LOCAL_FILES'] }) }).name).toBe('mysql')
  expect(mysql({ db }).capabilities.maxConcurrency).toBeUndefined()
  pool.end()
})

test('a limit of 0 is none', () => {
  expect(mysql({ pool: poolOf({ connectionLimit: 0 }) }).capabilities.maxConcurrency).toBeUndefined()
})
