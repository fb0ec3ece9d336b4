import { createBatchFlow } from '@batchflow/core'
import { postgres } from '@batchflow/postgres'
import { Redis } from 'ioredis'
import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { OpenCase, PreparedCase } from './case.ts'
import type { StreamsProcess } from './streams-process.ts'
import { createSchema, poolIn, rowsIn, stress, stressRow, warmUpFrom, warmUpRows } from './streams-table.ts'

const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const program = fileURLToPath(new URL('./streams-process.js', import.meta.url))

/** A child and what it has said last. */
interface Child {
  readonly process: ChildProcess
  readonly said: {
    ready?: boolean
    made?: number
    rowsSettled?: number
    shards?: number
    cpuSeconds?: number
  }
}

/** Producers and workers in processes of their own; they are there before the clock runs. */
function streams(given: {
  readonly producers: number
  readonly workers: number
  readonly mode: StreamsProcess['mode']
  readonly shards?: number
}): OpenCase {
  const { producers, workers, mode, shards = 4 } = given
  return {
    async open({ rows, flushSize }) {
      const name = `bench_${process.pid}_${Date.now()}`
      const pool = poolIn(name, 1)
      await createSchema(pool, name)
      const common = { stream: name, schema: name, shards, flushSize, mode }
      const consumers = Array.from({ length: workers }, () => start({ ...common, role: 'worker' }))
      // All shards have a worker, and keep it.
      await until(consumers, () => sum(consumers, 'shards') === shards)
      const makers = Array.from({ length: producers }, (_, index) =>
        start({ ...common, role: 'producer', ids: [cut(index), cut(index + 1)] }),
      )
      function cut(index: number): number {
        return Math.round((rows * index) / producers)
      }
      const children = [...consumers, ...makers]
      await until(children, () => children.every(({ said }) => said.ready === true))
      const warm = producers * warmUpRows
      await until(children, () => sum(consumers, 'rowsSettled') === warm)
      return {
        async run() {
          for (const child of children) child.process.send('go')
          await until(children, () => sum(consumers, 'rowsSettled') >= warm + rows)
        },
        arrived: () => rowsIn(pool),
        childCpuSeconds: () => sum(children, 'cpuSeconds'),
        async close() {
          for (const child of children) child.process.kill('SIGKILL')
          await pool.query(`drop schema ${name} cascade`)
          await pool.end()
          await forget(name)
        },
      }
    },
  }
}

function start(what: StreamsProcess): Child {
  const child: Child = { process: fork(program, [JSON.stringify(what)]), said: {} }
  child.process.on('message', (message) => Object.assign(child.said, message))
  return child
}

function sum(children: readonly Child[], name: 'rowsSettled' | 'shards' | 'cpuSeconds'): number {
  return children.reduce((total, { said }) => total + (said[name] ?? 0), 0)
}

async function until(children: readonly Child[], isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    if (children.some(({ process: { exitCode } }) => exitCode !== null && exitCode !== 0))
      throw new Error('a process of the case has ended')
    await pause(5)
  }
}

async function forget(stream: string): Promise<void> {
  const client = new Redis(redisUrl)
  for await (const keys of client.scanStream({ match: `{${stream}*`, count: 10_000 }))
    if ((keys as string[]).length > 0) await client.unlink(...(keys as string[]))
  client.disconnect()
}

/** What the streams are measured against: one flow in the process that makes the rows. */
const flow: OpenCase = {
  async open({ rows, flushSize }): Promise<PreparedCase> {
    const name = `bench_${process.pid}_${Date.now()}`
    const pool = poolIn(name, 4)
    await createSchema(pool, name)
    const clients = await Promise.all(Array.from({ length: 4 }, async () => await pool.connect()))
    for (const client of clients) client.release()
    const batchFlow = createBatchFlow({
      driver: postgres({ pool }),
      flushSize,
      onDeadLetter: ({ error }) => {
        throw error
      },
    })
    const submit = async (first: number, end: number) => {
      for (let id = first; id < end; id++) {
        const row = stressRow(id)
        if (!batchFlow.trySubmit(stress, row)) await batchFlow.submit(stress, row)
      }
      await batchFlow.flush()
    }
    await submit(warmUpFrom, warmUpFrom + 2 * warmUpRows)
    return {
      async run() {
        await submit(0, rows)
      },
      arrived: () => rowsIn(pool),
      async close() {
        await batchFlow.close()
        await pool.query(`drop schema ${name} cascade`)
        await pool.end()
      },
    }
  },
}

export const streamsCases: Readonly<Record<string, OpenCase>> = {
  flow,
  ledger21: streams({ producers: 2, workers: 1, mode: 'ledger' }),
  ledger22: streams({ producers: 2, workers: 2, mode: 'ledger' }),
  ledger23: streams({ producers: 2, workers: 3, mode: 'ledger' }),
  ledger24: streams({ producers: 2, workers: 4, mode: 'ledger' }),
  flow22: streams({ producers: 2, workers: 2, mode: 'flow' }),
}
