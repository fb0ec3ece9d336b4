import { setTimeout as pause } from 'node:timers/promises'
import { Connection } from '../store/connection.ts'
import { isCluster } from '../store/ioredis.ts'
import { type ShardKeys, shardKeys } from '../store/keys.ts'
import * as scripts from '../store/scripts.ts'
import { type Answer, deliveriesIn } from './deliveries.ts'
import { type Entry, letterOf, type RawEntry, readEntry, weightOf } from './entry.ts'
import type { DeadReason, LeaveReason } from './observer.ts'
import type { ResolvedWorkerOptions } from './options.ts'
import { Settler } from './settler.ts'
import type { ShardSink, SinkHooks } from './sink.ts'
import { type StreamWorkerCounts, tell } from './stats.ts'

/** What a shard is made of. */
export interface ShardParts {
  readonly options: ResolvedWorkerOptions
  readonly connection: Connection
  readonly counts: StreamWorkerCounts
  /** The name under which the lease is held. */
  readonly token: string
  readonly generation: string
  readonly lastId: string
  readonly sinkOf: (hooks: SinkHooks) => ShardSink
}

/** About so many bytes are read at once. */
const readBytes = 2 ** 21
const maxReadEntries = 200
const maxPauseMs = 1_000
/** How often a cluster is asked, in milliseconds: a read that waits would hold a node's connection. */
const pollMs = 25

/** A shard that this worker reads, from the moment that it has its lease.
 *
 * taking: what others left is read again, in order. reading: new entries, after those. stopping: nothing is read any more, and
 * what is in hand is settled. gone: the lease is given back, or lost; nothing is written any more that was not under way.
 *
 * taking leads to reading and back (an answer of Redis was lost, so entries may have been delivered that never arrived), `stop` to
 * stopping and gone, `abandon` to gone from anywhere. */
export class Shard {
  readonly index: number
  readonly keys: ShardKeys
  readonly #parts: ShardParts
  readonly #sink: ShardSink
  readonly #settler: Settler
  readonly #held = new Map<string, Entry>()
  readonly #ended = new AbortController()
  #state: 'taking' | 'reading' | 'stopping' | 'gone' = 'taking'
  #rowsInHand = 0
  #bytesInHand = 0
  /** What an entry has of late. */
  #entryBytes = 4_096
  #entryRows = 10
  #waiter: Connection | undefined
  #onRoom: (() => void) | undefined
  #running: Promise<void> | undefined
  #released: Promise<void> | undefined
  #claimed = 0

  constructor(index: number, parts: ShardParts) {
    const { options, generation, connection, counts } = parts
    this.index = index
    this.keys = shardKeys(options.stream, index)
    this.#parts = parts
    this.#settler = new Settler({
      shard: index,
      keys: this.keys,
      group: options.group,
      generation,
      connection,
      counts,
      observer: options.observer,
      onSettled: (overs) => this.#letGo(overs.map(({ id }) => id)),
    })
    this.#sink = parts.sinkOf({
      settle: async (entries, letters) => {
        await this.#settler.settle(
          entries.map(({ id, rows, bytes, deleted }) => ({ id, rows: rows.length, bytes, deleted })),
          letters,
        )
      },
      onFenced: () => {
        counts.fenced++
        this.abandon('fenced')
      },
      onClosed: () => this.abandon('released'),
      onSkipped: (rows) => {
        counts.rowsSkipped += rows
      },
    })
  }

  get rowsInHand(): number {
    return this.#rowsInHand
  }

  get gone(): boolean {
    return this.#state === 'gone'
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Reads nothing more, waits until what is in hand is settled, and gives the lease back. At the deadline it gives back what is
   * not settled, which is delivered again. Answers the number of those rows. */
  async stop(withinMs: number): Promise<number> {
    if (this.#state === 'gone') return 0
    this.#state = 'stopping'
    this.#endWaiting()
    const deadline = performance.now() + withinMs
    // What a read that is under way brings has been delivered to this worker.
    await Promise.race([
      this.#running,
      pause(withinMs, undefined, { ref: false, signal: this.#ended.signal }).catch(() => {}),
    ])
    this.#sink.flush()
    while (!this.#isEmpty() && !this.gone && performance.now() < deadline)
      await this.#room(Math.min(deadline - performance.now(), 50))
    const left = this.#rowsInHand
    this.abandon('released')
    await Promise.all([this.#running, this.#released])
    return left
  }

  /** Has the shard no longer. */
  abandon(reason: LeaveReason): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#ended.abort()
    this.#endWaiting()
    this.#sink.abandon()
    const { counts, options } = this.#parts
    if (reason === 'released') {
      counts.shardsReleased++
      this.#released = this.#release()
    } else counts.shardsLost++
    // What a flow of the user's still writes is settled all the same.
    if (options.ledger !== undefined) this.#settler.stop()
    tell(options.observer, 'shardLeft', { shard: this.index, reason })
  }

  #isEmpty(): boolean {
    return this.#held.size === 0 && this.#settler.idle
  }

  #endWaiting(): void {
    this.#waiter?.close()
    this.#waiter = undefined
    this.#onRoom?.()
  }

  async #release(): Promise<void> {
    try {
      await this.#parts.connection.run(scripts.release, [this.keys.lease], [this.#parts.token])
    } catch {
      // It ends by itself.
    }
  }

  async #run(): Promise<void> {
    for (let pauseMs = 20; this.#reads();) {
      try {
        this.#state = 'taking'
        await this.#sink.open(this.#parts.lastId)
        await this.#takeOver()
        pauseMs = 20
        await this.#readOn()
      } catch (error) {
        if (!this.#reads()) return
        const { counts, options } = this.#parts
        counts.failures++
        tell(options.observer, 'failed', { shard: this.index, error })
        await pause(pauseMs, undefined, { signal: this.#ended.signal }).catch(() => {})
        pauseMs = Math.min(2 * pauseMs, maxPauseMs)
      }
    }
  }

  #reads(): boolean {
    return this.#state === 'taking' || this.#state === 'reading'
  }

  /** Everything that was delivered and not settled, to whomever, comes first: it is older than what is new. */
  async #takeOver(): Promise<void> {
    const { options, counts } = this.#parts
    let cursor = '0-0'
    do {
      await this.#waitForRoom()
      if (!this.#reads()) return
      const answer = await this.#ask(scripts.claim, cursor)
      if (answer[0] !== 'some') return await this.#odd(answer)
      const [, entries, next, deleted, pairs] = answer
      const deliveries = deliveriesIn(pairs)
      const before = this.#claimed
      for (const entry of entries) this.#take(entry, deliveries.get(entry[0]) ?? 1)
      counts.claimed += this.#claimed - before
      this.#missed(deleted)
      cursor = next
    } while (cursor !== '0-0')
    counts.shardsTaken++
    tell(options.observer, 'shardTaken', { shard: this.index, claimed: this.#claimed })
    this.#claimed = 0
  }

  async #readOn(): Promise<void> {
    if (this.#state === 'taking') this.#state = 'reading'
    while (this.#reads()) {
      await this.#waitForRoom()
      if (!this.#reads()) return
      const answer = await this.#ask(scripts.read)
      if (answer[0] === 'some') for (const entry of answer[1]) this.#take(entry, 1)
      else if (answer[0] === 'none') {
        this.#sink.flush()
        await this.#waitForNew(answer[1])
      } else await this.#odd(answer)
    }
  }

  async #ask(script: scripts.Script, cursor?: string): Promise<Answer> {
    const { connection, token, options } = this.#parts
    const room = Math.max(0, options.maxRowsInHand - this.#rowsInHand)
    const fitting = Math.min(maxReadEntries, readBytes / this.#entryBytes, room / this.#entryRows)
    const count = Math.max(1, Math.floor(fitting))
    return (await connection.run(
      script,
      [this.keys.lease, this.keys.stream],
      [
        token,
        options.leaseMs,
        options.group,
        options.consumer,
        count,
        ...(cursor === undefined ? [] : [cursor]),
      ],
    )) as Answer
  }

  async #odd(answer: Answer): Promise<void> {
    const { counts, options } = this.#parts
    if (answer[0] === 'lost') return this.abandon('lost')
    counts.groupsMade++
    tell(options.observer, 'groupMade', { shard: this.index })
  }

  #take(raw: RawEntry, deliveries: number): void {
    const { options, counts } = this.#parts
    const [id] = raw
    if (this.#held.has(id)) return
    if (deliveries > 1) {
      counts.redelivered++
      this.#claimed++
    }
    const weight = weightOf(raw)
    this.#entryBytes += (weight.bytes - this.#entryBytes) / 8
    this.#entryRows += (Math.max(1, weight.rows) - this.#entryRows) / 8
    const entry = this.#read(raw)
    if (entry === undefined) return
    if (!options.targets.has(entry.target)) return this.#setAside(raw, 'unknown_target')
    if (deliveries > options.maxDeliveries) return this.#setAside(raw, 'max_deliveries')
    this.#held.set(id, entry)
    this.#rowsInHand += entry.rows.length
    this.#bytesInHand += entry.bytes
    this.#sink.take(entry)
  }

  #read(raw: RawEntry): Entry | undefined {
    try {
      return readEntry(raw)
    } catch {
      // Whatever it is: no other attempt will read it.
      this.#setAside(raw, 'undecodable')
      return undefined
    }
  }

  #setAside(raw: RawEntry, reason: DeadReason): void {
    this.#settler.settle([{ id: raw[0], ...weightOf(raw) }], [letterOf(raw, reason)]).catch(() => {})
  }

  /** Entries that were pending and are in the stream no more. Those in hand are not lost. */
  #missed(deleted: readonly string[]): void {
    let entries = 0
    for (const id of deleted) {
      const held = this.#held.get(id)
      if (held === undefined) entries++
      else held.deleted = true
    }
    if (entries === 0) return
    const { counts, options } = this.#parts
    counts.deletedWhilePending += entries
    tell(options.observer, 'deleted', { shard: this.index, entries, rows: 0 })
  }

  #letGo(ids: readonly string[]): void {
    for (const id of ids) {
      const entry = this.#held.get(id)
      if (entry === undefined) continue
      this.#held.delete(id)
      this.#rowsInHand -= entry.rows.length
      this.#bytesInHand -= entry.bytes
    }
    this.#onRoom?.()
  }

  async #waitForRoom(): Promise<void> {
    const { maxRowsInHand, maxBytesInHand } = this.#parts.options
    while (this.#reads() && (this.#rowsInHand >= maxRowsInHand || this.#bytesInHand >= maxBytesInHand)) {
      this.#sink.flush()
      await this.#room(maxPauseMs)
    }
  }

  /** Resolves when something was settled, or after a while. */
  async #room(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, withinMs))
      this.#onRoom = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#onRoom = undefined
  }

  async #waitForNew(lastId: string): Promise<void> {
    const { client, blockMs } = this.#parts.options
    if (!this.#reads()) return
    if (isCluster(client)) {
      await pause(pollMs, undefined, { signal: this.#ended.signal }).catch(() => {})
      return
    }
    this.#waiter ??= new Connection(client)
    await this.#waiter.call(
      ['XREAD', 'COUNT', 1, 'BLOCK', blockMs, 'STREAMS', this.keys.stream, lastId],
      blockMs,
    )
  }
}
