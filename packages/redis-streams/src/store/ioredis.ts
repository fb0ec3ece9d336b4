import { refuse } from '../refuse.ts'

/** What this package uses of ioredis 5, so that its types need not be installed to compile against it. */

/** A connection of ioredis: `Redis` or `Cluster`. */
export interface RedisConnection {
  readonly status: string
  evalsha(sha: string, keys: number, ...args: (string | number)[]): Promise<unknown>
  eval(text: string, keys: number, ...args: (string | number)[]): Promise<unknown>
  call(command: string, ...args: (string | number)[]): Promise<unknown>
  disconnect(reconnect?: boolean): void
  on(event: string, listener: (...args: never[]) => void): unknown
  once(event: string, listener: (...args: never[]) => void): unknown
}

interface SingleClient extends RedisConnection {
  readonly options: object
  duplicate(override: object): RedisConnection
}

interface ClusterClient extends RedisConnection {
  readonly isCluster: true
  readonly options: { readonly redisOptions?: object }
  duplicate(startupNodes: readonly [], override: object): RedisConnection
}

export type StreamClient = SingleClient | ClusterClient

export function isCluster(client: StreamClient): client is ClusterClient {
  return 'isCluster' in client && client.isCluster
}

const methods = ['evalsha', 'eval', 'call', 'duplicate', 'disconnect', 'on']

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkClient(client: unknown): StreamClient {
  const isClient =
    typeof client === 'object' &&
    client !== null &&
    methods.every((method) => typeof Reflect.get(client, method) === 'function')
  return isClient
    ? (client as StreamClient)
    : refuse('client', 'a client of ioredis 5 (Redis or Cluster)', client)
}

/** A command whose answer was lost is never sent again behind our back, and nothing is pending for ever. */
const ownOptions = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: true,
  lazyConnect: false,
  keyPrefix: '',
  keepAlive: 10_000,
  retryStrategy: (times: number): number => Math.min(50 * times, 1_000),
  reconnectOnError: (error: Error): boolean => error.message.startsWith('READONLY'),
}

/** Opens a connection of our own to where a client is connected. */
export function ownConnection(client: StreamClient): RedisConnection {
  const connection = isCluster(client)
    ? client.duplicate([], {
        redisOptions: { ...client.options.redisOptions, ...ownOptions },
        keyPrefix: '',
        lazyConnect: false,
        clusterRetryStrategy: ownOptions.retryStrategy,
      })
    : client.duplicate(ownOptions)
  // ioredis prints what nobody listens for; whoever waits for an answer is told.
  connection.on('error', () => {})
  return connection
}
