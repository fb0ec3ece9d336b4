// A process of faults.int.test.ts whose files may not grow beyond a limit: writes a batch that is too large for that, then
// smaller ones, and says what became of them.
import { sqlite, tableOf } from '@batchflow/sqlite'

const driver = sqlite({ path: process.argv[2] })
const users = tableOf()('users', { columns: ['id', 'name'] })
const context = { attempt: 1, signal: new AbortController().signal }

const failures = []
const write = async (count, length) => {
  const rows = Array.from({ length: count }, (_, id) => ({ id, name: `${id} ${'x'.repeat(length)}` }))
  try {
    await driver.write({ id: `${count}`, target: users, rows }, context)
    return count
  } catch (error) {
    const { kind, reason } = driver.classify(error)
    failures.push([kind, reason])
    return 0
  }
}

let written = await write(1_000, 1_000)
written += await write(1_000, 10)
const [{ stored }] = await driver.query('select count(*) as stored from users')
await driver.close()
process.stdout.write(JSON.stringify({ failures, written, stored }))
