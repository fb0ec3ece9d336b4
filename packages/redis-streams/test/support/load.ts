import type { StreamProducer } from '@batchflow/redis-streams'
import { setTimeout as pause } from 'node:timers/promises'
import { events } from './database.ts'

/** Submits rows of one producer without end, until it is stopped. */
export class Load {
  readonly producer: number
  readonly #stream: StreamProducer
  readonly #rowsPerTurn: number
  readonly #running: Promise<void>
  #seq = 0
  #stopped = false

  constructor(producer: number, stream: StreamProducer, rowsPerTurn = 5) {
    this.producer = producer
    this.#stream = stream
    this.#rowsPerTurn = rowsPerTurn
    this.#running = this.#run()
  }

  /** Answers how many rows were submitted before this call, when Redis has all of them. */
  async accepted(): Promise<number> {
    const rows = this.#seq
    const { failed } = await this.#stream.flush()
    if (failed > 0) throw new Error(`${failed} rows did not get into the stream`)
    return rows
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      for (let row = 0; row < this.#rowsPerTurn; row++) {
        const seq = this.#seq++
        await this.#stream.submit(events, { producer: this.producer, seq, key: seq % 101, at: new Date(seq) })
      }
      await pause(5)
    }
  }
}
