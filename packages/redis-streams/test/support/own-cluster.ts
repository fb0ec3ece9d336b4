import { Cluster, type ClusterOptions } from 'ioredis'
import { eventually } from './eventually.ts'
import { type OwnServer, startServer } from './own-server.ts'
import { end } from './redis.ts'

/** A cluster of three primaries on this machine; it goes away at the end of the test. */
export interface OwnCluster extends AsyncDisposable {
  readonly servers: readonly OwnServer[]
  /** Asked without the client under test. */
  readonly outside: Cluster
  /** A client as a service would open it; the test ends it. */
  connect(options?: ClusterOptions): Cluster
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
      redisOptions: { disconnectTimeout: 50, ...clientOptions.redisOptions },
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
