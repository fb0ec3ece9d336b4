import { BatchFlowError, type Driver } from '@batchflow/core'
import { postgres, tableOf } from '@batchflow/postgres'
import { createStreamProducer, createStreamWorker } from '@batchflow/redis-streams'
import { expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { type EventRow, events, latest, openDatabase, type TestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startServer } from '../support/own-server.ts'
import { openStream } from '../support/redis.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const group = 'writers'
const shards = 1

async function add(
  client: Redis,
  stream: string,
  rows: readonly Partial<EventRow>[],
  flushSize = 10,
): Promise<void> {
  await using producer = createStreamProducer({
    client,
    stream,
    shards,
    flushSize,
    onDeadLetter: ({ error }) => {
      throw error
    },
  })
  for (const row of rows) await producer.submit({ name: 'events' }, row)
}

const rowsFrom = (from: number, to: number): readonly EventRow[] =>
  Array.from({ length: to - from }, (_, index) => ({
    producer: 1,
    seq: from + index,
    key: 1,
    at: new Date(0),
  }))

function ledgerOver({ pool }: TestDatabase, change: (driver: Driver) => Partial<Driver> = () => ({})) {
  return {
    flushSize: 20,
    configurationRetryMs: 50,
    driver: () => {
      const driver = postgres({ pool, ledger: true }) as Driver
      const bound = new Proxy(driver, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target)
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })
      return Object.assign(Object.create(bound) as Driver, change(driver))
    },
  }
}

const seqsOf = async ({ pool }: TestDatabase) =>
  (await pool.query<{ seq: number }>('select seq from events order by seq')).rows.map(({ seq }) => seq)

const isDead = (client: Redis, stream: string) => client.xlen(`{${stream}:0}:dead`)

test('a worker that dies between commit and acknowledgement: its rows are not written again', async () => {
  await using database = await openDatabase()
  await using server = await startServer()
  const { port, outside } = server
  await add(outside, 's', rowsFrom(0, 50))
  const settings = { port, schema: database.schema, stream: 's', shards, leaseMs: 300 }
  await using crashing = new WorkerProcess({ ...settings, crashAfterCommit: true })
  await eventually(() => crashing.ended)
  const committed = await database.count('select count(*) from events')
  expect(committed).toBeGreaterThan(0)
  expect(await outside.xlen('{s:0}')).toBe(5)
  await using healthy = new WorkerProcess(settings)
  await eventually(() => healthy.stats?.rowsSettled === 50)
  expect(await seqsOf(database)).toEqual(Array.from({ length: 50 }, (_, seq) => seq))
})

test('a row that the database refused is set aside, though the worker died before it could say so', async () => {
  await using database = await openDatabase()
  await using server = await startServer()
  const { port, outside } = server
  const bad = { producer: 1, seq: 5, key: null as never, at: new Date(0) }
  await add(outside, 's', [...rowsFrom(0, 5), bad, ...rowsFrom(6, 30)])
  const settings = { port, schema: database.schema, stream: 's', shards, leaseMs: 300 }
  await using crashing = new WorkerProcess({ ...settings, crashAfterCommit: true })
  await eventually(() => crashing.ended)
  expect(await isDead(outside, 's')).toBe(0)
  await using healthy = new WorkerProcess(settings)
  await eventually(() => healthy.stats?.rowsSettled === 30)
  expect(await database.count('select count(*) from events')).toBe(29)
  const [[, fields]] = (await outside.xrange('{s:0}:dead', '-', '+')) as unknown as [[string, string[]]]
  expect(fields).toEqual(expect.arrayContaining(['refused', 'events', '1']))
  expect(await isDead(outside, 's')).toBe(1)
})

test('rows that the database refuses are set aside, and the others of their entry are written', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  const bad = { producer: 1, seq: 7, key: null as never, at: new Date(0) }
  await add(client, stream, [...rowsFrom(0, 7), bad, ...rowsFrom(8, 25)])
  await using reading = createStreamWorker({
    client,
    stream,
    shards,
    group,
    leaseMs: 500,
    targets: { events },
    ledger: ledgerOver(database),
  })
  await eventually(() => reading.stats().rowsSettled === 25)
  expect(await seqsOf(database)).toEqual(
    Array.from({ length: 25 }, (_, seq) => seq).filter((seq) => seq !== 7),
  )
  expect(reading.stats()).toMatchObject({ rowsDeadLettered: 1 })
  expect(await client.xlen(`{${stream}:0}`)).toBe(0)
})

test('a worker that comes back late is refused by the database, and gives the shard up', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, rowsFrom(0, 20))
  const held: (() => void)[] = []
  await using late = createStreamWorker({
    client,
    stream,
    shards,
    group,
    leaseMs: 60_000,
    targets: { events },
    ledger: ledgerOver(database, (driver) => ({
      // It stands still with a batch in its hands.
      write: async (batch, context) => {
        await new Promise<void>((resolve) => held.push(resolve))
        return await driver.write(batch, context)
      },
    })),
  })
  await eventually(() => held.length === 1)
  await client.unlink(`{${stream}:0}:lease`)
  await client.zrem(
    `{${stream}}:workers:${group}`,
    ...(await client.zrange(`{${stream}}:workers:${group}`, 0, -1)),
  )
  await using next = createStreamWorker({
    client,
    stream,
    shards,
    group,
    leaseMs: 500,
    targets: { events },
    ledger: ledgerOver(database),
  })
  await eventually(() => next.stats().rowsSettled === 20)
  await add(client, stream, rowsFrom(20, 40))
  await eventually(() => next.stats().rowsSettled === 40)
  for (const go of held) go()
  await eventually(() => late.stats().shardsLost === 1)
  expect(await seqsOf(database)).toEqual(Array.from({ length: 40 }, (_, seq) => seq))
})

test('an answer to a commit that is lost costs nothing', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, rowsFrom(0, 60))
  let writes = 0
  await using reading = createStreamWorker({
    client,
    stream,
    shards,
    group,
    leaseMs: 500,
    targets: { events },
    ledger: ledgerOver(database, (driver) => ({
      write: async (batch, context) => {
        const outcomes = await driver.write(batch, context)
        if (++writes % 2 === 1) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
        return outcomes
      },
      classify: (error) =>
        (error as { code?: string }).code === 'ECONNRESET'
          ? { kind: 'ambiguous', reason: 'connection' }
          : driver.classify(error),
    })),
  })
  await eventually(() => reading.stats().rowsSettled === 60)
  expect(await seqsOf(database)).toEqual(Array.from({ length: 60 }, (_, seq) => seq))
})

test('a batch that is too large is written in halves, each row once', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, rowsFrom(0, 40))
  await using reading = createStreamWorker({
    client,
    stream,
    shards,
    group,
    leaseMs: 500,
    targets: { events },
    ledger: ledgerOver(database, (driver) => ({
      write: async (batch, context) => {
        if (batch.rows.length > 3) throw new BatchFlowError('BATCHFLOW_INVALID_ROW', 'too large')
        return await driver.write(batch, context)
      },
      classify: () => ({ kind: 'split', reason: 'too_large' }),
    })),
  })
  await eventually(() => reading.stats().rowsSettled === 40)
  expect(await seqsOf(database)).toEqual(Array.from({ length: 40 }, (_, seq) => seq))
})

test('rows of one key that cannot be joined are written one after the other', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  await database.pool.query('create table sums (key int primary key, sum float8 not null)')
  const sums = tableOf<{ key: number; sum: number }>()('sums', {
    columns: ['key', 'sum'],
    conflict: { strategy: 'update', columns: ['key'], update: { sum: 'add' } },
  })
  await using producer = createStreamProducer({
    client,
    stream,
    shards,
    flushSize: 10,
    onDeadLetter: () => {},
  })
  for (let row = 0; row < 60; row++) await producer.submit(sums, { key: row % 3, sum: 0.5 })
  await using reading = createStreamWorker({
    client,
    stream,
    shards,
    group,
    leaseMs: 500,
    targets: { sums },
    ledger: ledgerOver(database),
  })
  await eventually(() => reading.stats().rowsSettled === 60)
  expect((await database.pool.query('select key, sum from sums order by key')).rows).toEqual([
    { key: 0, sum: 10 },
    { key: 1, sum: 10 },
    { key: 2, sum: 10 },
  ])
})

test('several tables of one stream have positions of their own', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  await using producer = createStreamProducer({
    client,
    stream,
    shards,
    flushSize: 10,
    onDeadLetter: () => {},
  })
  for (const row of rowsFrom(0, 100)) {
    await producer.submit(events, row)
    await producer.submit(latest, { ...row, key: row.seq % 5 })
  }
  await using reading = createStreamWorker({
    client,
    stream,
    shards,
    group,
    leaseMs: 500,
    targets: { events, latest },
    ledger: ledgerOver(database),
  })
  await eventually(() => reading.stats().rowsSettled === 200)
  expect(await seqsOf(database)).toEqual(Array.from({ length: 100 }, (_, seq) => seq))
  expect((await database.pool.query('select seq from latest order by key')).rows).toEqual(
    [95, 96, 97, 98, 99].map((seq) => ({ seq })),
  )
})

test('after Redis has forgotten its last ids, new entries are not taken for written ones', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  const key = `{${stream}:0}`
  // The clock of the server that went away was an hour ahead.
  const ahead = `${Date.now() + 3_600_000}-0`
  await client.xadd(
    key,
    ahead,
    'v',
    '1',
    't',
    'events',
    'n',
    '1',
    'e',
    'x',
    'd',
    JSON.stringify([
      ['producer', 'j', [1]],
      ['seq', 'j', [0]],
      ['key', 'j', [1]],
      ['at', 'd', [0]],
    ]),
  )
  const options = {
    client,
    stream,
    shards,
    group,
    leaseMs: 500,
    targets: { events },
    ledger: ledgerOver(database),
  }
  const first = createStreamWorker(options)
  await eventually(() => first.stats().rowsSettled === 1)
  await first.close()
  // The next one knows the shard's name, and nothing of its last entry.
  await client.unlink(key)
  await using second = createStreamWorker(options)
  await eventually(() => second.stats().shardsTaken === 1)
  await add(client, stream, rowsFrom(1, 30))
  await eventually(() => second.stats().rowsSettled === 29)
  expect(await seqsOf(database)).toEqual(Array.from({ length: 30 }, (_, seq) => seq))
})

test('a stream that was flushed begins again, whatever its ids are', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  await using reading = createStreamWorker({
    client,
    stream,
    shards,
    group,
    leaseMs: 300,
    targets: { events },
    ledger: ledgerOver(database),
  })
  await add(client, stream, rowsFrom(0, 10))
  await eventually(() => reading.stats().rowsSettled === 10)
  await client.unlink(...(await client.keys(`{${stream}*`)))
  await client.xadd(
    `{${stream}:0}`,
    '1-1',
    'v',
    '1',
    't',
    'events',
    'n',
    '1',
    'e',
    'x',
    'd',
    JSON.stringify([
      ['producer', 'j', [1]],
      ['seq', 'j', [10]],
      ['key', 'j', [1]],
      ['at', 'd', [0]],
    ]),
  )
  await eventually(() => reading.stats().rowsSettled === 11)
  expect(await seqsOf(database)).toEqual(Array.from({ length: 11 }, (_, seq) => seq))
  expect(reading.stats()).toMatchObject({ dataGone: 1, shardsLost: 1 })
})
