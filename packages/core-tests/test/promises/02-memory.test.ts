import { settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { idsOf, items, named, openFlow, sized } from '../support/open-flow.ts'

test('2. memory is bounded by rows, those in flight included', async () => {
  const { flow, driver } = openFlow({ bufferSize: 10, flushSize: 5 }, { onWrite: 'hold' })
  for (let id = 1; id <= 10; id++) expect(flow.trySubmit(items, { id })).toBe(true)
  expect(flow.stats()).toMatchObject({ inFlightBatches: 2, bufferedRows: 0, ledger: { pending: 10 } })
  expect(flow.trySubmit(items, { id: 11 })).toBe(false)
  driver.writes[0]?.commit()
  await settled()
  expect(flow.trySubmit(items, { id: 11 })).toBe(true)
})

test('2. memory is bounded by bytes, those in flight included', async () => {
  const big = sized('big')
  const { flow, driver } = openFlow({ bufferBytes: 100, flushBytes: 40 }, { onWrite: 'hold' })
  const row = (id: number) => ({ id, text: 'x'.repeat(30) })
  expect([1, 2, 3, 4].map((id) => flow.trySubmit(big, row(id)))).toEqual([true, true, true, false])
  driver.writes[0]?.commit()
  await settled()
  expect(flow.trySubmit(big, row(4))).toBe(true)
})

test('2. a batch is cut before a row would take it over flushBytes', async () => {
  const big = sized('big')
  const { flow, driver } = openFlow({ flushBytes: 100 })
  for (let id = 1; id <= 7; id++) await flow.submit(big, { id, text: 'x'.repeat(30) })
  await settled()
  expect(driver.writes.map((write) => write.batch.rows.length)).toEqual([3, 3])
})

test('2. a row larger than maxRowBytes or bufferBytes is refused, never made to wait', async () => {
  const big = sized('big')
  const open = openFlow({ maxRowBytes: 50, bufferBytes: 1_000 })
  await expect(open.flow.submit(big, { id: 1, text: 'x'.repeat(51) })).rejects.toMatchObject({
    code: 'BATCHFLOW_INVALID_ROW',
    message: 'big: a row must take at most 50 bytes (maxRowBytes), got about 51',
  })
  expect(() => open.flow.trySubmit(big, { id: 1, text: 'x'.repeat(51) })).toThrow('maxRowBytes')
  expect(named(open, 'submitRejected')).toEqual([
    { target: 'big', reason: 'too_large' },
    { target: 'big', reason: 'too_large' },
  ])
  expect(open.flow.stats().ledger.submitted).toBe(0)
})

test('2. no more than maxWaitingSubmits calls wait; the next rejects and takes nothing', async () => {
  const { flow, driver } = openFlow(
    { bufferSize: 1, flushSize: 1, maxWaitingSubmits: 2 },
    { onWrite: 'hold' },
  )
  await flow.submit(items, { id: 1 })
  const waiting = [flow.submit(items, { id: 2 }), flow.submit(items, { id: 3 })]
  await expect(flow.submit(items, { id: 4 })).rejects.toMatchObject({ code: 'BATCHFLOW_OVERLOADED' })
  expect(flow.stats()).toMatchObject({ waitingSubmits: 2, ledger: { submitted: 1 } })
  for (let n = 0; n < 3; n++) {
    driver.writes[n]?.commit()
    await settled()
  }
  await Promise.all(waiting)
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 2, 3])
})

test('2. a slot is taken before rows are: while none is free, rows go on gathering company', async () => {
  const { flow, driver, clock } = openFlow({ flushSize: 100, concurrencyLimit: 1 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  await clock.advance(100)
  await flow.submit(items, { id: 2 })
  await clock.advance(100)
  await flow.submit(items, { id: 3 })
  await clock.advance(100)
  expect(driver.writes).toHaveLength(1)
  driver.writes[0]?.commit()
  await settled()
  expect(idsOf(driver.writes[1]?.batch.rows ?? [])).toEqual([2, 3])
  driver.writes[1]?.commit()
})

test('2. no more batches are out than concurrencyLimit', async () => {
  const { flow, driver } = openFlow({ flushSize: 1, concurrencyLimit: 3 }, { onWrite: 'hold' })
  for (let id = 1; id <= 9; id++) await flow.submit(items, { id })
  expect(driver.held.size).toBe(3)
  while (driver.writes.length < 9 || driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
    expect(driver.held.size).toBeLessThanOrEqual(3)
  }
})

test("overflow 'reject' refuses instead of waiting", async () => {
  const open = openFlow({ bufferSize: 1, flushSize: 1, overflow: 'reject' }, { onWrite: 'hold' })
  await open.flow.submit(items, { id: 1 })
  await expect(open.flow.submit(items, { id: 2 })).rejects.toMatchObject({ code: 'BATCHFLOW_FULL' })
  expect(named(open, 'submitRejected')).toEqual([{ target: 'items', reason: 'full' }])
})
