/** A worker in a process of its own, to be killed: `node worker-process.mjs <settings as JSON>`. Tells its stats to its parent.
 * SIGTERM closes it; with `crashAfterCommit` it ends itself, without a word, after the first commit. */
import { postgres, tableOf } from '@batchflow/postgres'
import { createStreamWorker } from '@batchflow/redis-streams'
import { Redis } from 'ioredis'
import pg from 'pg'

const {
  port,
  schema,
  stream,
  shards,
  leaseMs,
  postgresUrl,
  crashAfterCommit = false,
} = JSON.parse(process.argv[2])
const client = new Redis(port, '127.0.0.1', { lazyConnect: true })
const pool = new pg.Pool({ connectionString: postgresUrl, max: 4, options: `-c search_path=${schema}` })
pool.on('error', () => {})
const events = tableOf()('events', { columns: ['producer', 'seq', 'key', 'at'] })

function driver() {
  const inner = postgres({ pool, ledger: true })
  if (!crashAfterCommit) return inner
  return new Proxy(inner, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (name !== 'write') return typeof value === 'function' ? value.bind(target) : value
      return async (...args) => {
        await target.write(...args)
        process.kill(process.pid, 'SIGKILL')
        await new Promise(() => {})
      }
    },
  })
}

const worker = createStreamWorker({
  client,
  stream,
  shards,
  group: 'writers',
  leaseMs,
  maxDeliveries: 1_000,
  targets: { events },
  ledger: { driver, flushSize: 200, timeoutMs: 5_000 },
})
setInterval(() => process.send?.(worker.stats(), () => {}), 25)
process.on('disconnect', () => process.exit(1))
async function end() {
  await worker.close({ timeoutMs: 10_000 })
  await pool.end()
  process.send?.(worker.stats(), () => process.exit(0))
}

process.on('SIGTERM', () => {
  end().catch(() => process.exit(1))
})
