import { BatchFlowError, createPipeline, type FlushContext, type Pipeline } from '@batchflow/core'
import { randomUUID } from 'node:crypto'
import { encodeRows } from '../entry/encode-rows.ts'
import type { Connection } from '../store/connection.ts'
import { shardKeys, type ShardKeys } from '../store/keys.ts'
import * as scripts from '../store/scripts.ts'
import { classify } from './classify.ts'
import { type Item, rowOf } from './item.ts'
import type { ResolvedProducerOptions } from './options.ts'

/** Adds the rows of one shard to the stream, one batch at a time: the order of a key is the order of submission. */
export class ShardWriter {
  readonly pipeline: Pipeline<Item>
  readonly #options: ResolvedProducerOptions
  readonly #connection: Connection
  readonly #agreed: () => Promise<void>
  readonly #keys: ShardKeys
  /** Rows that wait in the shard, by its last answer. */
  waitingRows = 0
  #fullUntil = 0

  constructor(shard: number, { options, connection, agreed }: ShardWriterParts) {
    this.#options = options
    this.#connection = connection
    this.#agreed = agreed
    this.#keys = shardKeys(options.stream, shard)
    const bufferSize = Math.ceil(options.bufferSize / options.shards)
    const { flushBytes, flushIntervalMs, timeoutMs, closeTimeoutMs, retry, fullRetryMs, onDeadLetter } =
      options
    this.pipeline = createPipeline<Item>({
      name: `${options.stream}:${shard}`,
      flush: async (items, context) => await this.#add(items, context),
      onDeadLetter: async ({ items, error }) => {
        for (const [target, group] of byTarget(items))
          await onDeadLetter({ target, rows: group.map(rowOf), error })
      },
      // One key for all: a batch that is tried again is not overtaken.
      key: () => 0,
      sizeOf: ({ bytes }) => bytes,
      classify,
      flushSize: Math.min(options.flushSize, bufferSize),
      flushBytes,
      flushIntervalMs,
      bufferSize,
      concurrencyLimit: 1,
      timeoutMs,
      closeTimeoutMs,
      retry,
      configurationRetryMs: fullRetryMs,
      overflow: options.overflow,
      observers: options.observers(shard),
    })
  }

  /** The shard has said so a moment ago, and the caller asked to be refused then. */
  get refuses(): boolean {
    return this.#fullUntil > 0 && this.#options.overflow === 'reject' && performance.now() < this.#fullUntil
  }

  async #add(items: readonly Item[], { batchId }: FlushContext): Promise<void> {
    await this.#agreed()
    const { stream, meter, seen, generation } = this.#keys
    const { dedupeMs, maxWaitingRows, maxWaitingBytes, fullRetryMs } = this.#options
    const entries = [...byTarget(items)].map(([target, group]) => {
      const text = encodeRows(group.map(({ row }) => row))
      return { target, rows: group.length, text }
    })
    const bytes = entries.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    const [what, waiting] = (await this.#connection.run(
      scripts.add,
      [stream, meter, seen + batchId, generation],
      [
        dedupeMs,
        maxWaitingRows,
        maxWaitingBytes,
        items.length,
        bytes,
        randomUUID(),
        batchId,
        ...entries.flatMap(({ target, rows, text }) => [target, rows, text]),
      ],
    )) as [what: 'added' | 'repeated' | 'full', waiting: number]
    this.waitingRows = waiting
    this.#fullUntil = what === 'full' ? performance.now() + fullRetryMs : 0
    if (what === 'full')
      throw new BatchFlowError(
        'BATCHFLOW_FULL',
        `the shard ${stream} is full: ${waiting} rows wait to be written`,
      )
  }
}

/** What the writers of a producer share. */
export interface ShardWriterParts {
  readonly options: ResolvedProducerOptions
  readonly connection: Connection
  /** Resolves when the number of shards is known to be everybody's. */
  readonly agreed: () => Promise<void>
}

function byTarget(items: readonly Item[]): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(item.target)
    if (group === undefined) groups.set(item.target, [item])
    else group.push(item)
  }
  return groups
}
