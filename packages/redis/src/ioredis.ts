/** What the driver uses of ioredis 5, so that its types need not be installed to compile against this package. */

/** A socket, as far as it matters here. */
export interface RedisSocket {
  readonly writable: boolean
  readonly bytesRead: number
  /** Bytes that were written and are not with the system yet. */
  readonly writableLength: number
  listeners(event: 'data'): readonly ((this: RedisSocket, data: Buffer) => unknown)[]
  on(event: 'data', listener: (data: Buffer) => unknown): unknown
  off(event: 'data', listener: (this: RedisSocket, data: Buffer) => unknown): unknown
  write(data: string | Uint8Array, encoding?: 'latin1'): boolean
  cork(): void
  uncork(): void
  destroy(): void
}

/** Settings that decide what a client does by itself. */
export interface ConnectionOptions {
  readonly host?: string
  readonly port?: number
  readonly keyPrefix?: string | Buffer
  readonly autoResendUnfulfilledCommands?: boolean
  readonly maxRetriesPerRequest?: number | null
  readonly retryStrategy?: unknown
}

/** What stands in ioredis's queue until the server has answered. `Command` of ioredis is one. */
export interface QueuedCommand {
  readonly name: string
  readonly args: readonly unknown[]
  /** Spares ioredis a promise for its tracing channel. */
  readonly isTraced: boolean
  readonly promise: undefined
  resolve(reply: unknown): void
  reject(error: unknown): void
  toWritable(socket: unknown): string
  setTimeout(ms: number): void
}

/** Where ioredis puts what it would write at once: how its own pipelines collect their commands
 * (`built/Pipeline.js` and `Redis#sendCommand` of ioredis 5.8 to 5.11). */
export interface CommandSink {
  readonly isPipeline: true
  readonly destination: { readonly redis: RedisConnection }
  write(bytes: string): void
}

/** What stands in the queue of a connection: a command, and what else ioredis wants to remember. */
export interface QueueItem {
  readonly command: Pick<QueuedCommand, 'name' | 'args' | 'resolve' | 'reject'>
}

/** The commands of a connection that wait for their answers, as ioredis uses it (a `Denque`). */
export interface AnswerQueue {
  readonly length: number
  push(item: QueueItem): unknown
  shift(): QueueItem | undefined
  unshift(item: QueueItem): unknown
  peekAt(index: number): QueueItem | undefined
  remove(index: number, count: number): unknown
}

interface Emitter {
  on(event: string, listener: (...args: never[]) => void): unknown
  off(event: string, listener: (...args: never[]) => void): unknown
}

/** A client of one server: `Redis` of ioredis, or a node of its `Cluster`. */
export interface RedisConnection extends Emitter {
  readonly status: string
  readonly mode: string
  readonly options: ConnectionOptions
  /** Absent before the first connection. */
  readonly stream: RedisSocket | undefined
  commandQueue: AnswerQueue
  connect(): Promise<unknown>
  disconnect(): void
  duplicate(override: object): RedisConnection
  sendCommand(command: QueuedCommand, sink: CommandSink): unknown
}

/** `Cluster` of ioredis. */
export interface RedisCluster extends Emitter {
  readonly isCluster: true
  readonly status: string
  readonly options: {
    readonly keyPrefix?: string | Buffer
    readonly redisOptions?: ConnectionOptions
    readonly clusterNodeRetryStrategy?: unknown
  }
  /** By slot: the addresses of its nodes, the primary first. */
  readonly slots: readonly (readonly string[] | undefined)[]
  nodes(role: 'master' | 'all'): readonly RedisConnection[]
  connect(): Promise<unknown>
  disconnect(): void
  duplicate(startupNodes: readonly [], override: object): RedisCluster
  refreshSlotsCache(callback: (error?: unknown) => void): void
}

/** A client that the driver can write with. */
export type RedisClient = RedisConnection | RedisCluster

/** Whether a client is a cluster's. */
export function isCluster(client: RedisClient): client is RedisCluster {
  return 'isCluster' in client && client.isCluster
}

/** Whether an object has what the driver needs of ioredis 5. */
export function isRedisClient(client: object): client is RedisClient {
  const methods = 'isCluster' in client && client.isCluster === true ? ['nodes'] : ['sendCommand']
  return [...methods, 'connect', 'disconnect', 'duplicate', 'on', 'off'].every(
    (method) => typeof Reflect.get(client, method) === 'function',
  )
}
