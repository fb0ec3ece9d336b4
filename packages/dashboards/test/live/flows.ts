import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import {
  BatchFlowError,
  createBatchFlow,
  type BatchFlow,
  type BatchFlowOptions,
  type Driver,
  type Target,
} from '@batchflow/core'
import {
  flowMetrics,
  measurePool,
  type MetricsReporter,
  type TestRecorder,
} from '@batchflow/pipeline-metrics'
import { postgres } from '@batchflow/postgres'
import { recommendedOptions, redis } from '@batchflow/redis'
import { sqlite, type SqlTable } from '@batchflow/sqlite'
import { Redis } from 'ioredis'
import pg from 'pg'
import { down, faulty } from './faulty.ts'
import { keysOf, orders, schema, users, type OrderRow } from './targets.ts'

/** A flow under load. */
export interface LoadedFlow extends AsyncDisposable {
  readonly database: string
  readonly testCase: string
  /** Takes rows, waiting for room. */
  submit(row: OrderRow): Promise<void>
  written(): number
}

interface Wiring {
  readonly metrics: MetricsReporter
  readonly recorder: TestRecorder
}

type Options<T extends Target> = Omit<BatchFlowOptions<T>, 'onDeadLetter' | 'deadLetters' | 'observers'>

/** A flow whose metrics have all the labels that dashboards ask for. */
export function observed<T extends Target>(
  { metrics, recorder }: Wiring,
  names: { readonly database: string; readonly testCase: string },
  options: Options<T>,
): BatchFlow<T> {
  recorder.setCurrentTestCase(names.testCase, names.database)
  return createBatchFlow<T>({
    flushSize: 100,
    flushIntervalMs: 50,
    bufferSize: 5_000,
    ...options,
    onDeadLetter: () => {},
    observers: [
      flowMetrics(metrics, { database: names.database, instanceId: names.testCase }),
      recorder.observer(),
    ],
  })
}

/** SQLite: every third batch is retried once, and one row in 400 is refused by a CHECK. */
export function sqliteFlow(wiring: Wiring): LoadedFlow {
  const driver = sqlite({ path: ':memory:', setup: schema })
  const names = { database: 'sqlite', testCase: 'signup' }
  const flow = observed(wiring, names, {
    driver: faulty(driver, (batch) => (batch % 3 === 0 ? 1 : 0)),
    retry: { maxAttempts: 5, backoffMs: 5, maxBackoffMs: 20 },
  })
  return {
    ...names,
    async submit(row) {
      await flow.submit(row.id % 2 === 0 ? users : orders, row.id % 401 === 0 ? { ...row, amount: -1 } : row)
    },
    written: () => flow.stats().ledger.written,
    async [Symbol.asyncDispose]() {
      await flow.close()
      await driver.close?.()
    },
  }
}

/** SQLite: one batch in ten is given up, as by a database that was away for too long. */
export function lossyFlow(wiring: Wiring): LoadedFlow {
  const driver = sqlite({ path: ':memory:', setup: schema })
  const names = { database: 'sqlite', testCase: 'archive' }
  const flow = observed(wiring, names, {
    driver: faulty(driver, (batch) => (batch % 10 === 5 ? 2 : 0)),
    retry: { maxAttempts: 2, backoffMs: 1, maxBackoffMs: 2 },
    breaker: false,
  })
  return {
    ...names,
    submit: (row) => flow.submit(users, row),
    written: () => flow.stats().ledger.written,
    async [Symbol.asyncDispose]() {
      await flow.close()
      await driver.close?.()
    },
  }
}

/** PostgreSQL over a pool that is measured. */
export async function postgresFlow(wiring: Wiring, url: string): Promise<LoadedFlow> {
  const name = `batchflow_${randomBytes(6).toString('hex')}`
  const outside = new pg.Client({ connectionString: url })
  await outside.connect()
  await outside.query(`create schema ${name}; set search_path to ${name};${schema}`)
  const pool = new pg.Pool({ connectionString: url, max: 4, options: `-c search_path=${name}` })
  pool.on('error', () => {})
  const names = { database: 'postgres', testCase: 'orders' }
  const driver = postgres({ pool: measurePool(pool, wiring.metrics, { database: 'postgres' }) })
  const flow = observed<SqlTable>(wiring, names, { driver })
  return {
    ...names,
    submit: (row) => flow.submit(orders, row),
    written: () => flow.stats().ledger.written,
    async [Symbol.asyncDispose]() {
      await flow.close()
      await pool.end()
      await outside.query(`drop schema ${name} cascade`)
      await outside.end()
    },
  }
}

/** Redis, with keys that go away. */
export async function redisFlow(wiring: Wiring, url: string): Promise<LoadedFlow> {
  const client = new Redis(url, recommendedOptions())
  // Nothing is queued while it connects, as the driver wants it.
  await once(client, 'ready').catch((error: unknown) => {
    client.disconnect()
    throw error
  })
  const prefix = `batchflow:live:${randomBytes(6).toString('hex')}:`
  const sessions = keysOf(prefix)
  const names = { database: 'redis', testCase: 'sessions' }
  const flow = observed(wiring, names, { driver: redis({ client }) as Driver<typeof sessions> })
  return {
    ...names,
    submit: (row) => flow.submit(sessions, row),
    written: () => flow.stats().ledger.written,
    async [Symbol.asyncDispose]() {
      await flow.close()
      const keys = await client.keys(`${prefix}*`)
      if (keys.length > 0) await client.del(...keys)
      await client.quit()
    },
  }
}

/** SQLite that takes a fifth of a second for 20 rows: its buffer is full, and callers wait. */
export function slowFlow(wiring: Wiring): LoadedFlow {
  const driver = sqlite({ path: ':memory:', setup: schema })
  const names = { database: 'sqlite', testCase: 'reports' }
  const slow: Driver<SqlTable> = {
    ...faulty(driver, () => 0),
    async write(batch, context) {
      await delay(200)
      return await driver.write(batch, context)
    },
  }
  const flow = observed(wiring, names, {
    driver: slow,
    flushSize: 20,
    bufferSize: 200,
    concurrencyLimit: 1,
  })
  return {
    ...names,
    submit: (row) => flow.submit(users, row),
    written: () => flow.stats().ledger.written,
    async [Symbol.asyncDispose]() {
      await flow.close()
      await driver.close?.()
    },
  }
}

/** A database that is down: rows wait, callers give up, and closing returns what is left. */
export async function stuckFlow(wiring: Wiring): Promise<LoadedFlow> {
  const names = { database: 'sqlite', testCase: 'stuck' }
  const flow = observed(wiring, names, {
    driver: down<typeof users>('sqlite'),
    flushSize: 50,
    bufferSize: 100,
    retry: { maxAttempts: 1_000, backoffMs: 500, maxBackoffMs: 500, maxElapsedMs: 600_000 },
    breaker: false,
  })
  for (let id = 1; id <= 100; id++) await flow.submit(users, { id, name: 'waits', amount: id })
  return {
    ...names,
    async submit(row) {
      const signal = AbortSignal.timeout(500)
      await flow.submit(users, row, { signal }).catch((error: unknown) => {
        if (error !== signal.reason) throw error
      })
    },
    written: () => flow.stats().ledger.written,
    async [Symbol.asyncDispose]() {
      await flow.close({ timeoutMs: 100 }).catch((error: unknown) => {
        if (!BatchFlowError.is(error) || error.code !== 'BATCHFLOW_CLOSE_TIMEOUT') throw error
      })
    },
  }
}
