import { setTimeout as sleep } from 'node:timers/promises'
import { createBatchFlow, createPipeline, logObserver, type BatchFlowOptions } from '@batchflow/core'
import { tableOf, type SqlTable } from '@batchflow/sqlite'
import type { Case } from './case.ts'
import { coreColumns, coreRow, sink, type CoreRow } from './core-rows.ts'
import { alone, side } from './core-side.ts'
import type { SideBySide } from './side-by-side.ts'

const define = tableOf<CoreRow>()
const plain = define('plain', { columns: coreColumns })

/** A database that takes this many milliseconds for a batch, and for each of its rows: one across a network. It is modelled
 * by waiting, so the figures say how the settings work together and not what a machine can do. */
const batchMs = 2
const rowMs = 0.02

type Tuning = Pick<BatchFlowOptions<SqlTable<CoreRow>>, 'bufferSize' | 'concurrencyLimit' | 'flushIntervalMs'>

/** Rows as fast as they are taken, into a database that takes its time. */
function loaded(tuning: (flushSize: number) => Tuning): Case {
  return async ({ rows, flushSize }) => {
    let written = 0
    const flow = createBatchFlow({
      driver: {
        name: 'database',
        capabilities: {},
        write: async (batch) => {
          await sleep(batchMs + batch.rows.length * rowMs)
          written += batch.rows.length
        },
        classify: () => undefined,
      },
      flushSize,
      onDeadLetter: () => {},
      ...tuning(flushSize),
    })
    for (let id = 0; id < rows; id++) {
      const row = coreRow(id)
      if (!flow.trySubmit(plain, row)) await flow.submit(plain, row)
    }
    await flow.close()
    return written
  }
}

/** Ten rows in each millisecond: what an interval costs in batches. */
function trickle(flushIntervalMs: number): Case {
  return async ({ rows, flushSize }) => {
    const driver = sink()
    const flow = createBatchFlow({ driver, flushSize, flushIntervalMs, onDeadLetter: () => {} })
    for (let id = 0; id < rows; id++) {
      await flow.submit(plain, coreRow(id))
      if (id % 10 === 9) await sleep(1)
    }
    await flow.close()
    return driver.rows
  }
}

/** Rows for so many tables in turn, which is the worst order. The buffer is the default, or has room for full batches. */
function tables(count: number, hasRoom: boolean): Case {
  return async ({ rows, flushSize }) => {
    const driver = sink()
    const targets = Array.from({ length: count }, (_, index) => define(`t${index}`, { columns: coreColumns }))
    const room = { bufferSize: 2 * count * flushSize, bufferBytes: 2 ** 31 }
    const flow = createBatchFlow({ driver, flushSize, onDeadLetter: () => {}, ...(hasRoom ? room : {}) })
    for (let id = 0; id < rows; id++) {
      const row = coreRow(id)
      const target = targets[id % count] as (typeof targets)[number]
      if (!flow.trySubmit(target, row)) await flow.submit(target, row)
    }
    await flow.close()
    return driver.rows
  }
}

const nothing = () => {}
const quietLog = logObserver({ debug: nothing, info: nothing, warn: nothing, error: nothing })

const pipeline: Case = async ({ rows, flushSize }) => {
  let done = 0
  const items = createPipeline<CoreRow>({
    flush: async (batch) => {
      done += batch.length
      await Promise.resolve()
    },
    flushSize,
    bufferSize: 4 * flushSize,
    onDeadLetter: () => {},
  })
  for (let id = 0; id < rows; id++) {
    const row = coreRow(id)
    if (!items.trySubmit(row)) await items.submit(row)
  }
  await items.close()
  return done
}

/** Ten times more rows than the database takes, of which the newest are kept. */
const dropOldest: Case = async ({ rows, flushSize }) => {
  let written = 0
  const flow = createBatchFlow({
    driver: {
      name: 'database',
      capabilities: {},
      write: async (batch) => {
        await sleep(batchMs)
        written += batch.rows.length
      },
      classify: () => undefined,
    },
    flushSize,
    overflow: 'dropOldest',
    onDeadLetter: () => {},
  })
  for (let id = 0; id < rows; id++) {
    flow.trySubmit(plain, coreRow(id))
    if (id % 10_000 === 0) await sleep(1)
  }
  const { failed } = await flow.close()
  return written + failed
}

export const coreTuningCases: Readonly<Record<string, Case | SideBySide>> = {
  engine: alone(plain, () => []),
  engineLogged: {
    sides: (flushSize) => ({ ours: side(plain, flushSize, [quietLog]), theirs: side(plain, flushSize, []) }),
  },
  pipeline,
  dropOldest,
  ...Object.fromEntries(
    [1, 2, 4, 8, 16].map((limit) => [
      `concurrency${limit}`,
      loaded((flushSize) => ({ concurrencyLimit: limit, bufferSize: 2 * limit * flushSize })),
    ]),
  ),
  ...Object.fromEntries(
    [0.25, 0.5, 1, 4].map((factor) => [
      `buffer${factor}`,
      loaded((flushSize) => ({ concurrencyLimit: 4, bufferSize: factor * 4 * flushSize })),
    ]),
  ),
  ...Object.fromEntries([1, 10, 100].map((ms) => [`interval${ms}`, trickle(ms)])),
  ...Object.fromEntries([1, 10, 100, 1_000].map((count) => [`tables${count}`, tables(count, false)])),
  ...Object.fromEntries([10, 100].map((count) => [`roomyTables${count}`, tables(count, true)])),
}
