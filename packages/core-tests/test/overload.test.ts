import { ClassifiedError, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { items, named, openFlow } from './support/open-flow.ts'

const overload = new ClassifiedError('overload', 'throttled')

test('an overload halves the batches that are written at once, and each round that goes well adds one', async () => {
  const open = openFlow({ flushSize: 1, concurrencyLimit: 8, retry: { backoffMs: 0 } }, { onWrite: 'hold' })
  const { flow, driver } = open
  for (let id = 1; id <= 60; id++) await flow.submit(items, { id })
  expect(driver.held.size).toBe(8)
  // All eight were sent before the first of them failed: together they halve it once.
  for (const write of driver.held) write.fail(overload)
  await open.clock.advance(1)
  expect(flow.stats()).toMatchObject({ concurrency: 4, inFlightBatches: 4, limits: { concurrencyLimit: 8 } })
  const seen: number[] = []
  while (driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
    if (seen.at(-1) !== flow.stats().concurrency) seen.push(flow.stats().concurrency)
    expect(flow.stats().inFlightBatches).toBeLessThanOrEqual(flow.stats().concurrency)
  }
  expect(seen).toEqual([5, 6, 7, 8])
  expect(flow.stats().ledger.written).toBe(60)
  expect(named(open, 'concurrencyChanged')).toEqual([
    { concurrency: 4, concurrencyLimit: 8, failure: overload.failure },
    ...[5, 6, 7, 8].map((concurrency) => ({ concurrency, concurrencyLimit: 8 })),
  ])
})

test('overload never stops a flow: one batch is always tried', async () => {
  const open = openFlow(
    { flushSize: 1, concurrencyLimit: 3, retry: { maxAttempts: 8 } },
    { onWrite: (write) => write.fail(overload) },
  )
  for (let id = 1; id <= 3; id++) await open.flow.submit(items, { id })
  await open.clock.advance(60_000)
  expect(open.flow.stats()).toMatchObject({ concurrency: 1, ledger: { deadLettered: 3 } })
})

test('retune holds while the database is overloaded: a smaller limit at once, a larger one when it is well', async () => {
  const open = openFlow({ flushSize: 1, concurrencyLimit: 8 }, { onWrite: 'hold' })
  await open.flow.submit(items, { id: 1 })
  for (const write of open.driver.held) write.fail(overload)
  await settled()
  expect(open.flow.stats().concurrency).toBe(4)
  open.flow.retune({ concurrencyLimit: 16 })
  expect(open.flow.stats().concurrency).toBe(4)
  open.flow.retune({ concurrencyLimit: 2 })
  expect(open.flow.stats().concurrency).toBe(2)
  open.flow.retune({ concurrencyLimit: 6 })
  expect(open.flow.stats()).toMatchObject({ concurrency: 6, limits: { concurrencyLimit: 6 } })
})

test('other failures do not change how many batches are written at once', async () => {
  for (const kind of ['transient', 'ambiguous', 'poison'] as const) {
    const open = openFlow(
      { flushSize: 1, concurrencyLimit: 4 },
      { onWrite: (write) => write.fail(new ClassifiedError(kind, 'unknown')) },
    )
    for (let id = 1; id <= 4; id++) await open.flow.submit(items, { id })
    await open.clock.advance(10_000)
    expect(open.flow.stats().concurrency).toBe(4)
  }
})

test('observers hear when the buffer gets full and when it has emptied, once each', async () => {
  const open = openFlow({ bufferSize: 10, flushSize: 1, concurrencyLimit: 1 }, { onWrite: 'hold' })
  const { flow, driver } = open
  for (let id = 1; id <= 10; id++) await flow.submit(items, { id })
  const waiting = flow.submit(items, { id: 11 })
  expect(flow.stats()).toMatchObject({ pressure: 'high', highWaterRows: 10 })
  while (driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
  }
  await waiting
  expect(flow.stats()).toMatchObject({ pressure: 'normal', highWaterRows: 10 })
  expect(named(open, 'pressureChanged')).toMatchObject([
    { pressure: 'high', rows: 8, waitingSubmits: 0 },
    { pressure: 'normal', rows: 5, waitingSubmits: 0 },
  ])
})
