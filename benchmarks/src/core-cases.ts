import { createBatchFlow } from '@batchflow/core'
import { tableOf, type SqlTable } from '@batchflow/sqlite'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Case } from './case.ts'
import { coreColumns, coreRow, sink, type CoreRow } from './core-rows.ts'
import { coreTuningCases } from './core-tuning-cases.ts'
import type { SideBySide } from './side-by-side.ts'

const columns = coreColumns
const define = tableOf<CoreRow>()
const plain = define('plain', { columns })
const byNumber = define('by_number', { columns, conflict: { strategy: 'ignore', columns: ['id'] } })
const byText = define('by_text', { columns, conflict: { strategy: 'ignore', columns: ['key'] } })

const wideColumns = ['id', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] as const
type WideRow = { id: number } & Record<Exclude<(typeof wideColumns)[number], 'id'>, string>
const wide = tableOf<WideRow>()('wide', { columns: wideColumns })

function wideRow(id: number): WideRow {
  const text = `text ${id}`
  return { id, a: text, b: text, c: text, d: text, e: text, f: text, g: text, h: text, i: text }
}

function flow(table: SqlTable<CoreRow>): Case {
  return async ({ rows, flushSize }) => {
    const driver = sink()
    // As many rows at once as the hand-written batcher has in flight.
    const bufferSize = 4 * flushSize
    const batchFlow = createBatchFlow({ driver, flushSize, bufferSize, onDeadLetter: () => {} })
    for (let id = 0; id < rows; id++) {
      const row = coreRow(id)
      if (!batchFlow.trySubmit(table, row)) await batchFlow.submit(table, row)
    }
    await batchFlow.close()
    return driver.rows
  }
}

/** The batcher that people write by hand: an array, a timer, and a limit to what is in flight. `keyOf` joins rows with the
 * same key within a batch. */
function batcher(keyOf?: (row: CoreRow) => string | number): Case {
  return async ({ rows, flushSize }) => {
    const driver = sink()
    let batch: CoreRow[] = []
    let timer: NodeJS.Timeout | undefined
    const inFlight = new Set<Promise<unknown>>()
    const write = () => {
      clearTimeout(timer)
      timer = undefined
      const taken = keyOf === undefined ? batch : [...new Map(batch.map((row) => [keyOf(row), row])).values()]
      batch = []
      const writing: Promise<boolean> = driver
        .write({ id: '', target: plain, rows: taken }, { attempt: 1, signal: new AbortController().signal })
        .then(() => inFlight.delete(writing))
      inFlight.add(writing)
    }
    for (let id = 0; id < rows; id++) {
      batch.push(coreRow(id))
      timer ??= setTimeout(write, 100)
      if (batch.length === flushSize) write()
      if (inFlight.size >= 4) await Promise.race(inFlight)
    }
    if (batch.length > 0) write()
    await Promise.all(inFlight)
    return driver.rows
  }
}

const awaitedSubmit: Case = async ({ rows, flushSize }) => {
  const driver = sink()
  const batchFlow = createBatchFlow({ driver, flushSize, onDeadLetter: () => {} })
  for (let id = 0; id < rows; id++) await batchFlow.submit(plain, coreRow(id))
  await batchFlow.close()
  return driver.rows
}

/** What awaiting costs by itself: the hand-written batcher behind an async function. */
const awaitedBatcher: Case = async ({ rows, flushSize }) => {
  const driver = sink()
  let batch: CoreRow[] = []
  const submit = async (row: CoreRow): Promise<void> => {
    batch.push(row)
    if (batch.length < flushSize) return
    const taken = batch
    batch = []
    await driver.write(
      { id: '', target: plain, rows: taken },
      { attempt: 1, signal: new AbortController().signal },
    )
  }
  for (let id = 0; id < rows; id++) await submit(coreRow(id))
  if (batch.length > 0)
    await driver.write(
      { id: '', target: plain, rows: batch },
      { attempt: 1, signal: new AbortController().signal },
    )
  return driver.rows
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is held on to, without what waits to be collected. */
function liveHeapBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** The driver never answers: how much a flow holds on to when ten times as many rows come as it may take. */
const stalled: Case = async ({ rows }) => {
  const bufferBytes = 64 * 2 ** 20
  const batchFlow = createBatchFlow({
    driver: {
      name: 'stalled',
      capabilities: {},
      write: async () => await new Promise(() => {}),
      classify: () => undefined,
    },
    bufferSize: 1_000_000,
    bufferBytes,
    onDeadLetter: () => {},
  })
  const before = liveHeapBytes()
  let peak = 0
  for (let id = 0; id < rows; id++) {
    batchFlow.trySubmit(plain, coreRow(id))
    if (id % 1_000_000 > 0) continue
    peak = Math.max(peak, liveHeapBytes() - before)
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (peak > bufferBytes + 64 * 2 ** 20) throw new Error(`the heap grew by ${peak} bytes`)
  await batchFlow.close({ timeoutMs: 0 }).catch(() => {})
  return rows
}

/** A full buffer is flushed at once: what that does to the event loop is in the delay. */
const flushAll: Case = async ({ rows, flushSize }) => {
  const driver = sink()
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  const batchFlow = createBatchFlow({
    driver: {
      ...driver,
      write: async (batch) => await opened.then(() => void (driver.rows += batch.rows.length)),
    },
    flushSize,
    bufferSize: rows,
    bufferBytes: 2 ** 30,
    maxLaneRows: rows,
    timeoutMs: 60_000,
    onDeadLetter: () => {},
  })
  for (let id = 0; id < rows; id++) {
    batchFlow.trySubmit(wide, wideRow(id))
    if (id % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  open()
  await batchFlow.flush()
  await batchFlow.close()
  return driver.rows
}

export const coreCases: Readonly<Record<string, Case | SideBySide>> = {
  flow: flow(plain),
  batcher: batcher(),
  flowByNumber: flow(byNumber),
  batcherByNumber: batcher((row) => row.id),
  flowByText: flow(byText),
  batcherByText: batcher((row) => row.key),
  awaitedSubmit,
  awaitedBatcher,
  stalled,
  flushAll,
  ...coreTuningCases,
}
