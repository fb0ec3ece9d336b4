import type { BatchError, FlowObserver, RetryOptions, RowKey, Target } from '@batchflow/core'
import { checkClient, type StreamClient } from '../store/ioredis.ts'
import { checkInteger, checkName, checkNames, refuse } from '../refuse.ts'

/** Rows that did not get into the stream, with the reason. */
export interface StreamLetter {
  /** The name of their target. */
  readonly target: string
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly error: BatchError
}

/** Options of `createStreamProducer`. Checked once; a wrong one throws `BATCHFLOW_INVALID_OPTION`.
 *
 * @example
 * ```ts
 * const options: StreamProducerOptions = { client: new Redis(), stream: 'orders', shards: 8, onDeadLetter: save }
 * ``` */
export interface StreamProducerOptions {
  /** A client of ioredis 5, `Redis` or `Cluster`: says where to connect. The producer opens a connection of its own like it,
   * and never uses or ends this one. */
  readonly client: object
  /** Name of the stream; its keys begin with it. */
  readonly stream: string
  /** Into how many shards the stream is divided, from 1 to 1,024; the same for all who write and read. @defaultValue 4 */
  readonly shards?: number
  /** The key of a row: rows with equal keys keep their order. `undefined`: the row may go to any shard.
   * @defaultValue the target's own: the conflict key of a table */
  readonly key?: (target: Target, row: Readonly<Record<string, unknown>>) => RowKey
  /** Takes rows that did not get into the stream although they were tried for `retry.maxElapsedMs`; called again with
   * back-off until it resolves. Where the answer to the last attempt was lost they may be in the stream all the same. */
  readonly onDeadLetter: (letter: StreamLetter) => void | Promise<void>
  /** The most rows in one entry. @defaultValue 500 */
  readonly flushSize?: number
  /** The most estimated bytes in one entry. @defaultValue 1048576 */
  readonly flushBytes?: number
  /** The longest time, in milliseconds, that a row waits for company. @defaultValue 20 */
  readonly flushIntervalMs?: number
  /** Rows accepted and not yet in the stream; divided evenly among the shards. @defaultValue 10000 */
  readonly bufferSize?: number
  /** The most rows that wait in one shard of the stream, unread and unsettled ones together. Beyond it nothing is added:
   * nothing that waits is ever trimmed. @defaultValue 250000 */
  readonly maxWaitingRows?: number
  /** The same in bytes of encoded rows. @defaultValue 268435456 */
  readonly maxWaitingBytes?: number
  /** What `submit` does while a shard is full: waits (once `bufferSize` is used up), or rejects with BATCHFLOW_FULL.
   * @defaultValue `'wait'` */
  readonly overflow?: 'wait' | 'reject'
  /** How long, in milliseconds, a shard is taken for full after it said so. @defaultValue 100 */
  readonly fullRetryMs?: number
  /** How long, in milliseconds, a batch that was added is remembered: what is sent again within it is not added twice.
   * More than `retry.maxElapsedMs` and twice `timeoutMs`. @defaultValue 600000 */
  readonly dedupeMs?: number
  /** Time for one attempt, in milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number
  /** How batches are tried again. @defaultValue 1,000 attempts within a minute */
  readonly retry?: RetryOptions
  /** Time for `close()`, in milliseconds. @defaultValue 30000 */
  readonly closeTimeoutMs?: number
  /** Told of every batch of every shard; the target is `stream:shard`. One list serves one producer.
   * @defaultValue none */
  readonly observers?: (shard: number) => readonly FlowObserver[]
}

/** Options with their defaults. */
export type ResolvedProducerOptions = Required<Omit<StreamProducerOptions, 'key' | 'client' | 'retry'>> & {
  readonly client: StreamClient
  readonly key: StreamProducerOptions['key']
  readonly retry: Required<RetryOptions>
}

const defaults = {
  shards: 4,
  flushSize: 500,
  flushBytes: 1_048_576,
  flushIntervalMs: 20,
  bufferSize: 10_000,
  maxWaitingRows: 250_000,
  maxWaitingBytes: 268_435_456,
  overflow: 'wait',
  fullRetryMs: 100,
  dedupeMs: 600_000,
  timeoutMs: 10_000,
  closeTimeoutMs: 30_000,
  observers: () => [],
} as const
const retry = { maxAttempts: 1_000, backoffMs: 20, maxBackoffMs: 1_000, maxElapsedMs: 60_000 }

const names = [...Object.keys(defaults), 'client', 'stream', 'key', 'onDeadLetter', 'retry']

/** Checks what the engine beneath does not.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function resolveProducerOptions(options: StreamProducerOptions): ResolvedProducerOptions {
  checkNames(options, names)
  const given = { ...defaults, ...options, retry: { ...retry, ...options.retry } }
  const { overflow, key, onDeadLetter, dedupeMs, timeoutMs } = given
  checkInteger('shards', given.shards, { min: 1, max: 1_024 })
  checkInteger('bufferSize', given.bufferSize, { min: given.shards })
  checkInteger('maxWaitingRows', given.maxWaitingRows, { min: 1 })
  checkInteger('maxWaitingBytes', given.maxWaitingBytes, { min: 1, max: 2 ** 40 })
  checkInteger('fullRetryMs', given.fullRetryMs, { min: 1 })
  checkInteger('dedupeMs', dedupeMs, { min: 1 })
  checkName('stream', given.stream)
  if (overflow !== 'wait' && overflow !== 'reject') refuse('overflow', "'wait' or 'reject'", overflow)
  if (key !== undefined && typeof key !== 'function') refuse('key', 'a function', key)
  if (typeof onDeadLetter !== 'function') refuse('onDeadLetter', 'a function', onDeadLetter)
  if (dedupeMs <= given.retry.maxElapsedMs + 2 * timeoutMs)
    refuse('dedupeMs', 'more than retry.maxElapsedMs and twice timeoutMs', dedupeMs)
  return { ...given, key, client: checkClient(options.client) }
}
