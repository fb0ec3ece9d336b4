import { expect, test } from '@jest/globals'
import { composeReporters } from '../src/compose-reporters.ts'
import { measurePool } from '../src/measure-pool.ts'
import { FakeReporter } from './fake-reporter.ts'
import { refusal } from './refusal.ts'

const text = '{database="postgres"}'
const options = { database: 'postgres' }

/** Has private state, as the pools of pg and mysql2 have. */
class Pool {
  #connections = 0
  failure: Error | undefined

  get totalCount(): number {
    return this.#connections
  }

  async connect(): Promise<string> {
    await Promise.resolve()
    if (this.failure !== undefined) throw this.failure
    return `connection ${++this.#connections}`
  }
}

function measured<P extends object>(pool: P) {
  const reporter = new FakeReporter()
  const proxy = measurePool(pool, reporter, options)
  const waits = () => reporter.histograms.get(`batchflow_pool_acquire_duration_seconds${text}`) ?? []
  const timeouts = () => reporter.value(`batchflow_pool_acquire_timeouts_total${text}`)
  return { proxy, waits, timeouts }
}

test('waits for a connection are recorded, and the pool works as before', async () => {
  const pool = new Pool()
  const { proxy, waits, timeouts } = measured(pool)
  expect(waits()).toEqual([])
  expect(await proxy.connect()).toBe('connection 1')
  expect(proxy.totalCount).toBe(1)
  expect(proxy).toBeInstanceOf(Pool)
  expect(waits()).toHaveLength(1)
  expect(waits()[0]?.[0]).toBeGreaterThanOrEqual(0)
  expect(timeouts()).toBe(0)
})

test('a pool with callbacks is measured too', () => {
  const pool = {
    getConnection: (callback: (error: unknown, connection: string) => void) => callback(null, 'it'),
  }
  const { proxy, waits } = measured(pool)
  const got: unknown[] = []
  proxy.getConnection((error, connection) => got.push(error, connection))
  expect(got).toEqual([null, 'it'])
  expect(waits()).toHaveLength(1)
})

test.each([
  ['pg', new Error('timeout exceeded when trying to connect'), 1],
  ['tarn', Object.assign(new Error('operation timed out'), { name: 'TimeoutError' }), 1],
  ['a socket', Object.assign(new Error('connect'), { code: 'ETIMEDOUT' }), 1],
  ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 0],
  ['anything else', new Error('timeout'), 0],
])('of what %s rejects with, time-outs are counted', async (_what, failure, count) => {
  const pool = new Pool()
  pool.failure = failure
  const { proxy, waits, timeouts } = measured(pool)
  await expect(proxy.connect()).rejects.toBe(failure)
  expect(timeouts()).toBe(count)
  expect(waits()).toHaveLength(1)
})

test('without reporters the pool stays as it is', () => {
  const pool = new Pool()
  expect(measurePool(pool, composeReporters(), options)).toBe(pool)
})

test.each([
  [{}, options, 'pool must be a pool with connect, getConnection, acquire or the like, got an object'],
  [new Pool(), {}, 'database must be a non-empty string, got undefined'],
  [new Pool(), { database: 'x', name: 'y' }, 'name is not an option'],
])('of the pool %o and the options %j it is said: %s %s', (pool, given, message) => {
  expect(refusal(() => measurePool(pool, new FakeReporter(), given as never))).toBe(message)
})
