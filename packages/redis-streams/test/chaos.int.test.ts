import { createStreamProducer } from '@batchflow/redis-streams'
import { expect, test } from '@jest/globals'
import { openDatabase, type TestDatabase } from './support/database.ts'
import { eventually } from './support/eventually.ts'
import { Load } from './support/load.ts'
import { type OwnServer, startServer } from './support/own-server.ts'
import { Processes, WorkerProcess } from './support/worker-process.ts'
import { rowsIn, type RawEntry } from './support/rows-in.ts'

const shards = 4
const leaseMs = 1_000
const stream = 'chaos'
const keys = Array.from({ length: shards }, (_, shard) => `{${stream}:${shard}}`)
const kills = 20

/** Producers, workers and all that is known of their rows. */
interface Chaos {
  readonly server: OwnServer
  readonly database: TestDatabase
  readonly loads: readonly Load[]
  readonly workers: WorkerProcess[]
  /** Rows that were taken out of the stream by force, as `producer:seq`. */
  readonly taken: Set<string>
  start(): WorkerProcess
}

test('whatever happens to workers and to Redis, each accepted row is in PostgreSQL once or known to be lost', async () => {
  await using database = await openDatabase()
  await using server = await startServer()
  const { port } = server
  await using processes = new Processes()
  const producers = [0, 1].map(() =>
    createStreamProducer({
      client: server.outside,
      stream,
      shards,
      flushSize: 50,
      key: (_, row) => row['key'] as number,
      onDeadLetter: ({ error }) => {
        throw error
      },
    }),
  )
  const loads = producers.map((producer, index) => new Load(index, producer))
  const workers: WorkerProcess[] = []
  const start = () =>
    processes.add(new WorkerProcess({ port, schema: database.schema, stream, shards, leaseMs }))
  for (let index = 0; index < shards; index++) workers.push(start())
  const chaos: Chaos = { server, database, loads, workers, taken: new Set(), start }
  await caughtUp(chaos)

  const recoveries: number[] = []
  for (let kill = 0; kill < kills; kill++) recoveries.push(await killOne(chaos, kill % workers.length))
  const stopped = await stopAndContinue(chaos)
  await destroyGroups(chaos)
  const deleted = await deletePending(chaos)
  await flushAll(chaos)
  await caughtUp(chaos)

  for (const load of loads) await load.stop()
  const accepted = await Promise.all(loads.map(async (load) => await load.accepted()))
  for (const producer of producers) await producer.close()
  await eventually(async () => (await waiting(server)) === 0)
  await Promise.all(workers.map(async (worker) => await worker.close()))

  const { rows } = await database.pool.query<{ row: string }>(
    `select producer || ':' || seq as row from events`,
  )
  const written = new Set(rows.map(({ row }) => row))
  const missing = accepted
    .flatMap((count, producer) => Array.from({ length: count }, (_, seq) => `${producer}:${seq}`))
    .filter((row) => !written.has(row))
  const sorted = recoveries.toSorted((a, b) => a - b)
  process.stdout.write(
    `chaos: ${accepted[0]} + ${accepted[1]} rows accepted, ${rows.length} written, ${missing.length} flushed away or deleted; ` +
      `recovery after kill -9 with a lease of ${leaseMs} ms: median ${sorted[kills / 2]} ms, longest ${sorted.at(-1)} ms\n`,
  )
  expect(rows).toHaveLength(written.size)
  expect(missing.filter((row) => !chaos.taken.has(row))).toEqual([])
  expect(rows.length + missing.length).toBe((accepted[0] ?? 0) + (accepted[1] ?? 0))
  expect(deleted).toBeGreaterThan(0)
  expect(stopped.shardsLost).toBeGreaterThan(0)
  for (const { process } of workers) expect(process.exitCode).toBe(0)
}, 300_000)

/** Resolves when every row that was accepted before this call is written, or was taken away. */
async function caughtUp({ database, loads, taken }: Chaos): Promise<void> {
  const accepted = await Promise.all(loads.map(async (load) => await load.accepted()))
  const gone = [...taken].filter((row) => {
    const [producer = 0, seq = 0] = row.split(':').map(Number)
    return seq < (accepted[producer] ?? 0)
  })
  const before = accepted.map((count, producer) => `(producer = ${producer} and seq < ${count})`).join(' or ')
  const wanted = accepted.reduce((sum, count) => sum + count, 0)
  const lost = await countMissing(database, gone)
  await eventually(
    async () => (await database.count(`select count(*) from events where ${before}`)) >= wanted - lost,
    50,
  )
}

/** Of these rows, how many are not written. Those in the hands of workers may come later, which only makes it fewer. */
async function countMissing(database: TestDatabase, rows: readonly string[]): Promise<number> {
  const { rows: found } = await database.pool.query<{ n: number }>(
    `select count(*)::int as n from events where producer || ':' || seq = any($1)`,
    [rows],
  )
  return rows.length - (found[0]?.n ?? 0)
}

/** Answers the milliseconds until everything accepted before the kill was written. */
async function killOne(chaos: Chaos, index: number): Promise<number> {
  const { workers, start } = chaos
  await eventually(() => (workers[index]?.stats?.rowsSettled ?? 0) > 0)
  const began = performance.now()
  await workers[index]?.kill()
  await caughtUp(chaos)
  const tookMs = Math.round(performance.now() - began)
  workers[index] = start()
  return tookMs
}

/** A worker stands still until others have its shards, and then goes on. */
async function stopAndContinue(chaos: Chaos): Promise<{ readonly shardsLost: number }> {
  const { workers } = chaos
  const victim = workers[0] as WorkerProcess
  await eventually(() => (victim.stats?.shards.length ?? 0) > 0)
  victim.process.kill('SIGSTOP')
  await eventually(
    () => workers.slice(1).reduce((sum, { stats }) => sum + (stats?.shards.length ?? 0), 0) === shards,
  )
  await caughtUp(chaos)
  victim.process.kill('SIGCONT')
  await eventually(() => (victim.stats?.shardsLost ?? 0) > 0)
  await caughtUp(chaos)
  return { shardsLost: victim.stats?.shardsLost ?? 0 }
}

async function destroyGroups(chaos: Chaos): Promise<void> {
  const { server, workers } = chaos
  for (const key of keys) await server.outside.xgroup('DESTROY', key, 'writers')
  await eventually(() => workers.some(({ stats }) => (stats?.groupsMade ?? 0) > 0))
  await caughtUp(chaos)
}

/** Entries are deleted while workers that stand still have them; these workers never come back. */
async function deletePending(chaos: Chaos): Promise<number> {
  const { server, workers, taken, start } = chaos
  const ids: (readonly [key: string, id: string])[] = []
  await eventually(async () => {
    for (const { process } of workers) process.kill('SIGSTOP')
    for (const key of keys) {
      const pending = (await server.outside.xpending(key, 'writers', '-', '+', 100)) as [id: string][]
      ids.push(...pending.map(([id]) => [key, id] as const))
    }
    if (ids.length === 0) for (const { process } of workers) process.kill('SIGCONT')
    return ids.length > 0
  })
  for (const [key, id] of ids) {
    const entries = (await server.outside.xrange(key, id, id)) as RawEntry[]
    for (const row of rowsIn(entries)) taken.add(row)
    await server.outside.xdel(key, id)
  }
  for (const [index, worker] of workers.entries()) {
    await worker.kill()
    workers[index] = start()
  }
  const counted = () => workers.reduce((sum, { stats }) => sum + (stats?.deletedWhilePending ?? 0), 0)
  await eventually(() => counted() === ids.length)
  await caughtUp(chaos)
  return counted()
}

async function flushAll({ server, taken }: Chaos): Promise<void> {
  const transaction = server.outside.multi()
  for (const key of keys) transaction.xrange(key, '-', '+')
  const answers = (await transaction.flushall().exec()) ?? []
  for (const [, entries] of answers.slice(0, shards))
    for (const row of rowsIn(entries as RawEntry[])) taken.add(row)
}

async function waiting(server: OwnServer): Promise<number> {
  const lengths = await Promise.all(keys.map(async (key) => await server.outside.xlen(key)))
  return lengths.reduce((sum, length) => sum + length, 0)
}
