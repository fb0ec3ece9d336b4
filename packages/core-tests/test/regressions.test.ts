import {
  createBatchFlow,
  rowSemantics,
  submitAll,
  type CloseTimeoutError,
  type Driver,
  type Failure,
  type Target,
} from '@batchflow/core'
import { ClassifiedError, ManualClock, MemoryDriver, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { idsOf, items, keyed, openFlow, others, sized, type Item } from './support/open-flow.ts'

test('a prepare that outlives its attempt does not let that attempt write', async () => {
  let finishPrepare: () => void = () => {}
  let calls = 0
  const { flow, driver, clock } = openFlow(
    { timeoutMs: 100 },
    {
      prepare: async () => {
        if (++calls === 1) await new Promise<void>((resolve) => (finishPrepare = resolve))
      },
    },
  )
  await flow.submit(items, { id: 1 })
  await clock.advance(10_000)
  finishPrepare()
  await settled()
  expect(idsOf(driver.rowsOf('items'))).toEqual([1])
})

test('flush resolves when it is called the moment a row was dead-lettered', async () => {
  const { flow } = openFlow(
    { flushSize: 1 },
    { onWrite: (write) => write.fail(new ClassifiedError('poison', 'constraint')) },
  )
  const flushed = flow.submitAndSettle(items, { id: 1 }).catch(async () => await flow.flush())
  expect(await flushed).toEqual({ written: 0, failed: 0 })
})

test('a key or a join that throws is none, is counted, and loses nothing', async () => {
  const fails = () => {
    throw new Error('key')
  }
  for (const broken of [{ key: fails }, { key: (row: Item) => row.id % 2, coalesce: fails }]) {
    const target: Target<Item> = {
      name: 'broken',
      [rowSemantics]: { definition: 'broken', snapshot: (row: Item) => row, bytesOf: () => 8, ...broken },
    }
    const { flow, driver } = openFlow({ flushSize: 4 })
    for (let id = 1; id <= 4; id++) await flow.submit(target, { id })
    await flow.submit(items, { id: 5 })
    await flow.flush()
    expect(idsOf(driver.rowsOf('broken'))).toEqual([1, 2, 3, 4])
    expect(idsOf(driver.rowsOf('items'))).toEqual([5])
    expect(flow.stats().observerErrors).toBeGreaterThan(0)
  }
})

test('a driver that rejects with the reason of its signal is not taken for one with bad rows', async () => {
  const { flow, driver, clock, letters } = openFlow({ timeoutMs: 100 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  const flushed = flow.flush()
  await clock.advance(100)
  driver.writes[0]?.fail(driver.writes[0].context.signal.reason)
  await clock.advance(1_000)
  driver.writes[1]?.commit()
  expect(await flushed).toEqual({ written: 1, failed: 0 })
  expect(letters).toEqual([])
})

test('a doubt is not forgotten when a later attempt fails clearly', async () => {
  const answers: Failure[] = [
    { kind: 'ambiguous', reason: 'connection' },
    { kind: 'transient', reason: 'connection' },
  ]
  const { flow, clock, letters } = openFlow(
    { retry: { maxAttempts: 2 } },
    {
      onWrite: (write) => {
        const { kind, reason } = answers[write.context.attempt - 1] as Failure
        const error = new ClassifiedError(kind, reason)
        if (kind === 'ambiguous') write.commitAndFail(error)
        else write.fail(error)
      },
    },
  )
  await flow.submit(items, { id: 1 })
  await clock.advance(10_000)
  expect(letters[0]?.error.failure).toEqual({ kind: 'ambiguous', reason: 'connection' })
})

test('rows of which an attempt may have been written come back as ambiguous, others do not', async () => {
  const { flow, driver, clock } = openFlow(
    { flushSize: 2, retry: { maxAttempts: 100, backoffMs: 10_000 } },
    { onWrite: 'hold' },
  )
  await flow.submit(items, { id: 1 })
  await flow.submit(items, { id: 2 })
  driver.writes[0]?.commitAndFail(new ClassifiedError('ambiguous', 'connection'))
  await clock.advance(10_000)
  driver.writes[1]?.fail(new ClassifiedError('transient', 'connection'))
  await settled()
  await flow.submit(items, { id: 3 })
  const closing = flow.close({ timeoutMs: 0 }).catch((error: unknown) => error)
  await clock.advance(0)
  const { rows } = (await closing) as CloseTimeoutError
  expect(rows.slice(0, 2).map(({ ambiguous }) => ambiguous)).toEqual([true, true])
})

test('submits that wait when close is called come in as full batches', async () => {
  const { flow, driver } = openFlow(
    { bufferSize: 100, flushSize: 100, concurrencyLimit: 1 },
    { onWrite: 'hold' },
  )
  const submits = Array.from({ length: 1_000 }, async (_, id) => await flow.submit(items, { id }))
  const closing = flow.close()
  while (driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
  }
  await Promise.all(submits)
  await closing
  expect(driver.writes.map((write) => write.batch.rows.length)).toEqual(Array(10).fill(100))
})

test('a pool that cannot be read takes nothing from the other figures, nor from the error of close', async () => {
  const clock = new ManualClock()
  const driver: Driver = {
    name: 'broken pool',
    capabilities: {},
    write: async () => await new Promise(() => {}),
    classify: () => undefined,
    pool: () => {
      throw new Error('pool')
    },
  }
  const flow = createBatchFlow({ driver, onDeadLetter: () => {} }, { clock })
  await flow.submit(items, { id: 1 })
  expect(flow.stats()).toMatchObject({ bufferedRows: 1 })
  const closing = flow.close({ timeoutMs: 5 }).catch((error: unknown) => error)
  await clock.advance(5)
  expect(await closing).toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT', rows: [{ row: { id: 1 } }] })
})

test('a dead-letter handler may do what it likes with the rows that it is given', async () => {
  const { flow } = openFlow(
    {
      flushSize: 3,
      retry: false,
      onDeadLetter: ({ rows }) => void (rows as unknown[]).splice(0),
    },
    { onWrite: (write) => write.fail(new ClassifiedError('transient', 'deadlock')) },
  )
  for (let id = 1; id <= 3; id++) await flow.submit(items, { id })
  expect(await flow.flush()).toEqual({ written: 0, failed: 3 })
})

test('a stopped table does not hold the bytes of the others', async () => {
  const big = sized('big')
  const { flow, driver } = openFlow(
    { bufferBytes: 1_000, flushBytes: 100 },
    {
      onWrite: (write) =>
        write.batch.target.name === 'big'
          ? write.fail(new ClassifiedError('configuration', 'schema'))
          : write.commit(),
    },
  )
  await flow.submit(items, { id: 0 })
  for (let id = 0; flow.trySubmit(big, { id, text: 'x'.repeat(50) }); id++) expect(id).toBeLessThan(20)
  expect(flow.trySubmit(items, { id: 1 })).toBe(true)
  await flow.flush({ target: items })
  expect(driver.rowsOf('items')).toHaveLength(2)
})

test('of outcomes that can be tried again the gravest decides: rows of a stopped table are kept', async () => {
  const { flow, driver, clock, letters } = openFlow(
    { flushSize: 2, retry: { maxAttempts: 2 }, configurationRetryMs: 1_000 },
    {
      onWrite: (write) =>
        write.answer([
          { outcome: 'failed', failure: { kind: 'transient', reason: 'deadlock' } },
          { outcome: 'failed', failure: { kind: 'configuration', reason: 'schema' } },
        ]),
    },
  )
  await flow.submit(items, { id: 1 })
  await flow.submit(items, { id: 2 })
  await clock.advance(20_000)
  expect(letters).toEqual([])
  expect(driver.writes.length).toBeGreaterThan(10)
  expect(new Set(driver.writes.map((write) => write.batch.id)).size).toBe(1)
})

test('drainOnAbort false sends nothing more', async () => {
  const abort = new AbortController()
  const { flow, driver } = openFlow({ signal: abort.signal, drainOnAbort: false })
  await flow.submit(items, { id: 1 })
  abort.abort()
  await expect(flow.close()).rejects.toMatchObject({ rows: [{ ambiguous: false }] })
  expect(driver.writes).toEqual([])
})

test('a dead-letter handler that rejects after the flow gave up leaves no timer behind', async () => {
  let refuse: (error: Error) => void = () => {}
  const { flow, clock } = openFlow(
    { onDeadLetter: async () => await new Promise<void>((_, reject) => (refuse = reject)) },
    { onWrite: (write) => write.fail(new ClassifiedError('poison', 'constraint')) },
  )
  await flow.submit(items, { id: 1 })
  const closing = flow.close({ timeoutMs: 200 }).catch(() => {})
  await clock.advance(200)
  await closing
  refuse(new Error('late'))
  await settled()
  expect(clock.timers).toBe(0)
})

test('an observer that is async and rejects is contained and counted', async () => {
  const rejects: () => unknown = async () => await Promise.reject(new Error('observer'))
  const { flow } = openFlow({
    flushSize: 1,
    observers: [{ batchSettled: rejects }],
  })
  await flow.submit(items, { id: 1 })
  await flow.flush()
  await settled()
  expect(flow.stats().observerErrors).toBe(1)
})

test('many calls may wait on one signal without a warning of Node', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  const { flow, driver } = openFlow(
    { bufferSize: 40, flushSize: 1, concurrencyLimit: 20 },
    { onWrite: 'hold' },
  )
  const { signal } = new AbortController()
  const submits = Array.from({ length: 60 }, async (_, id) => await flow.submit(items, { id }, { signal }))
  await settled()
  while (driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
  }
  await Promise.all(submits)
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})

test('the dead-letter sink is closed even when the driver cannot be', async () => {
  let closed = 0
  const driver = new MemoryDriver()
  const flow = createBatchFlow({
    driver: Object.assign(driver, {
      close: async () => await Promise.reject(new Error('driver')),
    }),
    deadLetters: {
      write: async () => await Promise.resolve(),
      close: async () => {
        closed++
        await Promise.resolve()
      },
    },
  })
  await expect(flow.close()).rejects.toThrow('driver')
  expect(closed).toBe(1)
})

test('with no room for waiting, a refusal still makes room', async () => {
  const { flow, driver } = openFlow({ bufferSize: 5, flushSize: 5, maxWaitingSubmits: 0, maxLaneRows: 3 })
  for (let id = 1; id <= 3; id++) await flow.submit(items, { id })
  await expect(flow.submit(items, { id: 4 })).rejects.toMatchObject({ code: 'BATCHFLOW_OVERLOADED' })
  await settled()
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 2, 3])
})

test('a row whose size is no number is refused, and waits for nobody', async () => {
  const odd: Target<Item> = {
    name: 'odd',
    [rowSemantics]: { definition: 'odd', snapshot: (row: Item) => row, bytesOf: () => Number.NaN },
  }
  const { flow } = openFlow()
  await expect(flow.submit(odd, { id: 1 })).rejects.toMatchObject({ code: 'BATCHFLOW_INVALID_ROW' })
})

test('a pause longer than a timer can be is the longest that a timer can be', async () => {
  const open = openFlow(
    { flushSize: 1 },
    {
      onWrite: (write) => write.fail(new ClassifiedError('overload', 'throttled', { retryAfterMs: 2 ** 40 })),
    },
  )
  await open.flow.submit(items, { id: 1 })
  await open.clock.advance(1_000_000)
  expect(open.driver.writes).toHaveLength(1)
})

test('a classifier that answers nonsense is passed over and counted', async () => {
  for (const nonsense of [null, 'transient', { kind: 'broken' }]) {
    const { flow, letters } = openFlow(
      { classify: () => nonsense as unknown as Failure },
      { onWrite: (write) => write.fail(new ClassifiedError('poison', 'constraint')) },
    )
    await flow.submit(items, { id: 1 })
    await flow.flush()
    expect(letters[0]?.error.failure.reason).toBe('constraint')
    expect(flow.stats().observerErrors).toBe(1)
  }
})

test('an observer may call close while the flow is closing', async () => {
  const inner: Promise<unknown>[] = []
  const open = openFlow({ observers: [{ batchFlushed: () => void inner.push(open.flow.close()) }] })
  await open.flow.submit(items, { id: 1 })
  const outer = open.flow.close()
  expect(await outer).toEqual({ written: 1, failed: 0 })
  expect(inner).toEqual([outer])
})

test('submitAll notices an abort while its source is silent', async () => {
  const { flow } = openFlow()
  const silent: AsyncIterable<Item> = {
    [Symbol.asyncIterator]: () => ({ next: async () => await new Promise(() => {}) }),
  }
  const abort = new AbortController()
  const submitting = submitAll(flow, items, silent, { signal: abort.signal })
  await settled()
  abort.abort(new Error('enough'))
  await expect(submitting).rejects.toThrow('enough')
})

test('objects of a class are handed to the driver as they are', async () => {
  const { flow, driver } = openFlow()
  const rows = [new Map([[1, 2]]), new URL('http://localhost/'), new Date(5)]
  for (const row of rows) await flow.submit({ name: 'objects' }, row)
  await flow.flush()
  expect(driver.rowsOf('objects')).toEqual(rows)
})

test('where a driver takes repeated keys in one batch, they go in one', async () => {
  const { flow, driver } = openFlow({ flushSize: 4 }, { capabilities: { repeatedKeys: true } })
  for (const text of ['a', 'b', 'c', 'd']) await flow.submit(keyed('hot'), { id: 1, text })
  await flow.flush()
  expect(driver.writes).toHaveLength(1)
})

test('a wrong deadline of close rejects, and the flow stays open', async () => {
  const { flow } = openFlow()
  await expect(flow.close({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'BATCHFLOW_INVALID_OPTION' })
  await flow.submit(others, { id: 1 })
  expect(flow.stats().state).toBe('open')
})

test('rows of one key that cannot be joined never stand in one batch', async () => {
  const target = keyed('some', (earlier, later) =>
    later.text === 'apart' ? (undefined as unknown as Item) : { ...earlier, ...later },
  )
  const { flow, driver } = openFlow({ flushSize: 5 }, { onWrite: 'hold' })
  for (const text of ['a', 'b', 'apart', 'c']) await flow.submit(target, { id: 1, text })
  await flow.submit(target, { id: 2, text: 'other' })
  const flushed = flow.flush()
  const batches: unknown[][] = []
  while (driver.held.size > 0) {
    for (const write of driver.held) {
      batches.push(write.batch.rows.map((row: Item) => row.text))
      write.commit()
    }
    await settled()
  }
  expect(batches).toEqual([['b', 'other'], ['c']])
  expect(await flushed).toEqual({ written: 3, failed: 0 })
  expect(flow.stats().ledger).toMatchObject({ submitted: 5, written: 3, coalesced: 2 })
})

test('a doubt among the outcomes of a batch is not forgotten beside a graver failure', async () => {
  const { flow, driver, clock } = openFlow({ flushSize: 2 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  await flow.submit(items, { id: 2 })
  driver.writes[0]?.answer([
    { outcome: 'failed', failure: { kind: 'ambiguous', reason: 'connection' } },
    { outcome: 'failed', failure: { kind: 'configuration', reason: 'schema' } },
  ])
  await settled()
  const closing = flow.close({ timeoutMs: 0 }).catch((error: unknown) => error)
  await clock.advance(0)
  const { rows } = (await closing) as CloseTimeoutError
  expect(rows.map(({ ambiguous }) => ambiguous)).toEqual([true, false])
})

test('a batch that is settled in part keeps the room of its other rows', async () => {
  const big = sized('big')
  const { flow, driver } = openFlow({ bufferBytes: 100, flushBytes: 100, flushSize: 2 }, { onWrite: 'hold' })
  await flow.submit(big, { id: 1, text: 'x' })
  await flow.submit(big, { id: 2, text: 'x'.repeat(90) })
  driver.writes[0]?.answer([
    { outcome: 'written' },
    { outcome: 'failed', failure: { kind: 'transient', reason: 'io' } },
  ])
  await settled()
  expect(flow.trySubmit(big, { id: 3, text: 'x'.repeat(40) })).toBe(false)
})

test('retune to fewer slots starts nothing beyond them', async () => {
  const { flow, driver } = openFlow({ flushSize: 10, concurrencyLimit: 4 }, { onWrite: 'hold' })
  for (let id = 0; id < 9; id++) await flow.submit(items, { id })
  for (let id = 0; id < 9; id++) await flow.submit(others, { id })
  flow.retune({ flushSize: 5, concurrencyLimit: 1 })
  expect(driver.held.size).toBe(1)
  driver.writes[0]?.commit()
  await settled()
  driver.writes[1]?.commit()
})

test('an async flowOpened that rejects is contained and counted', async () => {
  const rejects: () => unknown = async () => await Promise.reject(new Error('observer'))
  const { flow } = openFlow({ observers: [{ flowOpened: rejects }] })
  await settled()
  expect(flow.stats().observerErrors).toBe(1)
})

test('room that an aborted submit leaves is not given to another with the same signal', async () => {
  const { flow, driver } = openFlow({ bufferBytes: 100, flushBytes: 10 }, { onWrite: 'hold' })
  const target = sized('sized')
  await flow.submit(target, { id: 1, text: 'x'.repeat(60) })
  const abort = new AbortController()
  const reason = new Error('enough')
  const waiting = [50, 30].map((bytes, id) =>
    flow.submit(target, { id, text: 'x'.repeat(bytes) }, { signal: abort.signal }),
  )
  const behind = flow.submit(target, { id: 4, text: 'x'.repeat(40) })
  abort.abort(reason)
  for (const submit of waiting) await expect(submit).rejects.toBe(reason)
  await behind
  expect(flow.stats().ledger.submitted).toBe(2)
  for (const write of driver.held) write.commit()
})

test('drainOnAbort false closes a flow that has nothing to return without an error', async () => {
  const abort = new AbortController()
  const { flow, driver } = openFlow({ signal: abort.signal, drainOnAbort: false })
  await flow.submit(items, { id: 1 })
  await flow.flush()
  abort.abort()
  expect(await flow.close()).toEqual({ written: 1, failed: 0 })
  expect(driver.closed).toBe(1)
})
