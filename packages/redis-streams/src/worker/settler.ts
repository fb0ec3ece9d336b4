import { BatchFlowError } from '@batchflow/core'
import { setTimeout as pause } from 'node:timers/promises'
import type { Connection } from '../store/connection.ts'
import type { ShardKeys } from '../store/keys.ts'
import * as scripts from '../store/scripts.ts'
import type { Letter } from './entry.ts'
import type { StreamObserver } from './observer.ts'
import { type StreamWorkerCounts, tell } from './stats.ts'

/** An entry that is over, as far as the stream is concerned. */
export interface Over {
  readonly id: string
  readonly rows: number
  readonly bytes: number
  /** Somebody else has deleted it. */
  readonly deleted?: boolean
}

interface Waiting {
  readonly overs: readonly Over[]
  readonly letters: readonly Letter[]
  readonly resolve: () => void
}

export interface SettlerOptions {
  readonly shard: number
  readonly keys: ShardKeys
  readonly group: string
  readonly generation: string
  readonly connection: Connection
  readonly counts: StreamWorkerCounts
  readonly observer: StreamObserver
  /** Entries are gone from the stream. */
  readonly onSettled: (overs: readonly Over[]) => void
}

/** The longest pause between two attempts to reach Redis, in milliseconds. */
const maxPauseMs = 1_000

/** Acknowledges and deletes entries and writes what was set aside of them, all that has come together at once. Tries until Redis
 * answers; `stop` ends that: what is not settled then is delivered again. */
export class Settler {
  readonly #options: SettlerOptions
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #stopped = false

  constructor(options: SettlerOptions) {
    this.#options = options
  }

  /** Nothing is on its way. */
  get idle(): boolean {
    return this.#running === undefined
  }

  /** Resolves when Redis has it. Never, when the settler is stopped before. */
  settle(overs: readonly Over[], letters: readonly Letter[] = []): Promise<void> {
    if (overs.length === 0 && letters.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push({ overs, letters, resolve })
      this.#running ??= this.#run()
    })
  }

  stop(): void {
    this.#stopped = true
  }

  async #run(): Promise<void> {
    // Others that end in this turn go along.
    await Promise.resolve()
    for (let pauseMs = 20; this.#waiting.length > 0 && !this.#stopped;) {
      const now = this.#waiting
      this.#waiting = []
      try {
        await this.#send(now)
        pauseMs = 20
      } catch (error) {
        // The worker is closed: what its flow has written since is delivered again.
        if (BatchFlowError.is(error)) break
        this.#waiting.unshift(...now)
        const { shard, counts, observer } = this.#options
        counts.failures++
        tell(observer, 'failed', { shard, error })
        await pause(pauseMs)
        pauseMs = Math.min(2 * pauseMs, maxPauseMs)
      }
    }
    this.#running = undefined
  }

  async #send(waiting: readonly Waiting[]): Promise<void> {
    const { keys, group, generation, connection } = this.#options
    const overs = waiting.flatMap((one) => one.overs)
    const letters = waiting.flatMap((one) => one.letters)
    const [settled, lost] = (await connection.run(
      scripts.settle,
      [keys.stream, keys.meter, keys.generation, keys.dead],
      [
        group,
        generation,
        letters.length,
        ...letters.flatMap(({ entry, target, rows, reason, text }) => [entry, target, rows, reason, text]),
        ...overs.flatMap(({ id, rows, bytes, deleted = false }) => [deleted ? `!${id}` : id, rows, bytes]),
      ],
    )) as [number, number]
    this.#count({ overs, letters, settled, lost })
    this.#options.onSettled(overs)
    for (const { resolve } of waiting) resolve()
  }

  #count({ overs, letters, settled, lost }: Settled): void {
    const { counts, observer, shard } = this.#options
    counts.entriesSettled += settled
    counts.rowsSettled += overs.reduce((sum, { rows }) => sum + rows, 0)
    for (const { rows, reason } of letters) {
      counts.rowsDeadLettered += rows
      tell(observer, 'deadLettered', { shard, rows, reason })
    }
    if (lost === 0) return
    counts.rowsDeleted += lost
    tell(observer, 'deleted', { shard, entries: 0, rows: lost })
  }
}

interface Settled {
  readonly overs: readonly Over[]
  readonly letters: readonly Letter[]
  readonly settled: number
  readonly lost: number
}
