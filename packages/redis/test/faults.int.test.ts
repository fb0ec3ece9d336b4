import { commandsOf, counterOf, redis, type RedisOptions } from '@batchflow/redis'
import { createFaultProxy } from '@batchflow/testkit/fault-proxy'
import { describe, expect, test } from '@jest/globals'
import type { RedisOptions as ClientOptions } from 'ioredis'
import { eventually } from './eventually.ts'
import { flowOver } from './flow.ts'
import { connected, end, openClient, url } from './server.ts'
import { rowsOf, write } from './written.ts'

interface Hit {
  readonly key: string
}

const server = new URL(url)
const target = { host: server.hostname, port: Number(server.port || 6379) }

/** A driver behind a proxy, with keys of its own. */
async function open(options: Omit<RedisOptions, 'client'> = {}, clientOptions: ClientOptions = {}) {
  const { outside, prefix, ...direct } = await openClient({ lazyConnect: true })
  const proxy = await createFaultProxy({ target })
  const through = new URL(url)
  through.host = `${proxy.host}:${proxy.port}`
  const client = connected({ retryStrategy: () => 10, ...clientOptions }, through.href)
  const driver = redis({ ...options, client })
  return {
    outside,
    prefix,
    proxy,
    client,
    driver,
    hits: counterOf<Hit>()('hits', { key: ({ key }) => `${prefix}${key}` }),
    /** The sum of the counters. */
    async counted(): Promise<number> {
      const keys = await outside.keys(`${prefix}*`)
      const counts = keys.length === 0 ? [] : await outside.mget(keys)
      return counts.reduce((sum, count) => sum + Number(count), 0)
    },
    async [Symbol.asyncDispose]() {
      proxy.heal()
      await driver.close()
      await end(client)
      await proxy.close()
      await direct[Symbol.asyncDispose]()
    },
  }
}

const isBatch = (data: Buffer) => data.includes('INCRBY') || data.includes('EVALSHA')

const transports = [{ transport: 'client' }, { transport: 'socket' }] as const

describe.each(transports)('with %j', (options) => {
  test.each(['reset', 'fin'] as const)(
    'an answer that is lost (%s) is ambiguous, and nobody sends the batch again',
    async (by) => {
      await using db = await open(options)
      db.proxy.onRequest(isBatch, { lose: 'reply', by })
      const rows = rowsOf(['INCRBY', `${db.prefix}a`, 1], ['INCRBY', `${db.prefix}b`, 1])
      const lost = 'ambiguous connection REDIS_ANSWER_LOST'
      expect(await write(db.driver, rows)).toEqual([lost, lost])
      expect(db.proxy.armed).toBe(0)
      // The next connection is made and used, and has carried nothing out twice.
      expect(await write(db.driver, rowsOf(['INCRBY', `${db.prefix}c`, 1]))).toEqual(['w'])
      expect(await db.counted()).toBe(3)
    },
  )

  test('a batch that is lost itself is ambiguous too, and the rows are written by the next attempt', async () => {
    await using db = await open(options)
    db.proxy.onRequest(isBatch, { lose: 'request', by: 'reset' })
    const { flow, letters, failures } = flowOver(db.driver)
    for (let row = 0; row < 10; row++) await flow.submit(db.hits, { key: 'a' })
    await flow.close()
    expect(letters).toEqual([])
    expect(failures).toEqual(['ambiguous connection'])
    expect(await db.counted()).toBe(10)
  })

  test('rows that were answered before the connection broke are written, and not sent again', async () => {
    await using db = await open(options)
    const long = `${db.prefix}long`
    expect(await write(db.driver, rowsOf(['SET', long, 'x'.repeat(10_000)]))).toEqual(['w'])
    // Long answers to a short message: a client that still writes may hear of the end before it has read what came.
    const rows = rowsOf(
      ...Array.from({ length: 200 }, (_, row) => ['INCRBY', `${db.prefix}a`, row] as const).flatMap(
        (command) => [command, ['GET', long] as const],
      ),
    )
    db.proxy.onReply(3, 'reset')
    const outcomes = await write(db.driver, rows)
    const written = outcomes.filter((outcome) => outcome === 'w').length
    expect(written).toBeGreaterThan(0)
    expect(written).toBeLessThan(rows.length)
    // What was answered is a beginning of the batch.
    expect(outcomes.slice(0, written)).toEqual(rows.slice(0, written).map(() => 'w'))
  })

  test('a black hole is left at the deadline, and the rows go over a new connection', async () => {
    await using db = await open(options)
    expect(await write(db.driver, rowsOf(['INCRBY', `${db.prefix}a`, 1]))).toEqual(['w'])
    db.proxy.blackHole()
    const began = performance.now()
    const signal = AbortSignal.timeout(200)
    const rows = rowsOf(['INCRBY', `${db.prefix}a`, 1])
    expect(await write(db.driver, rows, { signal })).toEqual(['ambiguous connection REDIS_ANSWER_LOST'])
    expect(performance.now() - began).toBeLessThan(5_000)
    db.proxy.heal()
    expect(await write(db.driver, rows)).toEqual(['w'])
    expect(await db.counted()).toBe(2)
  })

  test('answers that vanish are given up at the deadline', async () => {
    await using db = await open({ ...options, ledger: true })
    expect(await write(db.driver, rowsOf(['INCRBY', `${db.prefix}b`, 1]))).toEqual(['w'])
    db.proxy.blackHole({ direction: 'toClient' })
    const { flow, letters, failures } = flowOver(db.driver, { timeoutMs: 200 })
    await flow.submit(db.hits, { key: 'a' })
    await eventually(() => failures.length > 0)
    db.proxy.heal()
    await flow.close()
    expect(letters).toEqual([])
    expect(failures[0]).toBe('ambiguous connection')
    expect(await db.counted()).toBe(2)
  })

  test('a connection that is never answered was never used: nothing is ambiguous', async () => {
    await using db = await open(options, { lazyConnect: true })
    db.proxy.stallConnect()
    const { flow, failures } = flowOver(db.driver, { timeoutMs: 300 })
    await flow.submit(db.hits, { key: 'a' })
    await eventually(() => failures.length > 0)
    db.proxy.heal()
    await flow.close()
    expect(new Set(failures)).toEqual(new Set(['transient connection']))
    expect(await db.counted()).toBe(1)
  })

  test('a server that nobody can reach is waited for', async () => {
    await using db = await open(options, { lazyConnect: true })
    db.proxy.refuse()
    const { flow, letters } = flowOver(db.driver)
    for (let row = 0; row < 300; row++) await flow.submit(db.hits, { key: 'a' })
    await eventually(() => db.driver.pool().pending > 0)
    db.proxy.heal()
    await flow.close()
    expect(letters).toEqual([])
    expect(await db.counted()).toBe(300)
  })

  test('an idle connection that is killed costs nothing', async () => {
    await using db = await open(options)
    expect(await write(db.driver, rowsOf(['INCRBY', `${db.prefix}a`, 1]))).toEqual(['w'])
    db.proxy.fin()
    await eventually(() => db.client.status !== 'ready')
    const { flow, letters } = flowOver(db.driver)
    await flow.submit(db.hits, { key: 'a' })
    await flow.close()
    expect(letters).toEqual([])
    expect(await db.counted()).toBe(2)
  })

  test('a slow network is only slow', async () => {
    await using db = await open(options)
    expect(await write(db.driver, rowsOf(['INCRBY', `${db.prefix}a`, 1]))).toEqual(['w'])
    db.proxy.delay(20)
    db.proxy.bandwidth(200_000)
    const { flow, letters, failures } = flowOver(db.driver, { timeoutMs: 20_000, bufferSize: 1_000 })
    for (let row = 0; row < 2_000; row++) await flow.submit(db.hits, { key: `${row % 7}` })
    await flow.close()
    expect(letters).toEqual([])
    expect(failures).toEqual([])
    expect(await db.counted()).toBe(2_001)
  })

  test('with a ledger counts are exact, whatever is lost', async () => {
    await using db = await open({ ...options, ledger: true })
    const { flow, letters, failures } = flowOver(db.driver, { flushSize: 50 })
    const faults = [
      { lose: 'reply', by: 'reset' },
      { lose: 'request', by: 'reset' },
      { lose: 'reply', by: 'fin' },
      { lose: 'reply', by: 'reset' },
    ] as const
    for (const fault of faults) {
      db.proxy.onRequest(isBatch, fault)
      for (let row = 0; row < 400; row++) await flow.submit(db.hits, { key: `${row % 13}` })
      await flow.flush()
      expect(db.proxy.armed).toBe(0)
    }
    await flow.close()
    expect(letters).toEqual([])
    expect(failures.filter((failure) => failure === 'ambiguous connection').length).toBeGreaterThanOrEqual(4)
    expect(await db.counted()).toBe(1_600)
  })

  test('a transaction whose connection breaks is carried out once or not at all', async () => {
    await using db = await open(options)
    const pairs = commandsOf<Hit>()('pairs', ({ key }) => [
      ['INCRBY', `${db.prefix}${key}`, 1],
      ['INCRBY', `${db.prefix}${key}:twin`, 1],
    ])
    for (const lose of ['request', 'reply'] as const) {
      db.proxy.onRequest(isBatch, { lose, by: 'reset' })
      expect(await write(db.driver, [{ key: lose }], { target: pairs })).toEqual([
        'ambiguous connection REDIS_ANSWER_LOST',
      ])
    }
    expect(await db.counted()).toBe(2)
  })
})

test('a client that forgets what was out when a connection broke does not keep the batch pending', async () => {
  // ioredis issue 2193
  await using db = await open({}, { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 20 })
  db.proxy.onRequest(isBatch, { lose: 'reply', by: 'reset' })
  expect(await write(db.driver, rowsOf(['INCRBY', `${db.prefix}a`, 1]))).toEqual([
    'ambiguous connection REDIS_ANSWER_LOST',
  ])
  expect(await db.counted()).toBe(1)
})

test('a client that sends again what was answered with an error is kept from it', async () => {
  await using db = await open({}, { reconnectOnError: () => 2, enableOfflineQueue: true })
  await db.outside.set(`${db.prefix}text`, 'abc')
  const outcomes = await write(
    db.driver,
    rowsOf(['INCRBY', `${db.prefix}a`, 1], ['INCRBY', `${db.prefix}text`, 1], ['INCRBY', `${db.prefix}b`, 1]),
  )
  expect(outcomes[0]).toBe('w')
  expect(outcomes[1]).toBe('ambiguous connection REDIS_ANSWER_LOST')
  await eventually(async () => (await db.client.ping().catch(() => '')) === 'PONG')
  expect(await db.outside.mget(`${db.prefix}a`, `${db.prefix}b`)).toEqual(['1', '1'])
  expect(await write(db.driver, rowsOf(['INCRBY', `${db.prefix}a`, 1]))).toEqual(['w'])
})
