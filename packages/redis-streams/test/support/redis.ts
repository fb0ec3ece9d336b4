import { randomUUID } from 'node:crypto'
import { type Cluster, Redis } from 'ioredis'

/** Where the tests' server is. */
export const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'

/** A client of the tests' server and a stream of the test's own; both go away at the end of the test. */
export interface TestStream extends AsyncDisposable {
  readonly client: Redis
  readonly stream: string
}

export async function openStream(): Promise<TestStream> {
  const client = new Redis(url)
  const stream = `test-${randomUUID()}`
  await client.ping()
  return {
    client,
    stream,
    async [Symbol.asyncDispose]() {
      for await (const keys of client.scanStream({ match: `{${stream}*`, count: 10_000 }))
        if ((keys as string[]).length > 0) await client.unlink(...(keys as string[]))
      await end(client)
    },
  }
}

/** Ends a client and waits until nothing of it is left. */
export async function end(client: Redis | Cluster): Promise<void> {
  // Between two connections ioredis says nothing.
  if (client.status === 'end' || client.status === 'reconnecting') return client.disconnect()
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
  client.disconnect()
  await ended
}
