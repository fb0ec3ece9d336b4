import { settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { idsOf, items, named, openFlow, others, sized } from '../support/open-flow.ts'

test("4. flushIntervalMs counts from the lane's oldest row", async () => {
  const { flow, driver, clock } = openFlow({ flushIntervalMs: 100 })
  await flow.submit(items, { id: 1 })
  await clock.advance(99)
  await flow.submit(items, { id: 2 })
  expect(driver.writes).toHaveLength(0)
  await clock.advance(1)
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 2])
})

test('4. after a flush by size, the interval counts from the next row', async () => {
  const { flow, driver, clock } = openFlow({ flushIntervalMs: 100, flushSize: 2 })
  await flow.submit(items, { id: 1 })
  await clock.advance(90)
  await flow.submit(items, { id: 2 })
  await flow.submit(items, { id: 3 })
  await clock.advance(99)
  expect(driver.writes).toHaveLength(1)
  await clock.advance(1)
  expect(driver.writes).toHaveLength(2)
})

test('4. no timer exists while nothing is buffered', async () => {
  const { flow, clock } = openFlow({ flushSize: 2 })
  expect(clock.timers).toBe(0)
  await flow.submit(items, { id: 1 })
  expect(clock.timers).toBe(1)
  await flow.submit(items, { id: 2 })
  await settled()
  expect(clock.timers).toBe(0)
  await flow.submit(items, { id: 3 })
  await clock.advance(100)
  expect(clock.timers).toBe(0)
})

test('4. one timer for a lane, whatever the number of rows', async () => {
  const { flow, clock } = openFlow()
  for (let id = 0; id < 400; id++) await flow.submit(items, { id })
  expect(clock.timers).toBe(1)
})

test('4. flushIntervalMs 0 flushes at the end of the current turn', async () => {
  const { flow, driver, clock } = openFlow({ flushIntervalMs: 0 })
  await flow.submit(items, { id: 1 })
  await flow.submit(items, { id: 2 })
  expect(driver.writes).toHaveLength(0)
  await clock.advance(0)
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 2])
})

test('4. when capacity is exhausted the oldest lane is flushed at once, whatever its size', async () => {
  const open = openFlow({ bufferSize: 6, flushSize: 6, maxLaneRows: 6 }, { onWrite: 'hold' })
  const { flow, driver, clock } = open
  await flow.submit(others, { id: 1 })
  await clock.advance(1)
  for (let id = 2; id <= 6; id++) await flow.submit(items, { id })
  expect(driver.writes).toHaveLength(0)
  const waiting = flow.submit(items, { id: 7 })
  expect(driver.writes[0]?.batch.target.name).toBe('others')
  expect(named(open, 'batchFlushed')[0]).toMatchObject({ target: 'others', trigger: 'capacity', rows: 1 })
  for (const write of driver.held) write.commit()
  await waiting
})

test('4. a lane that is full by its own limit is flushed at once', async () => {
  const open = openFlow({ bufferSize: 100, flushSize: 50, maxLaneRows: 3 })
  for (let id = 1; id <= 3; id++) await open.flow.submit(items, { id })
  expect(open.driver.writes).toHaveLength(0)
  await open.flow.submit(items, { id: 4 })
  expect(idsOf(open.driver.rowsOf('items'))).toEqual([1, 2, 3])
})

test('options of a target win over those of the flow', async () => {
  const { flow, driver, clock } = openFlow({
    flushSize: 100,
    targets: { items: { flushSize: 2 }, others: { flushIntervalMs: 10 } },
  })
  await flow.submit(items, { id: 1 })
  await flow.submit(items, { id: 2 })
  await flow.submit(others, { id: 3 })
  await clock.advance(10)
  expect([...driver.rowsOf('items'), ...driver.rowsOf('others')]).toHaveLength(3)
})

test('retune takes effect at once and loses nothing', async () => {
  const { flow, driver, clock } = openFlow({ flushSize: 100, flushIntervalMs: 10_000 })
  for (let id = 1; id <= 5; id++) await flow.submit(items, { id })
  flow.retune({ flushSize: 5 })
  await settled()
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 2, 3, 4, 5])
  await flow.submit(items, { id: 6 })
  flow.retune({ flushIntervalMs: 20, concurrencyLimit: 1 })
  await clock.advance(20)
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 2, 3, 4, 5, 6])
  expect(flow.stats().limits).toMatchObject({ flushSize: 5, flushIntervalMs: 20, concurrencyLimit: 1 })
  expect(() => flow.retune({ flushSize: 0 })).toThrow(
    'flushSize must be an integer from 1 to bufferSize, got 0',
  )
})

test('retune to smaller batches divides those that wait for a slot, in order and with who waits for them', async () => {
  const big = sized('big')
  const { flow, driver } = openFlow({ flushSize: 100, concurrencyLimit: 1 }, { onWrite: 'hold' })
  const receipts: Promise<unknown>[] = []
  for (let id = 0; id < 250; id++) receipts.push(flow.submitAndSettle(big, { id, text: 'x' }))
  const flushed = flow.flush()
  flow.retune({ flushSize: 70 })
  const sizes: number[] = []
  while (flow.stats().ledger.pending > 0) {
    for (const write of driver.held) {
      sizes.push(write.batch.rows.length)
      write.commit()
    }
    await settled()
  }
  expect(sizes).toEqual([100, 70, 30, 50])
  expect(idsOf(driver.rowsOf('big'))).toEqual([...receipts.keys()])
  expect(await Promise.all(receipts)).toHaveLength(250)
  expect(await flushed).toEqual({ written: 250, failed: 0 })
})

test('retune to fewer bytes divides the batches that wait for a slot', async () => {
  const big = sized('big')
  const { flow, driver } = openFlow({ flushBytes: 100, concurrencyLimit: 1 }, { onWrite: 'hold' })
  for (let id = 0; id < 20; id++) await flow.submit(big, { id, text: 'x'.repeat(10) })
  flow.retune({ flushBytes: 35 })
  const sizes: number[] = []
  while (flow.stats().ledger.pending > 0) {
    for (const write of driver.held) {
      sizes.push(write.batch.rows.length)
      write.commit()
    }
    await settled()
  }
  expect(sizes).toEqual([10, 3, 3, 3, 1])
})
