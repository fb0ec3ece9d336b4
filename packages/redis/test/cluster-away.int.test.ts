import { counterOf, redis, type RedisOptions } from '@batchflow/redis'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { slotOf } from '../src/key-slot.ts'
import { eventually } from './eventually.ts'
import { flowOver } from './flow.ts'
import { type OwnCluster, startCluster } from './own-cluster.ts'
import type { OwnServer } from './own-server.ts'
import { end } from './server.ts'

let cluster: OwnCluster
beforeAll(async () => {
  // What was answered survives the death of a server.
  cluster = await startCluster('--appendonly', 'yes', '--appendfsync', 'always')
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
})

async function open(options: Omit<RedisOptions, 'client'>) {
  const client = cluster.connect()
  const driver = redis({ ...options, client })
  const prefix = `${randomUUID()}:`
  const hits = counterOf<{ key: string }>()('hits', { key: ({ key }) => `${prefix}${key}` })
  const serverOf = (key: string) => cluster.serverOf(slotOf(`${prefix}${key}`))
  return {
    driver,
    hits,
    serverOf,
    async counted(): Promise<number> {
      const keys = await cluster.keys(`${prefix}[0-9]*`)
      const counts = await Promise.all(keys.map(async (key) => Number(await cluster.outside.get(key))))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async [Symbol.asyncDispose]() {
      await driver.close()
      await end(client)
    },
  }
}

async function isWell(server: OwnServer): Promise<boolean> {
  const info = await server.outside.cluster('INFO').catch(() => '')
  return info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384')
}

const rows = 900

describe.each([
  { transport: 'client', ledger: true },
  { transport: 'socket', ledger: true },
] as const)('with %j', (options) => {
  test('a server that is killed does not stop the others, and its rows are written when it is back', async () => {
    await using db = await open(options)
    const { flow, letters } = flowOver(db.driver, { timeoutMs: 2_000 })
    for (let row = 0; row < rows; row++) await flow.submit(db.hits, { key: `${row}` })
    await flow.flush()
    const [, killed] = cluster.servers as [OwnServer, OwnServer, OwnServer]
    const away = Array.from({ length: rows }, (_, row) => row).filter(
      (row) => db.serverOf(`${row}`) === killed,
    )
    await killed.kill()
    for (let row = 0; row < rows; row++) await flow.submit(db.hits, { key: `${row}` })
    await eventually(() => flow.stats().ledger.written === 2 * rows - away.length)
    expect(flow.stats().ledger.pending).toBe(away.length)
    await killed.restart()
    await eventually(async () => (await Promise.all(cluster.servers.map(isWell))).every(Boolean))
    await flow.close()
    expect(letters).toEqual([])
    expect(await db.counted()).toBe(2 * rows)
  })

  test('a server that is stopped does not stop the others, and nothing is counted twice when it goes on', async () => {
    await using db = await open(options)
    const { flow, letters } = flowOver(db.driver, { timeoutMs: 500 })
    for (let row = 0; row < rows; row++) await flow.submit(db.hits, { key: `${row}` })
    await flow.flush()
    const [, , stopped] = cluster.servers as [OwnServer, OwnServer, OwnServer]
    const away = Array.from({ length: rows }, (_, row) => row).filter(
      (row) => db.serverOf(`${row}`) === stopped,
    )
    stopped.process.kill('SIGSTOP')
    for (let row = 0; row < rows; row++) await flow.submit(db.hits, { key: `${row}` })
    await eventually(() => flow.stats().ledger.written === 2 * rows - away.length)
    stopped.process.kill('SIGCONT')
    await eventually(async () => (await Promise.all(cluster.servers.map(isWell))).every(Boolean))
    await flow.close()
    expect(letters).toEqual([])
    expect(await db.counted()).toBe(2 * rows)
  })
})
