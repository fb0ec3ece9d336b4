import { type Cluster, Redis, type RedisOptions } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { recommendedOptions } from '@batchflow/redis'

/** Where the tests' server is. */
export const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'

/** A client of the tests' server, with keys of its own; both go away at the end of the test. */
export interface TestClient extends AsyncDisposable {
  readonly client: Redis
  /** What all keys of this test begin with. */
  readonly prefix: string
  /** Asked without the client under test. */
  readonly outside: Redis
}

export async function openClient(options: RedisOptions = {}, at: string = url): Promise<TestClient> {
  const outside = new Redis(at)
  const client = connected({ ...options }, at)
  const prefix = `batchflow:${randomUUID()}:`
  await outside.ping()
  return {
    client,
    outside,
    prefix,
    async [Symbol.asyncDispose]() {
      await deleteKeys(outside, `${prefix}*`)
      await end(client)
      await end(outside)
    },
  }
}

/** A client as a service would open it. */
export function connected(options: RedisOptions = {}, at: string = url): Redis {
  const client = new Redis(at, { ...recommendedOptions(), disconnectTimeout: 50, ...options })
  // ioredis prints what nobody listens for.
  client.on('error', () => {})
  return client
}

/** Ends a client and waits until nothing of it is left. */
export async function end(client: Redis | Cluster): Promise<void> {
  // Between two connections ioredis says nothing.
  if (client.status === 'end' || client.status === 'reconnecting') return client.disconnect()
  // Not `once` of events, which rejects with the next error that the client meets.
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
  client.disconnect()
  await ended
}

export async function deleteKeys(redis: Redis, pattern: string): Promise<void> {
  for await (const keys of redis.scanStream({ match: pattern, count: 10_000 }))
    if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]))
}
