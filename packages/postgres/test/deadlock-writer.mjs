// A process of deadlock.int.test.ts: writes random upserts of shared keys, several batches at once, until it is told to
// stop. Runs the driver from dist, whose inside it takes where rows are not to be sorted.
import { tableOf } from '@batchflow/postgres'
import { BatchWriter } from '../dist/batch-writer.js'
import { describeTable } from '../dist/catalog.js'
import { classify } from '../dist/classify.js'
import { planTable } from '../dist/plan.js'
import { PoolSessions } from '../dist/wire/pool-sessions.js'
import pg from 'pg'

const { url, keys, flushers, rows, sorted } = JSON.parse(process.argv[2])
const counters = tableOf()('counters', {
  columns: ['id', 'n'],
  conflict: { strategy: 'update', columns: ['id'], update: { n: 'add' } },
})
// Deadlocks are looked for soon, so that there is time for many.
const pool = new pg.Pool({ connectionString: url, max: flushers, options: '-c deadlock_timeout=50ms' })
const sessions = new PoolSessions(pool)
const attempt = { signal: new AbortController().signal }

const stop = new AbortController()
process.on('message', () => stop.abort())

const plan = await sessions.use(attempt, async (session) =>
  planTable(counters, await describeTable(session, counters), {
    strategy: 'unnest',
    prepared: false,
    canCopy: true,
  }),
)

/** So many keys in any order. */
function someKeys() {
  const all = Array.from({ length: keys }, (_, key) => key)
  for (let index = 0; index < rows; index++) {
    const other = index + Math.floor(Math.random() * (keys - index))
    ;[all[index], all[other]] = [all[other], all[index]]
  }
  return all.slice(0, rows)
}

const counts = { batches: 0, deadlocks: 0 }

async function flush(flusher) {
  for (let number = 0; !stop.signal.aborted; number++) {
    const batch = {
      id: `${process.pid}.${flusher}.${number}`,
      target: counters,
      rows: someKeys().map((id) => ({ id, n: 1 })),
    }
    const options = { ledger: false, checksTypes: false, statementTimeoutMs: 60_000, maxStatements: 1 }
    try {
      await sessions.use(attempt, (session) =>
        new BatchWriter(session, sorted ? plan : { ...plan, key: [] }, batch, options).write(),
      )
      counts.batches++
    } catch (error) {
      if (classify(error)?.reason !== 'deadlock') throw error
      counts.deadlocks++
      process.send({ deadlock: true })
    }
  }
}

await Promise.all(Array.from({ length: flushers }, (_, flusher) => flush(flusher)))
await pool.end()
process.send(counts)
process.disconnect()
