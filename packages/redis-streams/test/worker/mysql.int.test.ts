import { randomUUID } from 'node:crypto'
import { ledgerTable, mysql, positionTable, tableOf } from '@batchflow/mysql'
import { createStreamProducer, createStreamWorker } from '@batchflow/redis-streams'
import { expect, test } from '@jest/globals'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { eventually } from '../support/eventually.ts'
import { openStream } from '../support/redis.ts'

const url = process.env['MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/test'
const events = tableOf<{ id: number; note: string | null }>()('events', { columns: ['id', 'note'] })

test('rows go through the stream into MySQL, each once, and what it refuses is set aside', async () => {
  const name = `streams_${randomUUID().replaceAll('-', '')}`
  const admin = createPool({ uri: url, connectionLimit: 1 })
  await admin.query(`create database ${name} character set utf8mb4`)
  const pool = createPool({ uri: url, connectionLimit: 4, database: name })
  try {
    for (const text of [
      'create table events (id int not null, note text not null)',
      ledgerTable,
      positionTable,
    ])
      await pool.query(text)
    await using redis = await openStream()
    const { client, stream } = redis
    await using producer = createStreamProducer({
      client,
      stream,
      shards: 2,
      flushSize: 50,
      onDeadLetter: () => {},
    })
    for (let id = 0; id < 1_000; id++) await producer.submit(events, { id, note: id === 500 ? null : 'x' })
    await producer.flush()
    const options = {
      client,
      stream,
      shards: 2,
      group: 'writers',
      leaseMs: 500,
      targets: { events },
      ledger: { driver: () => mysql({ pool, ledger: true }), flushSize: 100 },
    }
    const worker = createStreamWorker(options)
    await eventually(() => worker.stats().rowsSettled === 1_000)
    await worker.close()
    const [rows] = await pool.query<(RowDataPacket & { readonly all: number; readonly ids: number })[]>(
      'select count(*) as `all`, count(distinct id) as ids from events',
    )
    expect(rows[0]).toEqual({ all: 999, ids: 999 })
    expect(worker.stats()).toMatchObject({ rowsDeadLettered: 1, failures: 0 })
  } finally {
    await admin.query(`drop database ${name}`)
    await pool.end()
    await admin.end()
  }
})
