import { sqlite, tableOf } from '@batchflow/sqlite'
import { type ContractRow, type ContractStore, driverContract } from '@batchflow/testkit'
import { test } from '@jest/globals'
import Database from 'better-sqlite3'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const columns = `(id integer primary key, name text check (name <> 'bad'), note text default 'none')`
const define = tableOf<ContractRow>()
const all = ['id', 'name', 'note'] as const

async function openStore(): Promise<ContractStore> {
  const folder = await mkdtemp(join(tmpdir(), 'batchflow-contract-'))
  const path = join(folder, 'contract.db')
  const outside = new Database(path)
  outside.pragma('journal_mode = WAL')
  outside.exec(`create table rows ${columns}`)
  const driver = sqlite({ path, synchronous: 'normal' })
  return {
    driver: driver as unknown as ContractStore['driver'],
    insert: define('rows', { columns: all }),
    ignore: define('rows', { columns: all, conflict: { strategy: 'ignore', columns: ['id'] } }),
    update: define('rows', {
      columns: all,
      conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
    }),
    missing: define('missing', { columns: all }),
    createMissing: () => Promise.resolve(void outside.exec(`create table missing ${columns}`)),
    bad: (id) => ({ id, name: 'bad' }),
    read: (table) => {
      const name = table === 'table' ? 'rows' : table
      const found = outside.prepare(`select * from ${name} order by id`).all() as ContractRow[]
      // better-sqlite3 makes its rows outside of Jest's realm; a strict comparison sees that.
      return Promise.resolve(Array.from(found, (row) => ({ ...row })))
    },
    async dispose() {
      outside.close()
      await driver.close()
      await rm(folder, { recursive: true })
    },
  }
}

// oxlint-disable-next-line jest/expect-expect -- a check asserts by itself
for (const check of driverContract(openStore)) test(check.name, check.run)
