import type { StreamWorkerStats } from '@batchflow/redis-streams'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { databaseUrl } from './database.ts'

const program = fileURLToPath(new URL('./worker-process.mjs', import.meta.url))

export interface WorkerSettings {
  readonly port: number
  readonly schema: string
  readonly stream: string
  readonly shards: number
  readonly leaseMs: number
  readonly crashAfterCommit?: boolean
}

/** A worker in a process of its own; killed at the end of the test. */
export class WorkerProcess implements AsyncDisposable {
  readonly process: ChildProcess
  stats: StreamWorkerStats | undefined

  constructor(settings: WorkerSettings) {
    this.process = fork(program, [JSON.stringify({ ...settings, postgresUrl: databaseUrl })])
    this.process.on('message', (stats) => {
      this.stats = stats as StreamWorkerStats
    })
  }

  get ended(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async close(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.ended) return
    const gone = once(this.process, 'exit')
    this.process.kill(signal)
    await gone
  }
}

/** Kills at the end of a test what is left of its processes. */
export class Processes implements AsyncDisposable {
  readonly #all: WorkerProcess[] = []

  add(process: WorkerProcess): WorkerProcess {
    this.#all.push(process)
    return process
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map(async (process) => await process.kill()))
  }
}
