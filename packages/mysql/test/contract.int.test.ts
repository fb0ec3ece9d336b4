import { ledgerTable, mysql, type MysqlOptions, tableOf } from '@batchflow/mysql'
import { type ContractRow, type ContractStore, driverContract } from '@batchflow/testkit'
import { describe, test } from '@jest/globals'
import { Kysely, MysqlDialect } from 'kysely'
import type { Pool } from 'mysql2/promise'
import { openDatabase } from './database.ts'

const columns = `(id integer primary key, name longtext check (name <> 'bad'), note varchar(50) default 'none')`
const define = tableOf<ContractRow>()
const all = ['id', 'name', 'note'] as const

function kyselyOver({ pool }: Pool): Kysely<unknown> {
  return new Kysely({ dialect: new MysqlDialect({ pool }) })
}

const flavours: readonly (readonly [string, (pool: Pool) => MysqlOptions])[] = [
  ['prepared', (pool) => ({ pool })],
  ['as text', (pool) => ({ pool, protocol: 'text' })],
  ['with a ledger', (pool) => ({ pool, ledger: true })],
  ['over a pool of callbacks', ({ pool }) => ({ pool })],
  ['through Kysely', (pool) => ({ db: kyselyOver(pool) })],
  ['through Kysely, with a ledger', (pool) => ({ db: kyselyOver(pool), ledger: true })],
]

async function openStore(optionsOf: (pool: Pool) => MysqlOptions): Promise<ContractStore> {
  const database = await openDatabase()
  await database.query(`create table \`rows\` ${columns}; ${ledgerTable}`)
  const driver = mysql(optionsOf(database.pool))
  return {
    driver: driver as unknown as ContractStore['driver'],
    insert: define('rows', { columns: all }),
    ignore: define('rows', { columns: all, conflict: { strategy: 'ignore', columns: ['id'] } }),
    update: define('rows', {
      columns: all,
      conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
    }),
    missing: define('missing', { columns: all }),
    createMissing: async () => void (await database.query(`create table missing ${columns}`)),
    bad: (id) => ({ id, name: 'bad' }),
    async read(table) {
      const name = table === 'table' ? 'rows' : table
      return (await database.query(`select * from \`${name}\` order by id`)) as unknown as ContractRow[]
    },
    dispose: () => database.close(),
  }
}

for (const [name, optionsOf] of flavours) {
  describe(name, () => {
    // oxlint-disable-next-line jest/expect-expect -- a check asserts by itself
    for (const check of driverContract(() => openStore(optionsOf))) test(check.name, check.run)
  })
}
