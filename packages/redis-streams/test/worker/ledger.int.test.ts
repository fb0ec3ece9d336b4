import { postgres } from '@batchflow/postgres'
import { createStreamProducer, createStreamWorker } from '@batchflow/redis-streams'
import { expect, test } from '@jest/globals'
import { events, openDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { openStream } from '../support/redis.ts'

test('rows go through the stream into PostgreSQL, each once', async () => {
  await using database = await openDatabase()
  await using redis = await openStream()
  const { client, stream } = redis
  const { pool } = database
  await using producer = createStreamProducer({
    client,
    stream,
    shards: 2,
    flushSize: 100,
    key: (_, row) => row['key'] as number,
    onDeadLetter: ({ error }) => {
      throw error
    },
  })
  await using worker = createStreamWorker({
    client,
    stream,
    shards: 2,
    group: 'writers',
    leaseMs: 900,
    targets: { events },
    ledger: { driver: () => postgres({ pool, ledger: true }) },
    observer: { failed: ({ error }) => console.error(error) },
  })
  for (let seq = 0; seq < 5_000; seq++)
    await producer.submit(events, { producer: 1, seq, key: seq % 97, at: new Date(seq) })
  await producer.flush()
  await eventually(async () => (await database.count('select count(*) from events')) >= 5_000)
  await eventually(() => worker.stats().rowsSettled === 5_000)
  expect(await database.count('select count(distinct seq) from events')).toBe(5_000)
  expect(await database.count('select count(*) from events')).toBe(5_000)
  expect(await client.xlen(`{${stream}:0}`)).toBe(0)
  expect(worker.stats()).toMatchObject({ failures: 0, rowsDeadLettered: 0, redelivered: 0, shardsTaken: 2 })
})
