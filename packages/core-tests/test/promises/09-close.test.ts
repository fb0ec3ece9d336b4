import { BatchFlowError, type CloseTimeoutError } from '@batchflow/core'
import { ClassifiedError, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { idsOf, items, named, openFlow, others } from '../support/open-flow.ts'

test('9. close refuses new rows, flushes, waits for everything in flight and resolves with counts', async () => {
  const { flow, driver } = openFlow({ flushSize: 2, concurrencyLimit: 1 }, { onWrite: 'hold' })
  for (let id = 1; id <= 5; id++) await flow.submit(items, { id })
  const closing = flow.close()
  await expect(flow.submit(items, { id: 6 })).rejects.toMatchObject({ code: 'BATCHFLOW_CLOSED' })
  expect(flow.trySubmit(items, { id: 7 })).toBe(false)
  let done = false
  const watched = closing.then(() => (done = true))
  for (let n = 0; n < 3; n++) {
    await settled()
    expect(done).toBe(false)
    driver.writes[n]?.commit()
  }
  expect(await closing).toEqual({ written: 5, failed: 0 })
  expect(await watched).toBe(true)
  expect(driver.closed).toBe(1)
  expect(flow.stats().state).toBe('closed')
})

test('9. close happens once: later calls get the same promise', async () => {
  const { flow, driver } = openFlow()
  const first = flow.close()
  expect(flow.close()).toBe(first)
  await first
  expect(flow.close()).toBe(first)
  expect(driver.closed).toBe(1)
})

test('9. submits that wait for room when close is called still come in', async () => {
  const { flow, driver } = openFlow({ bufferSize: 1, flushSize: 1 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  const waiting = [flow.submit(items, { id: 2 }), flow.submit(others, { id: 3 })]
  const closing = flow.close()
  for (let n = 0; n < 3; n++) {
    driver.writes[n]?.commit()
    await settled()
  }
  await Promise.all(waiting)
  expect(await closing).toEqual({ written: 3, failed: 0 })
})

test('9. at the deadline close rejects with ledger and rows, ambiguous where an attempt was out', async () => {
  const open = openFlow({ flushSize: 2, concurrencyLimit: 1, retry: { backoffMs: 10 } }, { onWrite: 'hold' })
  const { flow, driver, clock, letters } = open
  for (let id = 1; id <= 3; id++) await flow.submit(items, { id })
  const closing = flow.close({ timeoutMs: 1_000 })
  const caught = closing.catch((error: unknown) => error)
  await clock.advance(1_000)
  const error = (await caught) as CloseTimeoutError
  expect(BatchFlowError.is(error)).toBe(true)
  expect(error).toMatchObject({
    code: 'BATCHFLOW_CLOSE_TIMEOUT',
    ledger: { submitted: 3, returned: 3, pending: 0 },
    message: 'close took longer than 1000 ms: 3 rows are returned with this error',
  })
  expect(error.rows.map(({ row, ambiguous }) => [(row as { id: number }).id, ambiguous])).toEqual([
    [1, true],
    [2, true],
    [3, false],
  ])
  expect(driver.writes[0]?.context.signal.aborted).toBe(true)
  expect(letters).toEqual([])
  driver.writes[0]?.commit()
  await settled()
  expect(flow.stats().ledger).toMatchObject({ written: 0, returned: 3 })
  expect(named(open, 'flowClosed')).toHaveLength(1)
})

test('9. close settles within its deadline, whatever is going on', async () => {
  const situations = {
    'a driver that never answers': { onWrite: 'hold' as const },
    'a lane that is stopped': {
      onWrite: (write: { fail(error: unknown): void }) =>
        write.fail(new ClassifiedError('configuration', 'schema')),
    },
    'a batch in back-off': {
      onWrite: (write: { fail(error: unknown): void }) =>
        write.fail(new ClassifiedError('transient', 'deadlock')),
    },
  }
  for (const driverOptions of Object.values(situations)) {
    const { flow, clock } = openFlow(
      { bufferSize: 4, flushSize: 2, retry: { maxAttempts: 1_000_000, maxElapsedMs: 1e9 } },
      driverOptions,
    )
    const submits = [1, 2, 3, 4, 5, 6].map((id) =>
      flow.submit(items, { id }).catch((error: unknown) => error),
    )
    const receipt = flow.submitAndSettle(others, { id: 9 }).catch((error: unknown) => error)
    const flushed = flow.flush().catch((error: unknown) => error)
    const closing = flow.close({ timeoutMs: 300 }).catch((error: unknown) => error)
    await clock.advance(300)
    expect(await closing).toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT' })
    expect(await flushed).toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT' })
    await Promise.all([...submits, receipt])
    expect(clock.timers).toBe(0)
  }
})

test('9. a dead-letter handler that never settles does not hold close beyond its deadline', async () => {
  const { flow, clock } = openFlow(
    { retry: false, onDeadLetter: async () => await new Promise(() => {}) },
    { onWrite: (write) => write.fail(new ClassifiedError('poison', 'constraint')) },
  )
  await flow.submit(items, { id: 1 })
  const closing = flow.close({ timeoutMs: 50 }).catch((error: unknown) => error)
  await clock.advance(50)
  const error = (await closing) as CloseTimeoutError
  expect(error.rows.map(({ ambiguous }) => ambiguous)).toEqual([false])
})

test('9. what kept the rows from being written is the cause of the error at the deadline', async () => {
  const { flow, clock, events } = openFlow(
    { classify: () => ({ kind: 'configuration', reason: 'schema' }) },
    { onWrite: (write) => write.fail(new BatchFlowError('BATCHFLOW_INVALID_TARGET', 'no table items')) },
  )
  await flow.submit(items, { id: 1 })
  const closing = flow.close({ timeoutMs: 100 }).catch((error: unknown) => error)
  await clock.advance(100)
  expect(await closing).toMatchObject({
    message: 'close took longer than 100 ms: 1 row is returned with this error: no table items',
    cause: { message: 'no table items' },
  })
  expect(events.find(({ name }) => name === 'attemptFailed')?.details['cause']).toMatchObject({
    message: 'no table items',
  })
})

test('await using closes the flow', async () => {
  const { flow, driver } = openFlow()
  {
    await using using_ = flow
    await using_.submit(items, { id: 1 })
  }
  expect(idsOf(driver.rowsOf('items'))).toEqual([1])
  expect(flow.stats().state).toBe('closed')
})

test('an aborted signal drains the flow within drainGraceMs', async () => {
  const abort = new AbortController()
  const { flow, driver } = openFlow({ signal: abort.signal, drainGraceMs: 1_000 })
  await flow.submit(items, { id: 1 })
  abort.abort()
  expect(await flow.close()).toEqual({ written: 1, failed: 0 })
  expect(driver.writes).toHaveLength(1)
})

test('an aborted signal returns the rows when drainOnAbort is false', async () => {
  const abort = new AbortController()
  const { flow, clock } = openFlow({ signal: abort.signal, drainOnAbort: false }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  abort.abort()
  await clock.advance(0)
  await expect(flow.close()).rejects.toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT' })
  expect(flow.stats().ledger.returned).toBe(1)
})
