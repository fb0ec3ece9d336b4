import { commandsOf, redis, type RedisOptions } from '@batchflow/redis'
import { type ContractRow, type ContractStore, driverContract } from '@batchflow/testkit'
import { describe, test } from '@jest/globals'
import { contractTable, type Mode } from './contract-table.ts'
import { openClient } from './server.ts'

async function openStore(options: Omit<RedisOptions, 'client'>): Promise<ContractStore> {
  const server = await openClient()
  const table = contractTable([server.outside], `${server.prefix}rows:`)
  const missing = contractTable([server.outside], `${server.prefix}missing:`)
  await table.create()
  const driver = redis({ ...options, client: server.client })
  const define = (name: string, from: typeof table, mode: Mode) =>
    commandsOf<ContractRow>()(name, (row) => [from.command(mode, row)], { key: ({ id }) => id })
  return {
    driver: driver as unknown as ContractStore['driver'],
    insert: define('insert', table, 'insert'),
    ignore: define('ignore', table, 'ignore'),
    update: define('update', table, 'update'),
    missing: define('missing', missing, 'insert'),
    createMissing: () => missing.create(),
    bad: (id) => ({ id, name: 'bad' }),
    read: (name) => (name === 'table' ? table : missing).read(),
    async dispose() {
      await table.drop()
      await missing.drop()
      await driver.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

describe.each([{ transport: 'client' }, { transport: 'socket' }] as const)('with %j', (options) => {
  // oxlint-disable-next-line jest/expect-expect -- a check asserts by itself
  for (const check of driverContract(() => openStore(options))) test(check.name, check.run)
})
