import { ledgerTable, postgres, type PostgresOptions, tableOf } from '@batchflow/postgres'
import { type ContractRow, type ContractStore, driverContract } from '@batchflow/testkit'
import { describe, test } from '@jest/globals'
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'
import { openDatabase } from './database.ts'

const columns = `(id integer primary key, name text check (name <> 'bad'), note text default 'none')`
const define = tableOf<ContractRow>()
const all = ['id', 'name', 'note'] as const

const flavours: readonly (readonly [string, (pool: Pool) => PostgresOptions])[] = [
  ['arrays and COPY', (pool) => ({ pool })],
  ['arrays, prepared', (pool) => ({ pool, strategy: 'unnest', prepared: true })],
  ['a parameter per value', (pool) => ({ pool, strategy: 'values' })],
  ['with a ledger', (pool) => ({ pool, ledger: true })],
  ['through Kysely', (pool) => ({ db: new Kysely({ dialect: new PostgresDialect({ pool }) }) })],
  [
    'through Kysely, with a ledger',
    (pool) => ({ db: new Kysely({ dialect: new PostgresDialect({ pool }) }), ledger: true }),
  ],
]

async function openStore(optionsOf: (pool: Pool) => PostgresOptions): Promise<ContractStore> {
  const database = await openDatabase()
  await database.query(`create table rows ${columns}; ${ledgerTable}`)
  // As an application with Kysely does: Kysely does not listen to its clients.
  database.pool.on('connect', (client) => client.on('error', () => {}))
  const driver = postgres(optionsOf(database.pool))
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
      const found = await database.query(`select * from ${table === 'table' ? 'rows' : table} order by id`)
      return found.map((row) => ({ ...row })) as unknown as ContractRow[]
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
