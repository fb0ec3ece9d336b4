import {
  BatchFlowError,
  type Ledger,
  rowSemantics,
  type RowOf,
  type Settled,
  type SubmitOptions,
  type Target,
} from '@batchflow/core'
import type { Row } from '../entry/row.ts'
import { shardOf } from '../entry/shard-of.ts'
import { agreeOnShards } from '../store/agree.ts'
import { Connection } from '../store/connection.ts'
import { itemOf } from './item.ts'
import {
  type ResolvedProducerOptions,
  resolveProducerOptions,
  type StreamProducerOptions,
} from './options.ts'
import { ShardWriter } from './shard-writer.ts'

/** A reading of a producer. */
export interface StreamProducerStats {
  /** Rows from `submit` until they are in the stream (`written`) or given up. */
  readonly ledger: Ledger
  /** Rows that wait in each shard of the stream, by its last answer to this producer. */
  readonly waitingRows: readonly number[]
}

/** Takes rows and puts them into a stream, from which workers write them to a database. Made by `createStreamProducer`. */
export interface StreamProducer extends AsyncDisposable {
  /** Takes a row for a target (a table, as a rule; only its name travels): resolves when it is accepted, which is not yet in
   * the stream.
   * @throws BatchFlowError `BATCHFLOW_CLOSED`, `BATCHFLOW_INVALID_ROW`, `BATCHFLOW_OVERLOADED`, `BATCHFLOW_FULL` (with
   * `overflow: 'reject'`), or `signal.reason` */
  submit<T extends Target>(target: T, row: NoInfer<RowOf<T>>, options?: SubmitOptions): Promise<void>
  /** Takes a row if there is room now. false: full or closing, the row was not taken.
   * @throws BatchFlowError `BATCHFLOW_INVALID_ROW` */
  trySubmit<T extends Target>(target: T, row: NoInfer<RowOf<T>>): boolean
  /** Like `submit`, and resolves when Redis has the row. Rejects with its error when it is given up. */
  submitAndSettle<T extends Target>(target: T, row: NoInfer<RowOf<T>>, options?: SubmitOptions): Promise<void>
  /** Resolves when everything accepted before this call is in the stream or given up, with the counts. */
  flush(options?: SubmitOptions): Promise<Settled>
  /** A reading, also after the producer was closed. */
  stats(): StreamProducerStats
  /** Refuses new rows, adds what is there and ends its connection. Once: later calls get the same promise.
   * @throws CloseTimeoutError at the deadline, with the rows of one shard that were not added; `stats()` has all */
  close(): Promise<Settled>
}

/** Creates a producer: the intake of a stream, in front of any number of workers.
 *
 * @example
 * ```ts
 * await using orders = createStreamProducer({ client: redis, stream: 'orders', onDeadLetter: save })
 * await orders.submitAndSettle(ordersTable, { id: 7, status: 'paid' }) // Redis has it
 * ```
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`, with option, rule and value */
export function createStreamProducer(options: StreamProducerOptions): StreamProducer {
  return new Producer(resolveProducerOptions(options))
}

class Producer implements StreamProducer {
  readonly #options: ResolvedProducerOptions
  readonly #connection: Connection
  readonly #writers: readonly ShardWriter[]
  #agreed: Promise<void> | undefined
  #closed: Promise<Settled> | undefined
  /** Where the next row without a key goes. */
  #turn = 0

  constructor(options: ResolvedProducerOptions) {
    this.#options = options
    this.#connection = new Connection(options.client)
    const agreed = async () => await this.#agree()
    const parts = { options, connection: this.#connection, agreed }
    try {
      this.#writers = Array.from({ length: options.shards }, (_, shard) => new ShardWriter(shard, parts))
    } catch (error) {
      // The engine has options of its own to refuse.
      this.#connection.close()
      throw error
    }
  }

  submit<T extends Target>(target: T, row: NoInfer<RowOf<T>>, options?: SubmitOptions): Promise<void> {
    try {
      const writer = this.#writerOf(target, row)
      return writer.refuses
        ? Promise.reject(fullError(target))
        : writer.pipeline.submit(itemOf(target, row), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  trySubmit<T extends Target>(target: T, row: NoInfer<RowOf<T>>): boolean {
    const writer = this.#writerOf(target, row)
    return !writer.refuses && writer.pipeline.trySubmit(itemOf(target, row))
  }

  async submitAndSettle<T extends Target>(
    target: T,
    row: NoInfer<RowOf<T>>,
    options?: SubmitOptions,
  ): Promise<void> {
    const writer = this.#writerOf(target, row)
    if (writer.refuses) throw fullError(target)
    await writer.pipeline.submitAndSettle(itemOf(target, row), options)
  }

  async flush(options: SubmitOptions = {}): Promise<Settled> {
    return sumOf(await Promise.all(this.#writers.map(async ({ pipeline }) => await pipeline.flush(options))))
  }

  stats(): StreamProducerStats {
    const ledgers = this.#writers.map(({ pipeline }) => pipeline.stats().ledger)
    const sum = (name: keyof Ledger) => ledgers.reduce((total, ledger) => total + ledger[name], 0)
    return {
      ledger: {
        submitted: sum('submitted'),
        written: sum('written'),
        coalesced: sum('coalesced'),
        deadLettered: sum('deadLettered'),
        dropped: sum('dropped'),
        returned: sum('returned'),
        pending: sum('pending'),
      },
      waitingRows: this.#writers.map(({ waitingRows }) => waitingRows),
    }
  }

  close(): Promise<Settled> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<Settled> {
    const closing = await Promise.allSettled(
      this.#writers.map(async ({ pipeline }) => await pipeline.close()),
    )
    this.#connection.close()
    const failed = closing.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason as unknown
    return sumOf(closing.map((result) => (result as PromiseFulfilledResult<Settled>).value))
  }

  #writerOf(target: Target, row: unknown): ShardWriter {
    const { shards, key: keyOf } = this.#options
    const key = keyOf === undefined ? target[rowSemantics]?.key?.(row) : keyOf(target, row as Row)
    if (key !== undefined) return this.#writers[shardOf(key, shards)] as ShardWriter
    this.#turn = (this.#turn + 1) % shards
    return this.#writers[this.#turn] as ShardWriter
  }

  async #agree(): Promise<void> {
    const { stream, shards } = this.#options
    this.#agreed ??= agreeOnShards(this.#connection, stream, shards)
    try {
      await this.#agreed
    } catch (error) {
      this.#agreed = undefined
      throw error
    }
  }
}

function fullError({ name }: Target): BatchFlowError {
  return new BatchFlowError('BATCHFLOW_FULL', `${name}: the stream is full; its workers have to catch up`)
}

function sumOf(counts: readonly Settled[]): Settled {
  return {
    written: counts.reduce((sum, { written }) => sum + written, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  }
}
