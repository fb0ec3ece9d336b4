import type { Target } from '@batchflow/core'
import { createStreamProducer, shardOf, type StreamProducerOptions } from '@batchflow/redis-streams'
import { createFaultProxy } from '@batchflow/testkit/fault-proxy'
import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { eventually } from './support/eventually.ts'
import { startServer } from './support/own-server.ts'
import { openStream, url } from './support/redis.ts'
import { rowsIn, type RawEntry } from './support/rows-in.ts'

const target: Target<{ producer: number; seq: number }> = { name: 'events' }
const shards = 2

function failing(options: Omit<StreamProducerOptions, 'onDeadLetter'>) {
  return createStreamProducer({
    shards,
    key: (_, row) => row['producer'] as number,
    ...options,
    onDeadLetter: ({ error }) => {
      throw error
    },
  })
}

const keysOf = (stream: string) => Array.from({ length: shards }, (_, shard) => `{${stream}:${shard}}`)

async function rowsOf(client: Redis, stream: string): Promise<readonly string[]> {
  const entries = await Promise.all(
    keysOf(stream).map(async (key) => (await client.xrange(key, '-', '+')) as RawEntry[]),
  )
  return rowsIn(entries.flat())
}

test('rows of one key are in one shard, in the order of submission', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await using producer = failing({ client, stream, flushSize: 7 })
  for (let seq = 0; seq < 100; seq++) await producer.submit(target, { producer: seq % 5, seq })
  expect(await producer.flush()).toEqual({ written: 100, failed: 0 })
  for (const [shard, key] of keysOf(stream).entries()) {
    const rows = rowsIn(await client.xrange(key, '-', '+'))
    const expected = Array.from({ length: 100 }, (_, seq) => seq)
      .filter((seq) => shardOf(seq % 5, shards) === shard)
      .map((seq) => `${seq % 5}:${seq}`)
    expect(rows).toEqual(expected)
  }
})

test('rows without a key go to all shards', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await using producer = failing({ client, stream, key: () => undefined })
  for (let seq = 0; seq < 10; seq++) await producer.submit(target, { producer: 1, seq })
  await producer.flush()
  expect(producer.stats().waitingRows).toEqual([5, 5])
})

test('a row is settled when Redis has it', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await using producer = failing({ client, stream })
  await producer.submitAndSettle(target, { producer: 1, seq: 1 })
  expect(await rowsOf(client, stream)).toEqual(['1:1'])
  expect(producer.stats().ledger).toMatchObject({ submitted: 1, written: 1, pending: 0 })
})

test('a batch whose answer was lost is in the stream once', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  const { hostname, port } = new URL(url)
  await using proxy = await createFaultProxy({ target: { host: hostname, port: Number(port || 6379) } })
  const away = new Redis(proxy.port, '127.0.0.1', { lazyConnect: true })
  await using producer = failing({ client: away, stream, flushSize: 10 })
  await producer.submitAndSettle(target, { producer: 1, seq: 0 })
  for (let seq = 1; seq <= 20; seq++) {
    // Redis carries the script out, and the connection breaks before it can say so.
    proxy.onRequest((data) => data.includes('events'), { lose: 'reply', by: 'reset' })
    await producer.submitAndSettle(target, { producer: 1, seq })
    expect(proxy.armed).toBe(0)
  }
  expect(await rowsOf(client, stream)).toEqual(Array.from({ length: 21 }, (_, seq) => `1:${seq}`))
})

test('while a shard is full rows wait in the producer, and then submits do; nothing is trimmed', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  const key = keysOf(stream)[shardOf(1, shards)] as string
  await using producer = failing({
    client,
    stream,
    flushSize: 10,
    bufferSize: 40,
    maxWaitingRows: 30,
    fullRetryMs: 5,
  })
  let accepted = 0
  const submitting = (async () => {
    for (let seq = 0; seq < 100; seq++) {
      await producer.submit(target, { producer: 1, seq })
      accepted++
    }
  })()
  await eventually(() => accepted === 50)
  expect(await rowsOf(client, stream)).toHaveLength(30)
  const seen = new Set<string>()
  // What a worker does: takes entries away, and says how many rows they had.
  await eventually(async () => {
    for (const [id, fields] of (await client.xrange(key, '-', '+', 'COUNT', 1)) as RawEntry[]) {
      const rows = rowsIn([[id, fields]])
      for (const row of rows) seen.add(row)
      await client.xdel(key, id)
      await client.hincrby(`${key}:meter`, 'rows', -rows.length)
    }
    return seen.size === 100
  })
  await submitting
  expect(producer.stats().ledger).toMatchObject({ written: 100, deadLettered: 0 })
})

test("with overflow 'reject' a full shard refuses rows, and takes them again when there is room", async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  const key = keysOf(stream)[shardOf(1, shards)] as string
  await using producer = failing({
    client,
    stream,
    flushIntervalMs: 0,
    maxWaitingRows: 1,
    overflow: 'reject',
    fullRetryMs: 200,
  })
  await producer.submitAndSettle(target, { producer: 1, seq: 0 })
  // It is accepted, and then Redis says that there is no room.
  await producer.submit(target, { producer: 1, seq: 1 })
  await eventually(() => !producer.trySubmit(target, { producer: 1, seq: 2 }))
  await expect(producer.submit(target, { producer: 1, seq: 3 })).rejects.toMatchObject({
    code: 'BATCHFLOW_FULL',
  })
  await expect(producer.submitAndSettle(target, { producer: 1, seq: 3 })).rejects.toMatchObject({
    code: 'BATCHFLOW_FULL',
  })
  await client.unlink(key, `${key}:meter`)
  await eventually(async () => {
    // What was accepted meanwhile comes in one row at a time.
    await client.unlink(`${key}:meter`)
    return producer.stats().ledger.pending === 0
  })
  expect(producer.stats().ledger.deadLettered).toBe(0)
})

test('producers and workers that count shards differently are told, and nothing is added', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await using first = failing({ client, stream })
  await first.submitAndSettle(target, { producer: 1, seq: 0 })
  const other = createStreamProducer({
    client,
    stream,
    shards: 3,
    closeTimeoutMs: 100,
    fullRetryMs: 10,
    onDeadLetter: () => {},
  })
  await other.submit(target, { producer: 1, seq: 1 })
  await expect(other.close()).rejects.toMatchObject({
    code: 'BATCHFLOW_CLOSE_TIMEOUT',
    cause: {
      code: 'BATCHFLOW_INVALID_OPTION',
      message: `shards must be 2, as for all who use the stream ${stream}, got 3`,
    },
  })
  expect(other.stats().ledger).toMatchObject({ submitted: 1, returned: 1 })
  expect(await rowsOf(client, stream)).toEqual(['1:0'])
})

test('rows wait while Redis is away, and are in the stream when it is back', async () => {
  await using server = await startServer('--appendonly', 'yes')
  await using producer = failing({ client: server.outside, stream: 's', flushSize: 10 })
  await producer.submitAndSettle(target, { producer: 1, seq: 0 })
  await server.kill()
  const settled = [1, 2, 3].map(async (seq) => await producer.submitAndSettle(target, { producer: 1, seq }))
  await server.restart('--appendonly', 'yes')
  await Promise.all(settled)
  expect(await rowsOf(server.outside, 's')).toEqual(['1:0', '1:1', '1:2', '1:3'])
})

test('what cannot get into the stream goes to the dead-letter handler as it was submitted', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  const letters: unknown[] = []
  const row = { producer: 1, seq: 1, json: { at: new Date(1), big: 5n }, missing: undefined }
  await using producer = createStreamProducer({
    client: new Redis({ port: 1, lazyConnect: true }),
    stream,
    retry: { maxAttempts: 2, backoffMs: 1 },
    onDeadLetter: ({ target: name, rows }) => {
      letters.push(name, ...rows)
    },
  })
  await expect(producer.submitAndSettle(target, row)).rejects.toMatchObject({
    code: 'BATCHFLOW_BATCH_FAILED',
  })
  expect(letters).toEqual(['events', row])
  expect(await rowsOf(client, stream)).toEqual([])
})
