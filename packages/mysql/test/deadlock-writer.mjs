// A process of deadlocks.int.test.ts: adds to counters whose keys it shares with other processes, several batches at once,
// until it is told to stop. Through the driver, or with the rows as they come.
import { mysql, tableOf } from '@batchflow/mysql'
import { createPool } from 'mysql2/promise'

const { url, keys, flushers, rows, sorted } = JSON.parse(process.argv[2])
const counters = tableOf()('counters', {
  columns: ['id', 'n'],
  conflict: { strategy: 'update', columns: ['id'], update: { n: 'add' } },
})
const pool = createPool({ uri: url, connectionLimit: flushers })
const driver = mysql({ pool })
const { signal } = new AbortController()

const stop = new AbortController()
process.on('message', () => stop.abort())

/** So many keys in any order. */
function someKeys() {
  const all = Array.from({ length: keys }, (_, key) => key)
  for (let index = 0; index < rows; index++) {
    const other = index + Math.floor(Math.random() * (keys - index))
    ;[all[index], all[other]] = [all[other], all[index]]
  }
  return all.slice(0, rows)
}

async function write(id) {
  const given = someKeys()
  if (sorted)
    return await driver.write(
      { id, target: counters, rows: given.map((key) => ({ id: key, n: 1 })) },
      { attempt: 1, signal },
    )
  const values = given.map((key) => `(${key}, 1)`).join(', ')
  return await pool.query(`insert into counters values ${values} on duplicate key update n = n + values(n)`)
}

const counts = { batches: 0, deadlocks: 0 }

async function flush(flusher) {
  for (let number = 0; !stop.signal.aborted; number++)
    try {
      await write(`${process.pid}.${flusher}.${number}`)
      counts.batches++
    } catch (error) {
      if (driver.classify(error)?.reason !== 'deadlock') throw error
      counts.deadlocks++
      process.send({ deadlock: true })
    }
}

await Promise.all(Array.from({ length: flushers }, (_, flusher) => flush(flusher)))
await driver.close()
await pool.end()
process.send(counts)
process.disconnect()
