import { createBatchFlow } from '@batchflow/core'
import { postgres } from '@batchflow/postgres'
import { createStreamProducer, createStreamWorker, type StreamWorker } from '@batchflow/redis-streams'
import { describe, expect, test } from '@jest/globals'
import { setTimeout as pause } from 'node:timers/promises'
import { latest, openDatabase, type TestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { openStream, type TestStream } from '../support/redis.ts'

const shards = 8
const keys = 60

function open({ client, stream }: TestStream, { pool }: TestDatabase, mode: string): StreamWorker {
  const common = { client, stream, shards, group: 'writers', leaseMs: 400, targets: { latest } }
  if (mode === 'ledger')
    return createStreamWorker({
      ...common,
      ledger: { driver: () => postgres({ pool, ledger: true }), flushSize: 50 },
    })
  const flow = createBatchFlow({
    driver: postgres({ pool }),
    flushSize: 50,
    flushIntervalMs: 5,
    onDeadLetter: ({ error }) => {
      throw error
    },
  })
  return createStreamWorker({ ...common, flow })
}

describe.each(['ledger', 'flow'])('with %s', (mode) => {
  test('the last row of a key wins, whatever workers come and go', async () => {
    await using database = await openDatabase()
    await using redis = await openStream()
    await using producer = createStreamProducer({
      client: redis.client,
      stream: redis.stream,
      shards,
      flushSize: 20,
      flushIntervalMs: 5,
      // On a machine that is slow the load is, too.
      maxWaitingRows: 200,
      onDeadLetter: ({ error }) => {
        throw error
      },
    })
    let seq = 0
    const stop = new AbortController()
    const loading = (async () => {
      while (!stop.signal.aborted) {
        for (let row = 0; row < 10; row++, seq++)
          await producer.submit(latest, { producer: 1, seq, key: seq % keys, at: new Date(seq) })
        await pause(5)
      }
    })()
    const workers: StreamWorker[] = []
    const all: StreamWorker[] = []
    const join = async () => {
      const worker = open(redis, database, mode)
      workers.push(worker)
      all.push(worker)
      // Each has its share: as many as any other, or one less.
      await eventually(() => {
        const shares = workers.map((one) => one.stats().shards.length)
        return sumOf(shares) === shards && Math.max(...shares) - Math.min(...shares) <= 1
      })
    }
    for (let count = 0; count < 4; count++) await join()
    for (let count = 0; count < 2; count++) {
      await workers.shift()?.close()
      await join()
    }
    stop.abort()
    await loading
    await producer.flush()
    const settled = () => sumOf(all.map((worker) => worker.stats().rowsSettled))
    await eventually(() => settled() === seq)
    const { rows } = await database.pool.query<{ seq: number }>('select seq from latest order by key')
    const last = Array.from({ length: keys }, (_, key) => key + keys * Math.floor((seq - 1 - key) / keys))
    expect(rows.map((row) => row.seq)).toEqual(last)
    for (const worker of workers) await worker.close()
    expect(sumOf(all.map((worker) => worker.stats().redelivered))).toBe(0)
  }, 90_000)
})

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
