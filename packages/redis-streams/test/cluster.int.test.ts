import { postgres } from '@batchflow/postgres'
import { createStreamProducer, createStreamWorker } from '@batchflow/redis-streams'
import { expect, test } from '@jest/globals'
import { events, openDatabase } from './support/database.ts'
import { eventually } from './support/eventually.ts'
import { startCluster } from './support/own-cluster.ts'
import { end } from './support/redis.ts'

test('in a cluster the shards are on several nodes, and each row is written once', async () => {
  await using database = await openDatabase()
  await using cluster = await startCluster()
  const client = cluster.connect()
  const { pool } = database
  const shards = 8
  const producer = createStreamProducer({
    client,
    stream: 's',
    shards,
    flushSize: 50,
    key: (_, row) => row['key'] as number,
    onDeadLetter: ({ error }) => {
      throw error
    },
  })
  const worker = createStreamWorker({
    client,
    stream: 's',
    shards,
    group: 'writers',
    leaseMs: 600,
    targets: { events },
    ledger: { driver: () => postgres({ pool, ledger: true }) },
  })
  for (let seq = 0; seq < 2_000; seq++)
    await producer.submit(events, { producer: 1, seq, key: seq % 97, at: new Date(seq) })
  await producer.close()
  await eventually(() => worker.stats().rowsSettled === 2_000)
  expect(await database.count('select count(distinct seq) from events')).toBe(2_000)
  expect(await database.count('select count(*) from events')).toBe(2_000)
  const owners = await Promise.all(
    cluster.servers.map(async ({ outside }) => (await outside.keys('{s:*}')).length),
  )
  expect(owners.filter((keys) => keys > 0).length).toBeGreaterThan(1)
  await worker.close()
  await end(client)
})
