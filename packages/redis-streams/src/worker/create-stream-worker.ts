import type { Target } from '@batchflow/core'
import { randomBytes } from 'node:crypto'
import { refuse } from '../refuse.ts'
import { agreeOnShards } from '../store/agree.ts'
import { Connection } from '../store/connection.ts'
import { shardKeys, workersKey } from '../store/keys.ts'
import * as scripts from '../store/scripts.ts'
import { fairShare } from './fair-share.ts'
import { FlowSink } from './flow-sink.ts'
import { LedgerSink } from './ledger-sink.ts'
import { type ResolvedWorkerOptions, resolveWorkerOptions, type StreamWorkerOptions } from './options.ts'
import { Shard } from './shard.ts'
import type { ShardSink, SinkHooks } from './sink.ts'
import { noCounts, type ShardGauge, type StreamWorkerStats, tell } from './stats.ts'

/** What became of a worker's rows, from `close`. */
export interface WorkerClosed {
  /** Rows that it settled in its life. */
  readonly rowsSettled: number
  /** Rows that it had read and gave back because the deadline came first. */
  readonly rowsGivenBack: number
}

/** Writes what producers put into a stream. Made by `createStreamWorker`. */
export interface StreamWorker extends AsyncDisposable {
  /** A reading, also after the worker was closed. */
  stats(): StreamWorkerStats
  /** Reads nothing more, settles what it has, gives its shards to others and ends its connections. Once: later calls get the
   * same promise. At the deadline it gives back what is not settled. */
  close(options?: { /** @defaultValue closeTimeoutMs */ readonly timeoutMs?: number }): Promise<WorkerClosed>
}

/** Creates a worker: it takes its share of a stream's shards and writes their rows to a database, through your flow or with a
 * driver's ledger.
 *
 * @example
 * ```ts
 * await using worker = createStreamWorker({
 *   client: redis,
 *   stream: 'orders',
 *   group: 'writers',
 *   targets: { orders },
 *   ledger: { driver: () => postgres({ pool, ledger: true }) },
 * })
 * ```
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`, with option, rule and value */
export function createStreamWorker<T extends Target>(options: StreamWorkerOptions<T>): StreamWorker {
  const token = `worker-${randomBytes(9).toString('base64url')}`
  const resolved = resolveWorkerOptions(options, token)
  checkDriver(resolved)
  const worker = new Worker(resolved, token)
  worker.start()
  return worker
}

/** The caller hears of a driver that cannot do it, not a loop. */
function checkDriver({ ledger }: ResolvedWorkerOptions): void {
  if (ledger === undefined) return
  const driver = ledger.driver()
  // It was made to be looked at.
  driver.close?.().catch(() => {})
  if (typeof driver.claimPosition !== 'function')
    refuse('ledger.driver', 'a function that makes a driver with claimPosition', driver)
}

/** open: signs of life are given, shards taken and given back so that all workers have as many. closing: shards are stopped.
 * closed: it has none. `close` leads from one to the next. */
class Worker implements StreamWorker {
  readonly #options: ResolvedWorkerOptions
  readonly #token: string
  readonly #connection: Connection
  readonly #counts = noCounts()
  readonly #shards = new Map<number, Shard>()
  /** Shards that are being given to others. */
  readonly #stopping = new Map<Shard, Promise<unknown>>()
  readonly #gauges = new Map<number, ShardGauge>()
  readonly #generations = new Map<number, string>()
  #state: 'open' | 'closing' | 'closed' = 'open'
  #workers: readonly string[] = []
  #agreed = false
  #timer: NodeJS.Timeout | undefined
  #ticking: Promise<void> = Promise.resolve()
  #closed: Promise<WorkerClosed> | undefined

  constructor(options: ResolvedWorkerOptions, token: string) {
    this.#options = options
    this.#token = token
    this.#connection = new Connection(options.client)
  }

  start(): void {
    this.#ticking = this.#tick()
  }

  stats(): StreamWorkerStats {
    return {
      ...this.#counts,
      stream: this.#options.stream,
      state: this.#state,
      workers: this.#workers.length,
      shards: [...this.#shards.values()].flatMap((shard) => {
        const gauge = this.#gauges.get(shard.index)
        return shard.gone ? [] : [{ ...(gauge ?? noGauge(shard.index)), rowsInHand: shard.rowsInHand }]
      }),
    }
  }

  close({
    timeoutMs = this.#options.closeTimeoutMs,
  }: { readonly timeoutMs?: number } = {}): Promise<WorkerClosed> {
    this.#closed ??= this.#close(timeoutMs)
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(timeoutMs: number): Promise<WorkerClosed> {
    this.#state = 'closing'
    clearTimeout(this.#timer)
    const stops = [...this.#shards.values()].map(async (shard) => await shard.stop(timeoutMs))
    const givenBack = await Promise.all(stops)
    await Promise.all(this.#stopping.values())
    await this.#ticking
    try {
      await this.#connection.call([
        'ZREM',
        workersKey(this.#options.stream, this.#options.group),
        this.#token,
      ])
    } catch {
      // Its name goes when its time is over.
    }
    this.#connection.close()
    this.#state = 'closed'
    return {
      rowsSettled: this.#counts.rowsSettled,
      rowsGivenBack: givenBack.reduce((sum, rows) => sum + rows, 0),
    }
  }

  async #tick(): Promise<void> {
    const { leaseMs, stream, shards, observer } = this.#options
    const began = performance.now()
    try {
      if (!this.#agreed) await agreeOnShards(this.#connection, stream, shards)
      this.#agreed = true
      await this.#share()
    } catch (error) {
      this.#counts.failures++
      tell(observer, 'failed', { shard: undefined, error })
    }
    if (this.#state !== 'open') return
    const restMs = Math.max(10, leaseMs / 3 - (performance.now() - began))
    this.#timer = setTimeout(() => {
      this.#ticking = this.#tick()
    }, restMs)
  }

  async #share(): Promise<void> {
    const { stream, group, leaseMs, shards } = this.#options
    if (this.#isUseless()) {
      for (const shard of this.#shards.values()) this.#give(shard)
      return await this.#leave()
    }
    const key = workersKey(stream, group)
    this.#workers = (await this.#connection.run(scripts.meet, [key], [this.#token, leaseMs])) as string[]
    for (const [index, shard] of this.#shards) if (shard.gone) this.#shards.delete(index)
    await Promise.all([...this.#shards.values()].map(async (shard) => await this.#keep(shard)))
    const share = fairShare(this.#workers, this.#token, shards)
    const mine = [...this.#shards.values()].filter((shard) => !shard.gone)
    for (const shard of mine.slice(share)) this.#give(shard)
    const first = Math.max(0, this.#workers.indexOf(this.#token))
    for (let turn = 0; turn < shards && this.#shards.size < share && this.#state === 'open'; turn++) {
      // Each begins elsewhere, so that they seldom want the same one.
      const index = Math.floor((first * shards) / Math.max(1, this.#workers.length) + turn) % shards
      if (!this.#shards.has(index)) await this.#take(index)
    }
  }

  /** The others share without it from now on. */
  async #leave(): Promise<void> {
    const { stream, group } = this.#options
    await this.#connection.call(['ZREM', workersKey(stream, group), this.#token])
  }

  /** Its flow is closed: others have to go on. */
  #isUseless(): boolean {
    return this.#options.flow !== undefined && this.#options.flow.stats().state !== 'open'
  }

  async #keep(shard: Shard): Promise<void> {
    const { leaseMs, group } = this.#options
    const { keys, index } = shard
    if (Number(await this.#connection.run(scripts.renew, [keys.lease], [this.#token, leaseMs])) === 0)
      return shard.abandon('lost')
    const [entries = 0, rows = 0, pending = 0, oldestIdleMs = 0] = (
      (await this.#connection.run(scripts.gauge, [keys.stream, keys.meter], [group])) as (string | number)[]
    ).map(Number)
    const lag = Math.max(0, entries - pending)
    this.#gauges.set(index, { ...noGauge(index), entries, rows, pending, lag, oldestIdleMs })
  }

  #give(shard: Shard): void {
    if (this.#stopping.has(shard)) return
    const stopping = shard.stop(this.#options.closeTimeoutMs).then(() => {
      this.#stopping.delete(shard)
      if (this.#shards.get(shard.index) === shard) this.#shards.delete(shard.index)
    })
    this.#stopping.set(shard, stopping)
  }

  async #take(index: number): Promise<void> {
    const { stream, group, leaseMs, observer } = this.#options
    const keys = shardKeys(stream, index)
    const fresh = randomBytes(6).toString('hex')
    const [what, generation = '', lastId = '0-0', trouble] = (await this.#connection.run(
      scripts.take,
      [keys.lease, keys.stream, keys.generation],
      [this.#token, leaseMs, group, fresh],
    )) as string[]
    if (what !== 'mine') return
    if (this.#state !== 'open') {
      await this.#connection.run(scripts.release, [keys.lease], [this.#token])
      return
    }
    if (trouble === 'group') {
      this.#counts.groupsMade++
      tell(observer, 'groupMade', { shard: index })
    }
    const known = this.#generations.get(index)
    if (known !== undefined && known !== generation) {
      this.#counts.dataGone++
      tell(observer, 'dataGone', { shard: index })
    }
    this.#generations.set(index, generation)
    const shard = new Shard(index, {
      options: this.#options,
      connection: this.#connection,
      counts: this.#counts,
      token: this.#token,
      generation,
      lastId,
      sinkOf: (hooks) => this.#sinkOf({ index, generation, hooks }),
    })
    this.#shards.set(index, shard)
    shard.start()
  }

  #sinkOf({ index, generation, hooks }: SinkWish): ShardSink {
    const { flow, ledger, targets, stream, group } = this.#options
    if (ledger === undefined) return new FlowSink(flow as NonNullable<typeof flow>, targets, hooks)
    return new LedgerSink(ledger, {
      shard: index,
      stream: shardKeys(stream, index).stream,
      source: { prefix: `${stream}:${index}:${group}`, generation },
      connection: this.#connection,
      targets,
      hooks,
    })
  }
}

interface SinkWish {
  readonly index: number
  readonly generation: string
  readonly hooks: SinkHooks
}

function noGauge(shard: number): ShardGauge {
  return { shard, entries: 0, rows: 0, pending: 0, lag: 0, oldestIdleMs: 0, rowsInHand: 0 }
}
