import { ClassifiedError, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { idsOf, items, named, openFlow, others } from '../support/open-flow.ts'

test('7. an ambiguous batch is repeated as it was, under its id, and never split before it is resolved', async () => {
  let attempts = 0
  const { flow, driver, clock } = openFlow(
    { flushSize: 4 },
    {
      onWrite: (write) =>
        ++attempts < 3 ? write.fail(new ClassifiedError('ambiguous', 'connection')) : write.commit(),
    },
  )
  for (let id = 1; id <= 4; id++) await flow.submit(items, { id })
  await clock.advance(10_000)
  expect(driver.writes.map((write) => write.batch.rows.length)).toEqual([4, 4, 4])
  expect(new Set(driver.writes.map((write) => write.batch.id)).size).toBe(1)
  expect(driver.writes.map((write) => write.context.attempt)).toEqual([1, 2, 3])
})

test('7. delivery is at least once: an answer that was lost is asked for again', async () => {
  let attempts = 0
  const { flow, driver, clock } = openFlow(
    {},
    {
      onWrite: (write) =>
        ++attempts === 1
          ? write.commitAndFail(new ClassifiedError('ambiguous', 'connection'))
          : write.commit(),
    },
  )
  await flow.submit(items, { id: 1 })
  await clock.advance(10_000)
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 1])
  expect(flow.stats().ledger).toMatchObject({ written: 1, deadLettered: 0 })
})

test('7. an attempt that gives no answer is aborted at timeoutMs, and tried again', async () => {
  const { flow, driver, clock } = openFlow({ flushSize: 1, timeoutMs: 500 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  await clock.advance(499)
  expect(driver.writes[0]?.context.signal.aborted).toBe(false)
  await clock.advance(1)
  expect(driver.writes[0]?.context.signal.aborted).toBe(true)
  expect(driver.writes).toHaveLength(1)
  await clock.advance(2_000)
  expect(driver.writes).toHaveLength(2)
  driver.writes[1]?.commit()
  await settled()
  expect(flow.stats().ledger).toMatchObject({ written: 1, pending: 0 })
})

test('7. each attempt has its own deadline, whatever was begun before it', async () => {
  const open = openFlow({ flushSize: 1, concurrencyLimit: 3, timeoutMs: 100 }, { onWrite: 'hold' })
  const { flow, driver, clock } = open
  const aborted = () => driver.writes.map(({ context }) => context.signal.aborted)
  for (const id of [1, 2, 3]) {
    await flow.submit(items, { id })
    await clock.advance(30)
  }
  driver.writes[0]?.commit()
  await clock.advance(39)
  expect(aborted()).toEqual([false, false, false])
  await clock.advance(1)
  expect(aborted()).toEqual([false, true, false])
  await clock.advance(29)
  expect(aborted()).toEqual([false, true, false])
  await clock.advance(1)
  expect(aborted()).toEqual([false, true, true])
})

test('7. a driver that answers after the abort is heard: what it committed is written once', async () => {
  const { flow, driver, clock } = openFlow({ flushSize: 1, timeoutMs: 500 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  await clock.advance(600)
  driver.writes[0]?.commit()
  await clock.advance(10_000)
  expect(driver.writes).toHaveLength(1)
  expect(flow.stats().ledger.written).toBe(1)
})

test('8. back-off holds no slot', async () => {
  const { flow, driver, clock } = openFlow(
    { flushSize: 1, concurrencyLimit: 1, retry: { backoffMs: 1_000 } },
    {
      onWrite: (write) =>
        write.batch.target.name === 'items' && write.context.attempt === 1
          ? write.fail(new ClassifiedError('overload', 'throttled'))
          : write.commit(),
    },
  )
  await flow.submit(items, { id: 1 })
  await settled()
  expect(flow.stats()).toMatchObject({ inFlightBatches: 0, retryingBatches: 1 })
  await flow.submit(others, { id: 2 })
  await settled()
  expect(idsOf(driver.rowsOf('others'))).toEqual([2])
  await clock.advance(1_000)
  expect(idsOf(driver.rowsOf('items'))).toEqual([1])
})

test('8. back-off is full jitter over a doubling bound, from the injected random and clock', async () => {
  const open = openFlow(
    { random: () => 0.25, retry: { maxAttempts: 6, backoffMs: 100, maxBackoffMs: 1_000 } },
    { onWrite: (write) => write.fail(new ClassifiedError('transient', 'deadlock')) },
  )
  await open.flow.submit(items, { id: 1 })
  await open.clock.advance(100_000)
  expect(named(open, 'attemptFailed').map((event) => event['delayMs'])).toEqual([25, 50, 100, 200, 250])
  expect(open.letters[0]?.error.attempts).toBe(6)
})

test('8. a pause that the server asked for is kept', async () => {
  const open = openFlow(
    { retry: { maxAttempts: 2 } },
    { onWrite: (write) => write.fail(new ClassifiedError('overload', 'throttled', { retryAfterMs: 777 })) },
  )
  await open.flow.submit(items, { id: 1 })
  await open.clock.advance(10_000)
  expect(named(open, 'attemptFailed')[0]).toMatchObject({ delayMs: 777 })
})

test('8. no further attempt is made after maxElapsedMs', async () => {
  const { flow, driver, clock, letters } = openFlow(
    { retry: { maxAttempts: 1_000, backoffMs: 100, maxBackoffMs: 100, maxElapsedMs: 1_000 } },
    { onWrite: (write) => write.fail(new ClassifiedError('transient', 'deadlock')) },
  )
  await flow.submit(items, { id: 1 })
  await clock.advance(100_000)
  expect(letters).toHaveLength(1)
  expect(driver.writes.length).toBe(21)
})

test('retry: false means one attempt', async () => {
  const { flow, driver, letters } = openFlow(
    { retry: false },
    { onWrite: (write) => write.fail(new ClassifiedError('transient', 'deadlock')) },
  )
  await flow.submit(items, { id: 1 })
  await flow.flush()
  expect([driver.writes.length, letters.length]).toEqual([1, 1])
})

test('a configuration error stops its lane: rows stay, one batch probes, the lane resumes by itself', async () => {
  let broken = true
  const { flow, driver, clock, letters } = openFlow(
    { flushSize: 1, configurationRetryMs: 5_000, concurrencyLimit: 2 },
    {
      onWrite: (write) =>
        broken && write.batch.target.name === 'items'
          ? write.fail(new ClassifiedError('configuration', 'schema'))
          : write.commit(),
    },
  )
  for (let id = 1; id <= 6; id++) await flow.submit(items, { id })
  await flow.submit(others, { id: 7 })
  await settled()
  expect(idsOf(driver.rowsOf('others'))).toEqual([7])
  const before = driver.writes.length
  await clock.advance(60_000)
  expect(driver.writes.length).toBe(before + 12)
  broken = false
  await clock.advance(5_000)
  expect(idsOf(driver.rowsOf('items')).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6])
  expect(letters).toEqual([])
})

test('resume probes a stopped lane at once', async () => {
  let broken = true
  const { flow, driver, clock } = openFlow(
    { configurationRetryMs: 1_000_000 },
    {
      onWrite: (write) =>
        broken ? write.fail(new ClassifiedError('configuration', 'schema')) : write.commit(),
    },
  )
  await flow.submit(items, { id: 1 })
  await clock.advance(1_000)
  broken = false
  flow.resume(items)
  await settled()
  expect(idsOf(driver.rowsOf('items'))).toEqual([1])
})

test('prepare is called once per target before its first batch, and again after it failed', async () => {
  const prepared: string[] = []
  let fails = 1
  const { flow, driver, clock } = openFlow(
    { flushSize: 1 },
    {
      prepare: (target) => {
        prepared.push(target.name)
        return fails-- > 0
          ? Promise.reject(new ClassifiedError('ambiguous', 'connection'))
          : Promise.resolve()
      },
    },
  )
  await flow.submit(items, { id: 1 })
  await clock.advance(10_000)
  await flow.submit(items, { id: 2 })
  await flow.submit(others, { id: 3 })
  await clock.advance(10_000)
  expect(prepared).toEqual(['items', 'items', 'others'])
  expect(driver.rowsOf('items')).toHaveLength(2)
})
