import { createBatchFlow } from '@batchflow/core'
import { postgres } from '@batchflow/postgres'
import { createStreamProducer, createStreamWorker } from '@batchflow/redis-streams'
import { Redis } from 'ioredis'
import { poolIn, stress, stressRow, warmUpFrom, warmUpRows } from './streams-table.ts'

/** What a process of a streams case is to do: `node streams-process.js <these as JSON>`. */
export interface StreamsProcess {
  readonly role: 'producer' | 'worker'
  readonly stream: string
  readonly schema: string
  readonly shards: number
  readonly flushSize: number
  readonly mode: 'ledger' | 'flow'
  /** Ids that a producer makes: from, up to, without the last. */
  readonly ids?: readonly [number, number]
}

const given = JSON.parse(process.argv[2] ?? '{}') as StreamsProcess
const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const client = new Redis(url, { lazyConnect: true })
let cpu = process.cpuUsage()

// Whoever has started it is gone.
process.on('disconnect', () => process.exit(1))

process.on('message', (message) => {
  if (message === 'go') cpu = process.cpuUsage()
  if (message === 'end') process.exit()
})

function tell(message: object): void {
  const { user, system } = process.cpuUsage(cpu)
  process.send?.({ ...message, cpuSeconds: (user + system) / 1e6 })
}

if (given.role === 'producer') await produce()
else await work()

async function produce(): Promise<void> {
  const { stream, shards, flushSize, ids: [from, to] = [0, 0] } = given
  const producer = createStreamProducer({
    client,
    stream,
    shards,
    flushSize,
    key: (_, row) => row['id'] as number,
    onDeadLetter: ({ error }) => {
      throw error
    },
  })
  process.on('message', (message) => {
    if (message === 'go') run().catch(fail)
  })
  const submit = async (first: number, end: number) => {
    for (let id = first; id < end; id++) {
      const row = stressRow(id)
      if (!producer.trySubmit(stress, row)) await producer.submit(stress, row)
    }
    await producer.flush()
  }
  const run = async () => {
    await submit(from, to)
    tell({ made: to - from })
  }
  await submit(warmUpFrom + from, warmUpFrom + from + warmUpRows)
  tell({ ready: true })
}

async function work(): Promise<void> {
  const { stream, schema, shards, flushSize, mode } = given
  const pool = poolIn(schema, 4)
  const common = { client, stream, shards, group: 'bench', leaseMs: 2_000, targets: { stress } }
  const worker =
    mode === 'ledger'
      ? createStreamWorker({
          ...common,
          ledger: { driver: () => postgres({ pool, ledger: true }), flushSize },
        })
      : createStreamWorker({
          ...common,
          flow: createBatchFlow({
            driver: postgres({ pool }),
            flushSize,
            onDeadLetter: ({ error }) => {
              throw error
            },
          }),
        })
  let told = false
  setInterval(() => {
    const { rowsSettled, shards: mine } = worker.stats()
    if (!told && mine.length > 0) {
      told = true
      tell({ ready: true })
    }
    tell({ rowsSettled, shards: mine.length })
  }, 20)
}

function fail(error: unknown): never {
  process.stderr.write(`${String(error)}\n`)
  process.exit(1)
}
