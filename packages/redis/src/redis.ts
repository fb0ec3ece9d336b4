import {
  type Batch,
  BatchFlowError,
  type Driver,
  type DriverCapabilities,
  type Failure,
  onceAborted,
  type PoolStats,
  type Preview,
  type RowOutcome,
  type WriteContext,
} from '@batchflow/core'
import { classify, unanswered } from './classify.ts'
import type { RedisTarget } from './commands.ts'
import type { Attempt } from './consignment.ts'
import { checkOptions, type RedisOptions, type ResolvedOptions } from './options.ts'
import { written } from './outcomes.ts'
import { PipelineDelivery } from './pipeline.ts'
import type { RedisClient } from './ioredis.ts'
import { end, ownClient } from './own-client.ts'
import { sendOwn } from './own-sender.ts'
import { previewRows } from './preview.ts'
import { reader, readRows, type Routing, type Rows } from './rows.ts'
import { ScriptedDelivery } from './scripted.ts'
import { type Servers, serversOf } from './servers.ts'
import { sendShared } from './shared-sender.ts'
import { type Way, writeRows } from './write-rows.ts'

/** A driver for Redis, or for a Redis Cluster.
 *
 * @example
 * ```ts
 * const driver: RedisDriver = redis({ client })
 * const { max } = driver.pool()
 * ``` */
export type RedisDriver = Required<Omit<Driver<RedisTarget>, 'claimPosition'>>

/** Makes a driver that writes rows as commands through an ioredis client.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`: an option is wrong, or the client would send commands twice by itself
 * @example
 * ```ts
 * const client = new Redis({ host: '127.0.0.1', ...recommendedOptions() })
 * await using flow = createBatchFlow({ driver: redis({ client }), onDeadLetter })
 * ``` */
export function redis(options: RedisOptions): RedisDriver {
  return new ServersDriver(checkOptions(options))
}

/** - open: writes are taken
 * - closing: from `close()` on; new writes are refused, those under way are carried out
 * - closed: nothing of the driver is left on the client */
class ServersDriver implements RedisDriver {
  readonly name = 'redis'
  readonly capabilities: DriverCapabilities
  readonly #servers: Servers
  readonly #routing: Routing
  readonly #way: Way
  /** Opened by the driver, and ended by it. */
  readonly #own: RedisClient | undefined
  /** Calls of `write` that have not settled. */
  #underWay = 0
  #onIdle: () => void = () => {}
  #waiting = 0
  #closing: Promise<void> | undefined

  constructor({ client, transport, isScripted, ledger }: ResolvedOptions) {
    if (transport === 'socket') this.#own = ownClient(client)
    this.#servers = serversOf(this.#own ?? client, this.#own === undefined ? sendShared : sendOwn)
    this.#routing = { isCluster: this.#servers.isCluster, isScripted }
    this.#way = {
      servers: this.#servers,
      delivery: isScripted ? new ScriptedDelivery(ledger) : new PipelineDelivery(),
    }
    this.capabilities = Object.freeze({
      perRowOutcomes: true,
      isolatesRows: true,
      // Redis undoes nothing.
      atomicBatches: false,
      ledger: ledger !== undefined,
      repeatedKeys: true,
      // Redis closes a connection that has it keep more than 1 GB of commands, as a transaction or a script may
      // (client-query-buffer-limit).
      maxBatchBytes: 2 ** 28,
    })
  }

  async prepare(target: RedisTarget, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    reader(target)
    await this.#ready(signal)
  }

  // Not `async`: V8 counts every suspension as work, and would compile this, with all that it calls, in the first thousand
  // batches, on a processor that Redis could have.
  write(batch: Batch<RedisTarget>, context: WriteContext): Promise<void | readonly RowOutcome[]> {
    try {
      if (this.#closing) throw new BatchFlowError('BATCHFLOW_CLOSED', 'the redis driver is closed')
      if (isOver(context)) throw unanswered(false, context.signal.reason)
      const rows = readRows(batch, this.#routing)
      const sending = this.#send(rows, { context, batchId: batch.id })
      this.#underWay++
      return sending.then(
        (hasSettled) => {
          this.#leave()
          return hasSettled || rows.places.length < rows.outcomes.length ? answerOf(rows.outcomes) : undefined
        },
        (error: unknown) => {
          this.#leave()
          throw error
        },
      )
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #leave(): void {
    if (--this.#underWay === 0) this.#onIdle()
  }

  #send(rows: Rows, attempt: Attempt): Promise<boolean> {
    return this.#servers.isReady
      ? writeRows(rows, this.#way, attempt)
      : this.#ready(attempt.context.signal).then(() => writeRows(rows, this.#way, attempt))
  }

  async #ready(signal: AbortSignal): Promise<void> {
    this.#waiting++
    try {
      await this.#servers.ready(signal)
    } finally {
      this.#waiting--
    }
  }

  classify(error: unknown): Failure | undefined {
    return classify(error)
  }

  preview(
    target: RedisTarget,
    rows: readonly unknown[],
    options: { readonly values?: boolean } = {},
  ): Preview {
    return previewRows(rows.map(reader(target)), options.values === true)
  }

  pool(): PoolStats {
    const lines = this.#servers.lines()
    const inUse = lines.filter(({ busy }) => busy > 0).length
    return { inUse, idle: lines.length - inUse, pending: this.#waiting, max: lines.length }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#underWay > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    this.#servers.release()
    if (this.#own !== undefined) await end(this.#own)
  }
}

function isOver(context: WriteContext): boolean {
  const stop = onceAborted(context, () => {})
  stop?.()
  return stop === undefined
}

function answerOf(outcomes: readonly RowOutcome[]): readonly RowOutcome[] | undefined {
  if (outcomes.every((outcome) => outcome === written)) return undefined
  throwIfMisconfigured(outcomes)
  return outcomes
}

/** Nothing is written, and nothing will be until somebody mends it: a failure of the batch and of no row. */
function throwIfMisconfigured(outcomes: readonly RowOutcome[]): void {
  const [first] = outcomes
  const isMisconfigured = (outcome: RowOutcome) =>
    outcome.outcome === 'failed' && outcome.failure.kind === 'configuration'
  if (first?.outcome === 'failed' && outcomes.every(isMisconfigured)) throw first.cause
}
