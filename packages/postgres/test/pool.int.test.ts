// What the driver does with the pool and the clients that it is lent.
import { type PostgresOptions, type PostgresPool, postgres } from '@batchflow/postgres'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { rejection, write } from './attempt.ts'
import { openDatabase, type TestDatabase, waitForLock } from './database.ts'
import { define } from './define.ts'
import { openFlow } from './open-flow.ts'

let database: TestDatabase
const pools: pg.Pool[] = []

beforeEach(async () => {
  database = await openDatabase()
  await database.query('create table items (id int primary key, name text)')
})
afterEach(async () => {
  for (const pool of pools.splice(0)) if (!pool.ended) await pool.end()
  await database.close()
})

const items = define('items', { columns: ['id', 'name'] })
const upserts = define('items', {
  columns: ['id', 'name'],
  conflict: { strategy: 'replace', columns: ['id'] },
})
const rowsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: first + index, name: 'x' }))
const count = async () => (await database.query('select count(*)::int as n from items'))[0]?.['n']

/** A pool that nobody listens to. */
function openPool(config: pg.PoolConfig & { readonly pipeline?: boolean } = {}): pg.Pool {
  const pool = new pg.Pool({ ...database.pool.options, ...config })
  pools.push(pool)
  return pool
}

const inUse = (pool: pg.Pool) => pool.totalCount - pool.idleCount

describe('the pool is the caller’s', () => {
  test('close ends nothing, twice, and takes no more batches', async () => {
    const pool = openPool()
    const driver = postgres({ pool })
    await write(driver, items, rowsFrom(0, 1))
    await driver.close()
    await driver.close()
    expect((await pool.query('select count(*)::int as n from items')).rows).toEqual([{ n: 1 }])
    const error = await rejection(write(driver, items, rowsFrom(1, 1)))
    expect(error).toMatchObject({ code: 'BATCHFLOW_CLOSED', message: 'the postgres driver is closed' })
    expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'connection' })
  })

  test('the end of a flow leaves no connection in use and no listener on anything', async () => {
    const pool = openPool({ max: 3 })
    const clients = new Set<pg.PoolClient>()
    pool.on('acquire', (client) => clients.add(client))
    const open = openFlow({ driver: postgres({ pool }), flushSize: 7 })
    await open.write(items, rowsFrom(0, 500))
    expect(pool.listenerCount('error')).toBe(1)
    await open.flow.close()
    expect(pool.listenerCount('error')).toBe(0)
    expect(inUse(pool)).toBe(0)
    expect(clients.size).toBe(3)
    // The pool's own, which it has on idle clients.
    for (const client of clients) expect(client.listenerCount('error')).toBe(1)
  })

  test('a signal that is used again and again keeps no listeners', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const counting = new Proxy(signal, {
      get(target, name) {
        if (name === 'addEventListener') listeners++
        if (name === 'removeEventListener') listeners--
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    const driver = postgres({ pool: openPool() })
    for (let id = 0; id < 20; id++) await write(driver, items, rowsFrom(id, 1), { signal: counting })
    await write(driver, items, rowsFrom(0, 2), { signal: counting })
    expect(listeners).toBe(0)
  })

  test('its numbers are told', async () => {
    const pool = openPool({ max: 2 })
    const driver = postgres({ pool })
    expect(driver.pool()).toEqual({ inUse: 0, idle: 0, pending: 0, max: 2 })
    await write(driver, items, rowsFrom(0, 1))
    expect(driver.pool()).toEqual({ inUse: 0, idle: 1, pending: 0, max: 2 })
    await database.query('begin; lock table items in share mode')
    const writes = [1, 2, 3].map((id) => write(driver, items, rowsFrom(id, 1)))
    await database.awaitSessions(waitForLock)
    expect(driver.pool()).toEqual({ inUse: 2, idle: 0, pending: 1, max: 2 })
    await database.query('commit')
    await Promise.all(writes)
    expect(driver.pool()).toEqual({ inUse: 0, idle: 2, pending: 0, max: 2 })
  })

  test('of a pool that tells none, there are none', () => {
    const connect = () => Promise.reject(new Error('not asked for'))
    expect(postgres({ pool: { connect } }).pool()).toEqual({ inUse: 0, idle: 0, pending: 0, max: 0 })
  })

  test('two drivers share one', async () => {
    const pool = openPool({ max: 1 })
    const drivers = [postgres({ pool, prepared: true }), postgres({ pool, prepared: true, ledger: false })]
    for (const [index, driver] of drivers.entries()) await write(driver, upserts, rowsFrom(index, 2))
    await drivers[0]?.close()
    await write(drivers[1] as (typeof drivers)[0], upserts, rowsFrom(5, 1))
    expect(await count()).toBe(4)
  })
})

describe('connections that fail', () => {
  test('one that is idle, in a pool that nobody listens to, does not end the process', async () => {
    const pool = openPool({ max: 1 })
    const driver = postgres({ pool })
    await write(driver, items, rowsFrom(0, 1))
    await database.terminate()
    while (pool.totalCount > 0) await sleep(1)
    expect(await write(driver, items, rowsFrom(1, 1))).toBeUndefined()
    expect(await count()).toBe(2)
  })

  test('one that is terminated in the middle is not given to the next batch', async () => {
    const pool = openPool({ max: 1 })
    const driver = postgres({ pool })
    await write(driver, items, rowsFrom(0, 1))
    await database.query('begin; lock table items in share mode')
    const first = rejection(write(driver, items, rowsFrom(1, 1)))
    const second = write(driver, items, rowsFrom(2, 1))
    await database.terminate(await database.awaitSessions(waitForLock))
    await database.query('commit')
    const error = await first
    expect(error).toMatchObject({ code: '57P01', phase: 'committing' })
    expect(driver.classify(error)).toEqual({ kind: 'ambiguous', reason: 'connection' })
    expect(await second).toBeUndefined()
    expect((await database.query('select id from items order by id')).map(({ id }) => id)).toEqual([0, 2])
  })

  test('one that is ended in the breath in which it was made does not end the process', async () => {
    const message = (code: string, body: string) => {
      const bytes = Buffer.from(`${code}\0\0\0\0${body}`, 'latin1')
      bytes.writeInt32BE(bytes.length - 1, 1)
      return bytes
    }
    const ended = message('E', 'SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      // What it says when it lets a client in, and when it is shut down, in one packet.
      socket.once('data', () =>
        socket.end(Buffer.concat([message('R', '\0\0\0\0'), message('Z', 'I'), ended])),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const pool = openPool({ connectionString: `postgres://postgres@127.0.0.1:${port}/postgres` })
    const driver = postgres({ pool })
    const error = await rejection(write(driver, items, rowsFrom(0, 1)))
    expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
    await pool.end()
    await new Promise((resolve) => server.close(resolve))
  })

  test('one that pg has given up (query_timeout) is not given to the next batch', async () => {
    const pool = openPool({ max: 1, query_timeout: 300 })
    const driver = postgres({ pool })
    await write(driver, items, rowsFrom(0, 1))
    await database.query('begin; lock table items in share mode')
    const error = await rejection(write(driver, items, rowsFrom(1, 1)))
    expect(error).toMatchObject({ message: 'Query read timeout' })
    expect(driver.classify(error)).toEqual({ kind: 'ambiguous', reason: 'connection' })
    await database.query('commit')
    expect(await write(driver, items, rowsFrom(2, 1))).toBeUndefined()
  })

  test('one that leads to a server that takes no writes is not kept: the next may lead elsewhere', async () => {
    const pool = openPool({ max: 1 })
    const driver = postgres({ pool })
    await write(driver, items, rowsFrom(0, 1))
    await pool.query('set default_transaction_read_only = on')
    const error = await rejection(write(driver, items, rowsFrom(1, 1)))
    expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'readonly' })
    expect(await write(driver, items, rowsFrom(1, 1))).toBeUndefined()
  })

  test('one with a transaction that somebody left open is not written to', async () => {
    const pool = openPool({ max: 1 })
    const driver = postgres({ pool })
    await write(driver, items, rowsFrom(0, 1))
    const client = await pool.connect()
    await client.query('begin')
    client.release()
    const error = await rejection(write(driver, items, rowsFrom(1, 1)))
    expect(error).toMatchObject({
      phase: 'unsent',
      message: 'the pool gave a connection with a transaction that somebody left open',
    })
    expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
    expect(await write(driver, items, rowsFrom(1, 1))).toBeUndefined()
    expect(await count()).toBe(2)
  })

  test('a statement that cannot be sent ends its connection, not the process', async () => {
    const pool = openPool({ max: 1 })
    const driver = postgres({ pool, strategy: 'values' })
    await write(driver, items, rowsFrom(0, 1))
    const client = await pool.connect()
    const { connection } = client as unknown as { connection: { execute(message: object): void } }
    connection.execute = () => {
      throw new RangeError('The value of "size" is out of range')
    }
    client.release()
    const error = await rejection(write(driver, items, rowsFrom(1, 1)))
    expect(error).toMatchObject({ phase: 'unsent' })
    expect(await write(driver, items, rowsFrom(1, 1))).toBeUndefined()
    expect(await count()).toBe(2)
  })
})

describe('waiting for a connection', () => {
  test('ends with the attempt; one that comes later goes back', async () => {
    const pool = openPool({ max: 1 })
    const taken = await pool.connect()
    const controller = new AbortController()
    const driver = postgres({ pool })
    const writing = rejection(write(driver, items, rowsFrom(0, 1), { signal: controller.signal }))
    controller.abort()
    const error = await writing
    expect(error).toMatchObject({
      code: 'ETIMEDOUT',
      phase: 'unsent',
      message: 'no connection came free in time',
    })
    expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
    expect(pool.waitingCount).toBe(1)
    taken.release()
    expect(await write(driver, items, rowsFrom(1, 1))).toBeUndefined()
    expect([inUse(pool), pool.waitingCount, await count()]).toEqual([0, 0, 1])
  })

  test('that fails after the attempt is over is nobody’s unhandled rejection', async () => {
    let fail: (error: Error) => void = () => {}
    const connect = () =>
      new Promise<never>((_, reject) => {
        fail = reject
      })
    const controller = new AbortController()
    const writing = rejection(
      write(postgres({ pool: { connect } }), items, rowsFrom(0, 1), { signal: controller.signal }),
    )
    controller.abort()
    expect(await writing).toMatchObject({ phase: 'unsent' })
    fail(new Error('too late'))
    await sleep(0)
  })

  test('a client is given back exactly once, whenever the attempt is aborted', async () => {
    for (let turns = 0; turns < 30; turns++) {
      const controller = new AbortController()
      let releases = 0
      const client = {
        connection: {
          parse() {},
          bind() {},
          describe() {},
          execute() {},
          sync() {},
          stream: { destroy() {} },
        },
        on() {},
        removeListener() {},
        query(pipeline: { handleError(error: Error): void }) {
          queueMicrotask(() => pipeline.handleError(new Error('over')))
        },
        release: () => releases++,
      }
      const pool = { connect: async () => await Promise.resolve(client) }
      const writing = rejection(
        write(postgres({ pool: pool as unknown as PostgresPool }), items, rowsFrom(0, 1), {
          signal: controller.signal,
        }),
      )
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      controller.abort()
      expect(await writing).toMatchObject({ name: 'PostgresDriverError', phase: 'unsent' })
      await sleep(0)
      expect(releases).toBe(1)
    }
  })

  test('an attempt that is over before it began asks for none', async () => {
    const pool = openPool()
    const driver = postgres({ pool })
    const error = await rejection(write(driver, items, rowsFrom(0, 1), { signal: AbortSignal.abort() }))
    expect(driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
    expect(pool.totalCount).toBe(0)
  })
})

describe('pools that cannot be used are refused by name, and no row is lost', () => {
  const refused = async (pool: unknown) => {
    const driver = postgres({ pool } as PostgresOptions)
    const error = await rejection(write(driver, items, rowsFrom(0, 1)))
    expect(driver.classify(error)).toEqual({ kind: 'configuration', reason: 'schema' })
    return error
  }

  test('with pipeline: true', async () => {
    const pool = openPool({ pipeline: true })
    expect(await refused(pool)).toMatchObject({
      code: 'BATCHFLOW_INVALID_OPTION',
      message:
        'pool must be of clients without pipeline: true, for the driver pipelines its statements itself',
    })
    expect(inUse(pool)).toBe(0)
  })

  test('of pg-native', async () => {
    let releases = 0
    const native = { query() {}, on() {}, removeListener() {}, release: () => releases++ }
    expect(await refused({ connect: () => Promise.resolve(native) })).toMatchObject({
      code: 'BATCHFLOW_INVALID_OPTION',
      message: 'pool must be a Pool of pg (not of pg-native)',
    })
    expect(releases).toBe(1)
  })
})
