import { commandsOf, counterOf, redis, type RedisCommand, type RedisOptions } from '@batchflow/redis'
import { type ContractRow, type ContractStore, driverContract } from '@batchflow/testkit'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ClusterOptions } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { slotOf } from '../src/key-slot.ts'
import { contractTable, type Mode } from './contract-table.ts'
import { eventually } from './eventually.ts'
import { flowOver } from './flow.ts'
import { beginMove, type OwnCluster, startCluster } from './own-cluster.ts'
import { end } from './server.ts'
import { rowsOf, write } from './written.ts'

let cluster: OwnCluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
})

async function open(options: Omit<RedisOptions, 'client'> = {}, clientOptions: ClusterOptions = {}) {
  const client = cluster.connect(clientOptions)
  const driver = redis({ ...options, client })
  const prefix = `${randomUUID()}:`
  return {
    client,
    driver,
    prefix,
    hits: counterOf<{ key: string }>()('hits', { key: ({ key }) => `${prefix}${key}` }),
    async counted(): Promise<number> {
      const keys = await cluster.keys(`${prefix}*`)
      const counts = await Promise.all(keys.map(async (key) => Number(await cluster.outside.get(key))))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async [Symbol.asyncDispose]() {
      await driver.close()
      await end(client)
    },
  }
}

/** A key of the slot. */
function keyIn(slot: number, prefix: string): string {
  for (let number = 0; ; number++) if (slotOf(`${prefix}${number}`) === slot) return `${prefix}${number}`
}

async function openStore(options: Omit<RedisOptions, 'client'>): Promise<ContractStore> {
  const { client, driver, prefix } = await open(options)
  const servers = cluster.servers.map(({ outside }) => outside)
  const table = contractTable(servers, `${prefix}rows:`)
  const missing = contractTable(servers, `${prefix}missing:`)
  await table.create()
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
      await end(client)
    },
  }
}

const modes = [{}, { transport: 'socket' }, { atomic: true }, { ledger: true }] as const

describe.each(modes.slice(0, 2))('with %j', (options) => {
  // oxlint-disable-next-line jest/expect-expect -- a check asserts by itself
  for (const check of driverContract(() => openStore(options))) test(check.name, check.run)
})

describe.each(modes)('with %j', (options) => {
  test('rows go to the servers of their slots, all of them in one batch', async () => {
    await using db = await open(options)
    const rows = Array.from({ length: 600 }, (_, row) => ['INCRBY', `${db.prefix}${row % 200}`, 1] as const)
    expect(await write(db.driver, rowsOf(...rows))).toEqual(rows.map(() => 'w'))
    expect(await db.counted()).toBe(600)
    expect(db.driver.pool()).toEqual({ inUse: 0, idle: 3, pending: 0, max: 3 })
  })

  test('a slot that has moved is followed, in the same attempt', async () => {
    await using db = await open(options)
    const slot = 77
    const [from, to] = [cluster.serverOf(slot), cluster.servers[2] as (typeof cluster.servers)[number]]
    const key = keyIn(slot, db.prefix)
    expect(await write(db.driver, rowsOf(['INCRBY', key, 1]))).toEqual(['w'])
    await cluster.move(slot, from, to)
    expect(await write(db.driver, rowsOf(['INCRBY', key, 1], ['INCRBY', `${db.prefix}x`, 1]))).toEqual([
      'w',
      'w',
    ])
    await cluster.move(slot, to, from)
    expect(await write(db.driver, rowsOf(['INCRBY', key, 1], ['DECRBY', key, 0]))).toEqual(['w', 'w'])
    expect(await db.counted()).toBe(4)
  })
})

describe.each(modes.slice(0, 2))('with %j', (options) => {
  test('a slot that is being moved is asked for where its keys are', async () => {
    await using db = await open(options)
    const slot = 78
    const [from, to] = [cluster.serverOf(slot), cluster.servers[2] as (typeof cluster.servers)[number]]
    const old = keyIn(slot, db.prefix)
    const fresh = keyIn(slot, `${db.prefix}fresh`)
    const pair = keyIn(slot, `${db.prefix}pair`)
    expect(await write(db.driver, rowsOf(['INCRBY', old, 1]))).toEqual(['w'])
    await beginMove(slot, from, to)
    expect(
      await write(db.driver, [
        ...rowsOf(['INCRBY', old, 1], ['INCRBY', fresh, 1], ['INCRBY', old, 1], ['INCRBY', fresh, 1]),
        { commands: [['INCRBY', pair, 1] as RedisCommand, ['INCRBY', pair, 1] as RedisCommand] },
      ]),
    ).toEqual(['w', 'w', 'w', 'w', 'w'])
    expect((await from.outside.keys(`${db.prefix}*`)).sort()).toEqual([old])
    expect((await to.outside.keys(`${db.prefix}*`)).sort()).toEqual([fresh, pair].sort())
    await cluster.move(slot, from, to)
    await cluster.move(slot, to, from)
    expect(await db.counted()).toBe(7)
  })
})

test.each(modes.slice(2))('with %j a slot that is being moved is waited for', async (options) => {
  await using db = await open(options)
  const slot = 81
  const [from, to] = [cluster.serverOf(slot), cluster.servers[2] as (typeof cluster.servers)[number]]
  const rows = rowsOf(['INCRBY', keyIn(slot, db.prefix), 1], ['INCRBY', keyIn(slot, `${db.prefix}other`), 1])
  expect(await write(db.driver, rows.slice(0, 1))).toEqual(['w'])
  await beginMove(slot, from, to)
  const moving = 'transient connection TRYAGAIN'
  expect(await write(db.driver, rows)).toEqual([moving, moving])
  await cluster.move(slot, from, to)
  expect(await write(db.driver, rows)).toEqual(['w', 'w'])
  await cluster.move(slot, to, from)
  expect(await db.counted()).toBe(3)
})

test('TRYAGAIN: keys of one command that are apart while their slot is being moved', async () => {
  await using db = await open()
  const slot = 79
  const [from, to] = [cluster.serverOf(slot), cluster.servers[2] as (typeof cluster.servers)[number]]
  const one = keyIn(slot, db.prefix)
  const other = keyIn(slot, `${db.prefix}other`)
  const rows = rowsOf(['MSET', one, 1, other, 2])
  expect(await write(db.driver, rowsOf(['SET', one, 0]))).toEqual(['w'])
  await beginMove(slot, from, to)
  expect(await write(db.driver, rows)).toEqual(['transient connection TRYAGAIN'])
  await cluster.move(slot, from, to)
  expect(await write(db.driver, rows)).toEqual(['w'])
  await cluster.move(slot, to, from)
  expect(await db.counted()).toBe(3)
})

test('CROSSSLOT: a command or a row with keys of several slots costs itself', async () => {
  await using db = await open()
  const { prefix } = db
  const rows = [
    { commands: [['SET', `${prefix}a`, 1] as RedisCommand] },
    { commands: [['MSET', `${prefix}a`, 1, `${prefix}b`, 1] as RedisCommand] },
    { commands: [['SET', `${prefix}a`, 1] as RedisCommand, ['SET', `${prefix}b`, 1] as RedisCommand] },
    { commands: [['SET', `{${prefix}}a`, 1] as RedisCommand, ['SET', `{${prefix}}b`, 1] as RedisCommand] },
  ]
  expect(await write(db.driver, rows)).toEqual([
    'w',
    'poison invalid_row CROSSSLOT',
    'poison invalid_row BATCHFLOW_INVALID_ROW',
    'w',
  ])
})

test('CLUSTERDOWN: a slot that nobody serves backs off, and the others flow', async () => {
  await using db = await open()
  const slot = 80
  const server = cluster.serverOf(slot)
  const key = keyIn(slot, db.prefix).slice(db.prefix.length)
  const { flow, letters, failures } = flowOver(db.driver)
  await flow.submitAndSettle(db.hits, { key })
  for (const { outside } of cluster.servers) await outside.cluster('DELSLOTS', slot)
  for (let row = 0; row < 300; row++) await flow.submit(db.hits, { key: row % 3 === 0 ? key : `${row}` })
  await eventually(() => flow.stats().ledger.written >= 201)
  expect(flow.stats().ledger.pending).toBe(100)
  await server.outside.cluster('ADDSLOTS', slot)
  await flow.close()
  expect(letters).toEqual([])
  expect(new Set(failures)).toEqual(new Set(['transient connection']))
  expect(await db.counted()).toBe(301)
})

test('commands without a key go to any server', async () => {
  await using db = await open()
  expect(await write(db.driver, rowsOf(['PUBLISH', 'channel', 'x'], ['EVAL', 'return 1', 0]))).toEqual([
    'w',
    'w',
  ])
})

test('WRONGPASS: what the servers say to the client of a cluster', async () => {
  for (const { outside } of cluster.servers) await outside.config('SET', 'requirepass', 'right')
  try {
    await using db = await open({}, { redisOptions: { password: 'wrong' } })
    expect(await write(db.driver, rowsOf(['SET', `${db.prefix}a`, 1]))).toEqual([
      'configuration permission WRONGPASS',
    ])
  } finally {
    for (const { outside } of cluster.servers) await outside.config('SET', 'requirepass', '')
  }
})
