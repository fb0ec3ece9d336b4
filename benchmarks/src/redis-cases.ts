import { createBatchFlow } from '@batchflow/core'
import { recommendedOptions, redis, type RedisOptions } from '@batchflow/redis'
import { Redis } from 'ioredis'
import { once } from 'node:events'
import type { CaseOptions, OpenCase } from './case.ts'
import { RawWriter } from './redis-raw.ts'
import { sessionRow, type SessionRow, sessions } from './redis-rows.ts'

const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'

/** Batches that are out at the same time, in every case alike. */
const inFlight = 4

/** Opens a client, and what the case does with it; both are there before the clock runs. */
function withClient(prepare: (client: Redis, options: CaseOptions) => Promise<Load>): OpenCase {
  return {
    async open(options) {
      const client = new Redis(url, recommendedOptions())
      await once(client, 'ready')
      const run = await prepare(client, options)
      const before = await setsSoFar(client)
      return {
        run,
        // The server counts its commands. Somebody else may set keys too.
        arrived: async () => Math.min(options.rows, (await setsSoFar(client)) - before),
        close: async () => client.disconnect(),
      }
    },
  }
}

/** Writes all rows of a case. */
type Load = () => Promise<void>

async function setsSoFar(client: Redis): Promise<number> {
  const stats = await client.info('commandstats')
  return Number(/^cmdstat_set:calls=(\d+)/m.exec(stats)?.[1] ?? 0)
}

interface FlowCase extends Omit<RedisOptions, 'client'> {
  /** Rows that may wait, in batches. Left out: the flow's own default of 10,000 rows. */
  readonly bufferBatches?: number
}

/** How the engine is used where speed matters: `trySubmit`, and waiting only when there is no room. */
function flow({ bufferBatches, ...redisOptions }: FlowCase): OpenCase {
  return withClient(async (client, { rows, flushSize }) => {
    const driver = redis({ ...redisOptions, client })
    await driver.prepare(sessions, { signal: new AbortController().signal })
    return async () => {
      await using batchFlow = createBatchFlow({
        driver,
        flushSize,
        concurrencyLimit: inFlight,
        ...(bufferBatches !== undefined && { bufferSize: bufferBatches * flushSize }),
        onDeadLetter: ({ error }) => {
          throw error
        },
      })
      for (let id = 0; id < rows; id++) {
        const row = sessionRow(id)
        if (!batchFlow.trySubmit(sessions, row)) await batchFlow.submit(sessions, row)
      }
    }
  })
}

/** The loop that people write by hand: a pipeline per batch, its answers looked at. */
const pipeline = withClient(
  async (client, options) => () =>
    inBatches(options, async (batch) => {
      const commands = client.pipeline()
      for (const { key, value, ttl } of batch) commands.set(key, value, 'EX', ttl)
      for (const [error] of (await commands.exec()) ?? []) if (error !== null) throw error
    }),
)

const raw = withClient(async (_client, options) => {
  const writer = await RawWriter.open(new URL(url))
  return async () => {
    await inBatches(options, (batch) => writer.write(batch))
    writer.close()
  }
})

/** Makes rows and hands them on in batches, of which so many are out at the same time. */
async function inBatches(
  { rows, flushSize }: CaseOptions,
  write: (batch: readonly SessionRow[]) => Promise<void>,
): Promise<void> {
  const out = new Set<Promise<void>>()
  let batch: SessionRow[] = []
  for (let id = 0; id < rows; id++) {
    batch.push(sessionRow(id))
    if (batch.length < flushSize && id < rows - 1) continue
    while (out.size >= inFlight) await Promise.race(out)
    const writing = write(batch).then(() => {
      out.delete(writing)
    })
    out.add(writing)
    batch = []
  }
  await Promise.all(out)
}

// As much as is out at the same time, and one batch that is being filled: what the loops by hand hold, too.
const bufferBatches = inFlight + 1

export const redisCases: Readonly<Record<string, OpenCase>> = {
  flow: flow({ bufferBatches }),
  flowSocket: flow({ bufferBatches, transport: 'socket' }),
  flowDefaultBuffer: flow({}),
  flowAtomic: flow({ bufferBatches, atomic: true }),
  flowLedger: flow({ bufferBatches, ledger: true }),
  pipeline,
  raw,
}
