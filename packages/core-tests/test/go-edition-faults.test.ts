// The faults that were found in the Go edition, each by its number, where it can exist in the engine.
import { createBatchFlow, rowSemantics, type CloseTimeoutError, type Target } from '@batchflow/core'
import { ClassifiedError, ManualClock, MemoryDriver, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { getEventListeners } from 'node:events'
import { idsOf, items, keyed, named, openFlow, others, type Item } from './support/open-flow.ts'

const codeOf = (error: unknown): string => (error as { code: string }).code

const deadlock = () => new ClassifiedError('transient', 'deadlock')

test('L1 close waits for every flush that is under way', async () => {
  const { flow, driver } = openFlow({ flushSize: 1 }, { onWrite: 'hold' })
  for (let id = 1; id <= 3; id++) await flow.submit(items, { id })
  let closed = false
  const closing = flow.close().then(() => (closed = true))
  for (const write of driver.held) {
    await settled()
    expect(closed).toBe(false)
    write.commit()
  }
  await closing
})

test('L2 close says that the final flush failed', async () => {
  const { flow } = openFlow({ retry: false }, { onWrite: (write) => write.fail(deadlock()) })
  await flow.submit(items, { id: 1 })
  expect(await flow.close()).toEqual({ written: 0, failed: 1 })
})

test('L3 a table that fails does not keep the tables after it from being written', async () => {
  const { flow, driver } = openFlow(
    { retry: false },
    { onWrite: (write) => (write.batch.target.name === 'items' ? write.fail(deadlock()) : write.commit()) },
  )
  await flow.submit(items, { id: 1 })
  await flow.submit(others, { id: 2 })
  await flow.flush()
  expect(idsOf(driver.rowsOf('others'))).toEqual([2])
})

test('L4 a failure carries its rows', async () => {
  const { flow, letters } = openFlow({ retry: false }, { onWrite: (write) => write.fail(deadlock()) })
  await flow.submit(items, { id: 1, text: 'kept' })
  await flow.flush()
  expect(letters[0]?.rows).toEqual([{ id: 1, text: 'kept' }])
})

test('L5 no failure is dropped, however many come at once', async () => {
  const { flow, letters } = openFlow(
    { flushSize: 1, retry: false, concurrencyLimit: 16 },
    { onWrite: (write) => write.fail(deadlock()) },
  )
  for (let id = 0; id < 1_000; id++) await flow.submit(items, { id })
  await flow.flush()
  expect(letters).toHaveLength(1_000)
})

test('L6 a driver that breaks is a failure, never a success', async () => {
  const open = openFlow(
    { retry: false },
    {
      onWrite: () => {
        throw new TypeError('broken')
      },
    },
  )
  await open.flow.submit(items, { id: 1 })
  await open.flow.flush()
  expect(open.flow.stats().ledger).toMatchObject({ written: 0, deadLettered: 1 })
  expect(named(open, 'batchSettled')[0]).toMatchObject({
    written: 0,
    failed: 1,
    failure: { reason: 'unknown' },
  })
})

test('L7 transient failures are retried by default', async () => {
  const { flow, clock } = openFlow(
    {},
    { onWrite: (write) => (write.context.attempt < 5 ? write.fail(deadlock()) : write.commit()) },
  )
  await flow.submit(items, { id: 1 })
  await clock.advance(60_000)
  expect(flow.stats().ledger.written).toBe(1)
})

test('L8 an abort of the flow does not cancel what is in flight', async () => {
  const abort = new AbortController()
  const { flow, driver } = openFlow({ flushSize: 1, signal: abort.signal }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  abort.abort()
  await settled()
  expect(driver.writes[0]?.context.signal.aborted).toBe(false)
  driver.writes[0]?.commit()
  expect(await flow.close()).toEqual({ written: 1, failed: 0 })
})

test('L9 L10 an abort drains everything by default, several batches at a time', async () => {
  const abort = new AbortController()
  const { flow, driver } = openFlow({ flushSize: 10, signal: abort.signal }, { onWrite: 'hold' })
  for (let id = 0; id < 95; id++) await flow.submit(items, { id })
  abort.abort()
  await settled()
  expect(driver.held.size).toBe(4)
  while (driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
  }
  expect(await flow.close()).toEqual({ written: 95, failed: 0 })
})

test('L11 H1 a submit that races close is either written or rejected', async () => {
  const { flow } = openFlow({ bufferSize: 3, flushSize: 1 })
  const submits = Array.from({ length: 20 }, async (_, id) => {
    if (id === 10) flow.close().catch(() => {})
    return await flow.submit(items, { id }).then(() => 'accepted', codeOf)
  })
  const outcomes = await Promise.all(submits)
  const { written } = await flow.close()
  expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(written)
  expect(outcomes.slice(10).every((outcome) => outcome === 'BATCHFLOW_CLOSED')).toBe(true)
})

test('L12 close after an abort that could not drain returns the rows', async () => {
  const abort = new AbortController()
  const { flow, clock } = openFlow({ signal: abort.signal, drainGraceMs: 100 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  abort.abort()
  await clock.advance(100)
  const error = (await flow.close().catch((reason: unknown) => reason)) as CloseTimeoutError
  expect(error.rows).toHaveLength(1)
})

test('L14 rows without a key are never joined', async () => {
  const target: Target<Item> = {
    name: 'nullable',
    [rowSemantics]: {
      definition: 'nullable',
      snapshot: (row: Item) => ({ ...row }),
      bytesOf: () => 8,
      key: (row: Item) => (row.id === 0 ? undefined : row.id),
      coalesce: (_: Item, later: Item) => later,
    },
  }
  const { flow, driver } = openFlow({ flushSize: 5 })
  for (const id of [0, 0, 1, 0, 1]) await flow.submit(target, { id })
  await flow.flush()
  expect(idsOf(driver.rowsOf('nullable'))).toEqual([0, 0, 1, 0])
})

test('L17 equal rows of a table without a conflict policy are all written', async () => {
  const { flow, driver } = openFlow()
  for (let n = 0; n < 3; n++) await flow.submit(items, { id: 1 })
  await flow.flush()
  expect(driver.rowsOf('items')).toHaveLength(3)
})

test('L23 one bad row costs one row', async () => {
  const { flow, letters, driver } = openFlow(
    { flushSize: 100 },
    {
      onWrite: (write) =>
        idsOf(write.batch.rows).includes(7)
          ? write.fail(new ClassifiedError('poison', 'constraint'))
          : write.commit(),
    },
  )
  for (let id = 0; id < 100; id++) await flow.submit(items, { id })
  await flow.flush()
  expect([driver.rowsOf('items').length, letters.length]).toEqual([99, 1])
})

test('L24 a connection that cannot be made, or that breaks, is tried again', async () => {
  const codes = ['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']
  const { flow, clock, letters } = openFlow(
    { retry: { maxAttempts: codes.length + 1 } },
    {
      onWrite: (write) => {
        const code = codes[write.context.attempt - 1]
        if (code === undefined) write.commit()
        else write.fail(Object.assign(new Error('network'), { code }))
      },
    },
  )
  await flow.submit(items, { id: 1 })
  await clock.advance(60_000)
  expect(flow.stats().ledger.written).toBe(1)
  expect(letters).toEqual([])
})

test('L28 an option is obeyed, or refused by name', async () => {
  const open = openFlow(
    { flushSize: 1, timeoutMs: 50, concurrencyLimit: 2, retry: { maxAttempts: 3, backoffMs: 0 } },
    { onWrite: 'hold' },
  )
  for (let id = 0; id < 3; id++) await open.flow.submit(items, { id })
  expect(open.driver.writes).toHaveLength(2)
  await open.clock.advance(50)
  expect(open.driver.writes.map((write) => write.context.signal.aborted)).toEqual([true, true])
  await open.clock.advance(60_000)
  expect(open.letters.map(({ error }) => error.attempts)).toEqual([3, 3, 3])
  expect(named(open, 'attemptFailed')).toHaveLength(6)
  for (const name of ['timeout', 'Retry', 'concurrency', 'coalescer', 'metricsReporter'])
    expect(() => openFlow({ [name]: 1 })).toThrow(`${name} is not an option`)
})

test('D2 after a partial failure only the failed rows are sent again', async () => {
  const { flow, driver, clock } = openFlow({ flushSize: 2 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  await flow.submit(items, { id: 2 })
  driver.writes[0]?.answer([
    { outcome: 'written' },
    { outcome: 'failed', failure: { kind: 'transient', reason: 'io' } },
  ])
  await clock.advance(1_000)
  expect(idsOf(driver.writes[1]?.batch.rows ?? [])).toEqual([2])
  driver.writes[1]?.commit()
})

test('D3 what is committed is not written again when another table of the same flush is tried again', async () => {
  const { flow, driver, clock } = openFlow(
    {},
    {
      onWrite: (write) =>
        write.batch.target.name === 'items' && write.context.attempt < 3
          ? write.fail(deadlock())
          : write.commit(),
    },
  )
  await flow.submit(items, { id: 1 })
  await flow.submit(others, { id: 2 })
  const flushed = flow.flush()
  await clock.advance(60_000)
  expect(await flushed).toEqual({ written: 2, failed: 0 })
  expect(driver.writes.map((write) => write.batch.target.name)).toEqual(['items', 'others', 'items', 'items'])
})

test('D4 the older of two values of one key never wins', async () => {
  const { flow, driver } = openFlow({ flushSize: 1, concurrencyLimit: 8 }, { onWrite: 'hold' })
  const target = keyed('values', (_, later) => later)
  for (const text of ['old', 'new']) await flow.submit(target, { id: 1, text })
  expect(driver.held.size).toBe(1)
  driver.writes[0]?.commit()
  await settled()
  driver.writes[1]?.commit()
  await settled()
  expect((driver.rowsOf('values').at(-1) as Item).text).toBe('new')
})

test('H2 a submit that waits ends when the flow gives up', async () => {
  const { flow, clock } = openFlow({ bufferSize: 1, flushSize: 1 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  const waiting = flow.submit(items, { id: 2 }).catch(codeOf)
  const closing = flow.close({ timeoutMs: 10 }).catch(() => {})
  await clock.advance(10)
  await closing
  expect(await waiting).toBe('BATCHFLOW_CLOSED')
})

test('H3 H4 close has a deadline without being told, and a hung driver does not outlast it', async () => {
  const { flow, clock } = openFlow({}, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  const closing = flow.close().catch(codeOf)
  await clock.advance(30_000)
  expect(await closing).toBe('BATCHFLOW_CLOSE_TIMEOUT')
})

test('H5 batches are not cut in advance of a free slot', async () => {
  const { flow, driver } = openFlow(
    { flushSize: 10, bufferSize: 100, concurrencyLimit: 2 },
    { onWrite: 'hold' },
  )
  let taken = 0
  while (flow.trySubmit(items, { id: taken })) taken++
  expect([taken, driver.writes.length]).toEqual([100, 2])
})

test('H6 a table in back-off does not hold up a healthy one', async () => {
  const { flow, driver } = openFlow(
    { flushSize: 1, concurrencyLimit: 1, retry: { backoffMs: 60_000 } },
    { onWrite: (write) => (write.batch.target.name === 'items' ? write.fail(deadlock()) : write.commit()) },
  )
  for (let id = 0; id < 10; id++) await flow.submit(items, { id })
  await flow.submit(others, { id: 1 })
  await flow.flush({ target: others })
  expect(driver.rowsOf('others')).toHaveLength(1)
})

test('H8 a retry sends the rows that were joined once, not joined again', async () => {
  let joins = 0
  const target = keyed('joined', (_, later) => {
    joins++
    return later
  })
  const { flow, driver, clock } = openFlow(
    { flushSize: 2 },
    { onWrite: (write) => (write.context.attempt < 4 ? write.fail(deadlock()) : write.commit()) },
  )
  await flow.submit(target, { id: 1, text: 'a' })
  await flow.submit(target, { id: 1, text: 'b' })
  await clock.advance(60_000)
  expect(joins).toBe(1)
  expect(new Set<unknown>(driver.writes.map((write): unknown => write.batch.rows)).size).toBe(1)
})

test('H9 nothing stays on a signal of the user', async () => {
  const abort = new AbortController()
  const { flow, driver } = openFlow(
    { signal: abort.signal, bufferSize: 1, flushSize: 1 },
    { onWrite: 'hold' },
  )
  const call = new AbortController()
  await flow.submit(items, { id: 1 }, { signal: call.signal })
  const waiting = flow.submit(items, { id: 2 }, { signal: call.signal })
  driver.writes[0]?.commit()
  await waiting
  const flushed = flow.flush({ signal: call.signal })
  driver.writes[1]?.commit()
  await flushed
  await flow.close()
  await settled()
  expect(getEventListeners(call.signal, 'abort')).toEqual([])
  expect(getEventListeners(abort.signal, 'abort')).toEqual([])
})

test('H10 a row changed after submit is written as it was', async () => {
  const { flow, driver } = openFlow()
  const row: { id: number; text?: string } = { id: 1 }
  await flow.submit(items, row)
  row.text = 'later'
  await flow.flush()
  expect(driver.rowsOf('items')).toEqual([{ id: 1 }])
})

test('H11 a target made anew for each row is still one lane', async () => {
  const { flow, driver } = openFlow({ flushSize: 10 })
  for (let id = 0; id < 10; id++) await flow.submit(keyed('again'), { id })
  await flow.flush()
  expect(driver.writes).toHaveLength(1)
})

test('H12 the number of rows is not the only bound', async () => {
  const { flow } = openFlow({ bufferBytes: 1_000_000, flushBytes: 1_000_000 }, { onWrite: 'hold' })
  let taken = 0
  while (flow.trySubmit(items, { id: taken, text: 'x'.repeat(10_000) })) taken++
  expect(taken).toBeLessThan(60)
})

test('H13 rows given up while retrying keep the error of the database', async () => {
  const { flow, clock } = openFlow(
    { retry: { maxAttempts: 100, backoffMs: 60_000 } },
    { onWrite: (write) => write.fail(deadlock()) },
  )
  await flow.submit(items, { id: 1 })
  const closing = flow.close({ timeoutMs: 100 }).catch((error: unknown) => error)
  await clock.advance(100)
  expect(await closing).toMatchObject({ cause: { failure: { reason: 'deadlock' } } })
})

test('H14 an error is not classified by words in its message', async () => {
  const { flow, letters } = openFlow(
    {},
    { onWrite: (write) => write.fail(new Error('timeout eof deadlock connection reset')) },
  )
  await flow.submit(items, { id: 1 })
  await flow.flush()
  expect(letters[0]?.error.failure).toEqual({ kind: 'poison', reason: 'unknown' })
})

test('S2 no row value is in a message', async () => {
  const { flow, letters } = openFlow(
    { retry: false },
    { onWrite: (write) => write.fail(new Error('Key (id)=(secret) already exists')) },
  )
  await flow.submit(items, { id: 1, text: 'secret' })
  await flow.flush()
  expect(letters[0]?.error.message).not.toContain('secret')
})

test('7.5 a row that is being written is not counted as waiting, and one that waits is not forgotten', async () => {
  const clock = new ManualClock()
  const driver = new MemoryDriver({ onWrite: 'hold' })
  const flow = createBatchFlow({ driver, flushSize: 2, onDeadLetter: () => {} }, { clock })
  for (let id = 0; id < 3; id++) await flow.submit(items, { id })
  expect(flow.stats()).toMatchObject({ bufferedRows: 1, inFlightBatches: 1, ledger: { pending: 3 } })
  const closing = flow.close()
  await settled()
  for (const write of driver.held) write.commit()
  await settled()
  for (const write of driver.held) write.commit()
  await closing
  expect(flow.stats()).toMatchObject({ bufferedRows: 0, inFlightBatches: 0, ledger: { pending: 0 } })
})
