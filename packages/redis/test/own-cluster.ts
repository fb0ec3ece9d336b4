import { recommendedOptions } from '@batchflow/redis'
import { Cluster, type ClusterOptions, type Redis } from 'ioredis'
import { eventually } from './eventually.ts'
import { type OwnServer, startServer } from './own-server.ts'
import { end } from './server.ts'

/** A cluster of three primaries on this machine; it goes away at the end of the test. */
export interface OwnCluster extends AsyncDisposable {
  readonly servers: readonly OwnServer[]
  /** Asked without the client under test. */
  readonly outside: Cluster
  /** A client as a service would open it; the test ends it. */
  connect(options?: ClusterOptions): Cluster
  /** Slots go from one server to another, keys and all. */
  move(slot: number, from: OwnServer, to: OwnServer): Promise<void>
  /** The server that has a slot when the cluster begins. */
  serverOf(slot: number): OwnServer
  keys(pattern: string): Promise<string[]>
}

const slots = 16_384

export async function startCluster(...options: readonly string[]): Promise<OwnCluster> {
  const settings = [
    ['--cluster-enabled', 'yes'],
    ['--cluster-node-timeout', '1000'],
    // One server that is away does not keep the others from serving their slots.
    ['--cluster-require-full-coverage', 'no'],
  ].flat()
  const servers = await Promise.all([1, 2, 3].map(() => startServer(...settings, ...options)))
  const [first] = servers as [OwnServer, OwnServer, OwnServer]
  for (const [index, { outside, port }] of servers.entries()) {
    await outside.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
    await outside.call('CLUSTER', 'ADDSLOTSRANGE', firstSlot(index), firstSlot(index + 1) - 1)
    if (index > 0) await first.outside.cluster('MEET', '127.0.0.1', port)
  }
  await eventually(async () => {
    const infos = await Promise.all(servers.map(({ outside }) => outside.cluster('INFO')))
    return infos.every(
      (info) => info.includes('cluster_state:ok') && info.includes(`slots_assigned:${slots}`),
    )
  })
  const connect = (clientOptions: ClusterOptions = {}) => {
    const cluster = new Cluster([{ host: '127.0.0.1', port: first.port }], {
      clusterRetryStrategy: () => 20,
      ...clientOptions,
      redisOptions: { ...recommendedOptions(), disconnectTimeout: 50, ...clientOptions.redisOptions },
    })
    cluster.on('error', () => {})
    return cluster
  }
  const outside = connect()
  await outside.ping()
  return {
    servers,
    outside,
    connect,
    async move(slot, from, to) {
      await beginMove(slot, from, to)
      for (;;) {
        const keys = await from.outside.cluster('GETKEYSINSLOT', slot, 100)
        if (keys.length === 0) break
        await from.outside.migrate('127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys)
      }
      await endMove(slot, to, servers)
    },
    serverOf: (slot) => servers[servers.findIndex((_, index) => slot < firstSlot(index + 1))] as OwnServer,
    async keys(pattern) {
      const found = await Promise.all(servers.map(async (server) => await server.outside.keys(pattern)))
      return found.flat()
    },
    async [Symbol.asyncDispose]() {
      await end(outside)
      for (const server of servers) await server[Symbol.asyncDispose]()
    },
  }
}

function firstSlot(index: number): number {
  return Math.round((slots * index) / 3)
}

/** From here on the source sends clients to the target for keys that it does not have. */
export async function beginMove(slot: number, from: OwnServer, to: OwnServer): Promise<void> {
  await to.outside.cluster('SETSLOT', slot, 'IMPORTING', await idOf(from.outside))
  await from.outside.cluster('SETSLOT', slot, 'MIGRATING', await idOf(to.outside))
}

export async function endMove(slot: number, to: OwnServer, servers: readonly OwnServer[]): Promise<void> {
  const id = await idOf(to.outside)
  await to.outside.cluster('SETSLOT', slot, 'NODE', id)
  for (const { outside } of servers) await outside.cluster('SETSLOT', slot, 'NODE', id)
  // What a server said before, still on its way to another, would undo a move that follows at once.
  await eventually(async () => {
    const views = await Promise.all(
      servers.map(async ({ outside }) => ownersOf(String(await outside.cluster('NODES')))),
    )
    return views.every((view) => view === views[0])
  })
}

/** Who has which slots since which epoch, as one server sees it. */
function ownersOf(nodes: string): string {
  const lines = nodes.trim().split('\n')
  return lines
    .map((line) => {
      const [id, , , , , , epoch, , ...owned] = line.split(' ')
      return [id, epoch, ...owned].join(' ')
    })
    .toSorted()
    .join('\n')
}

async function idOf(server: Redis): Promise<string> {
  return await server.cluster('MYID')
}
