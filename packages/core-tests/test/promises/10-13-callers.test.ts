import { BatchFlowError, submitAll, toWritable, type FlowObserver } from '@batchflow/core'
import { ClassifiedError, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { idsOf, items, openFlow } from '../support/open-flow.ts'

test('10. an aborted submit rejects with signal.reason and takes nothing', async () => {
  const { flow, driver } = openFlow({ bufferSize: 1, flushSize: 1 }, { onWrite: 'hold' })
  const reason = new Error('changed my mind')
  await expect(flow.submit(items, { id: 1 }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  await flow.submit(items, { id: 2 })
  const abort = new AbortController()
  const waiting = flow.submit(items, { id: 3 }, { signal: abort.signal })
  const behind = flow.submit(items, { id: 4 })
  abort.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  driver.writes[0]?.commit()
  await behind
  driver.writes[1]?.commit()
  await settled()
  expect(idsOf(driver.rowsOf('items'))).toEqual([2, 4])
})

test('10. observers that throw are contained, counted, and change nothing', async () => {
  const fail = () => {
    throw new Error('observer')
  }
  const observer: FlowObserver = {
    flowOpened: fail,
    batchFlushed: fail,
    batchPrepared: fail,
    attemptFailed: fail,
    batchSettled: fail,
    rowsDeadLettered: fail,
    submitRejected: fail,
    flowClosed: fail,
  }
  const { flow, driver } = openFlow({ observers: [observer], flushSize: 1 })
  await flow.submit(items, { id: 1 })
  await flow.close()
  expect(idsOf(driver.rowsOf('items'))).toEqual([1])
  expect(flow.stats().observerErrors).toBe(5)
})

test('an observer that was set up wrongly is heard when the flow is created', () => {
  const observer: FlowObserver = {
    flowOpened: () => {
      throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', 'instanceId is in use')
    },
  }
  const closed: unknown[] = []
  const first: FlowObserver = { flowClosed: ({ ledger }) => void closed.push(ledger.submitted) }
  expect(() => openFlow({ observers: [first, observer] })).toThrow('instanceId is in use')
  expect(closed).toEqual([0])
})

test('a row that cannot be read is refused with the reason as cause', async () => {
  const { flow } = openFlow()
  const cause = new Error('getter')
  const row = {
    get id(): number {
      throw cause
    },
  }
  await expect(flow.submit(items, row)).rejects.toMatchObject({ code: 'BATCHFLOW_INVALID_ROW', cause })
  expect(flow.stats().ledger.submitted).toBe(0)
})

test('submitAll refuses what is not iterable, without quoting it', async () => {
  const { flow } = openFlow()
  const wrong: [unknown, string][] = [
    [5, 'rows must be iterable, got number'],
    [null, 'rows must be iterable, got null'],
    ['secret', 'rows must be iterable, got string'],
  ]
  for (const [rows, message] of wrong)
    await expect(submitAll(flow, items, rows as [])).rejects.toMatchObject({
      code: 'BATCHFLOW_INVALID_OPTION',
      message,
    })
})

test('10. a classify that throws is contained, counted, and passed over', async () => {
  const { flow, letters } = openFlow(
    {
      classify: () => {
        throw new Error('classify')
      },
    },
    { onWrite: (write) => write.fail(new ClassifiedError('poison', 'constraint')) },
  )
  await flow.submit(items, { id: 1 })
  await flow.flush()
  expect(letters[0]?.error.failure.reason).toBe('constraint')
  expect(flow.stats().observerErrors).toBe(1)
})

test('10. when the dead-letter handler rejects it is called again with back-off, and its rows stay pending', async () => {
  let calls = 0
  const { flow, clock } = openFlow(
    {
      bufferSize: 1,
      flushSize: 1,
      retry: { backoffMs: 100 },
      onDeadLetter: async () => {
        await Promise.resolve()
        if (++calls < 4) throw new Error('the disk is full')
      },
    },
    { onWrite: (write) => write.fail(new ClassifiedError('poison', 'constraint')) },
  )
  await flow.submit(items, { id: 1 })
  await settled()
  expect(calls).toBe(1)
  expect(flow.stats().ledger.pending).toBe(1)
  expect(flow.trySubmit(items, { id: 2 })).toBe(false)
  await clock.advance(10_000)
  expect(calls).toBe(4)
  expect(flow.stats().ledger).toMatchObject({ deadLettered: 1, pending: 0 })
})

test('submitAndSettle rejects with the error of its row', async () => {
  const { flow } = openFlow(
    { flushSize: 2 },
    {
      onWrite: (write) =>
        idsOf(write.batch.rows).includes(2)
          ? write.fail(new ClassifiedError('poison', 'duplicate_key'))
          : write.commit(),
    },
  )
  const one = flow.submitAndSettle(items, { id: 1 })
  const two = flow.submitAndSettle(items, { id: 2 })
  await expect(one).resolves.toEqual({ outcome: 'written' })
  await expect(two).rejects.toMatchObject({
    code: 'BATCHFLOW_BATCH_FAILED',
    failure: { reason: 'duplicate_key' },
  })
})

test('11. rows are copied at submit: a row changed later does not change what is written', async () => {
  const { flow, driver } = openFlow()
  const row: { id: number; text: string } = { id: 1, text: 'before' }
  await flow.submit(items, row)
  row.text = 'after'
  await flow.flush()
  expect(driver.rowsOf('items')).toEqual([{ id: 1, text: 'before' }])
})

test('13. a batch that was handed over is never used again by the flow', async () => {
  const { flow, driver } = openFlow({ flushSize: 2 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  await flow.submit(items, { id: 2 })
  const { batch } = driver.writes[0] ?? {}
  const before = [...(batch?.rows ?? [])]
  for (let id = 3; id <= 6; id++) await flow.submit(items, { id })
  expect(batch?.rows).toEqual(before)
  for (const write of driver.held) write.commit()
})

test('submitAll takes iterables and async iterables at the pace of the driver', async () => {
  const { flow, driver } = openFlow({ bufferSize: 50, flushSize: 10 })
  const rows = Array.from({ length: 1_000 }, (_, id) => ({ id }))
  expect(await submitAll(flow, items, rows)).toBe(1_000)
  expect(await submitAll(flow, items, Readable.from(rows) as AsyncIterable<{ id: number }>)).toBe(1_000)
  await flow.flush()
  expect(driver.rowsOf('items')).toHaveLength(2_000)
})

test('submitAll yields to the event loop at least every 5 ms', async () => {
  const { flow } = openFlow({ bufferSize: 1_000_000, flushSize: 1_000_000 }, { onWrite: 'hold' })
  let longest = 0
  let last = performance.now()
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 0)
  let turns = 0
  const beat = () => {
    turns++
    if (watching) setImmediate(beat)
  }
  let watching = true
  setImmediate(beat)
  const began = performance.now()
  await submitAll(
    flow,
    items,
    (function* () {
      while (performance.now() - began < 200) yield { id: 1 }
    })(),
  )
  watching = false
  clearInterval(watch)
  // 200 ms of rows that are always ready, in slices of 5 ms: some 40 turns, fewer on a machine that is busy.
  expect(turns).toBeGreaterThan(10)
})

test('submitAll stops at the first row that is refused, and says why', async () => {
  const abort = new AbortController()
  const { flow } = openFlow({ bufferSize: 5, flushSize: 5 }, { onWrite: 'hold' })
  const submitting = submitAll(
    flow,
    items,
    [...Array(10).keys()].map((id) => ({ id })),
    {
      signal: abort.signal,
    },
  )
  await settled()
  abort.abort(new Error('enough'))
  await expect(submitting).rejects.toThrow('enough')
  expect(flow.stats().ledger.submitted).toBe(5)
})

test('toWritable ends when everything written to it is settled', async () => {
  const { flow, driver } = openFlow({ bufferSize: 20, flushSize: 7 })
  await pipeline(Readable.from([...Array(100).keys()].map((id) => ({ id }))), toWritable(flow, items))
  expect(driver.rowsOf('items')).toHaveLength(100)
  expect(flow.stats().state).toBe('open')
})

test('a stream that is destroyed takes no more rows and leaves the flow open', async () => {
  const { flow, driver } = openFlow({ bufferSize: 2, flushSize: 2 }, { onWrite: 'hold' })
  const stream = toWritable(flow, items)
  for (let id = 0; id < 5; id++) stream.write({ id })
  await settled()
  stream.destroy()
  await settled()
  expect(flow.stats()).toMatchObject({ waitingSubmits: 0, ledger: { submitted: 2 } })
  driver.writes[0]?.commit()
})
