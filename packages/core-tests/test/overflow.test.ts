import { BatchFlowError } from '@batchflow/core'
import { settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { idsOf, items, keyed, named, openFlow, others, sized, type OpenFlow } from './support/open-flow.ts'

/** Lets everything through that is there. */
async function commitAll({ flow, driver, clock }: OpenFlow): Promise<void> {
  while (flow.stats().ledger.pending > 0) {
    for (const write of driver.held) write.commit()
    await clock.advance(100)
  }
}

const full = { bufferSize: 4, flushSize: 2, concurrencyLimit: 1 } as const

test('dropNewest: a row that finds no room is dropped, counted and told, and its submit resolves', async () => {
  const open = openFlow({ ...full, overflow: 'dropNewest' }, { onWrite: 'hold' })
  const { flow, driver } = open
  for (let id = 1; id <= 7; id++) await flow.submit(items, { id })
  expect(flow.stats().ledger).toMatchObject({ submitted: 7, dropped: 3, pending: 4 })
  await settled()
  expect(named(open, 'rowsDropped')).toEqual([
    { target: 'items', rows: 1, policy: 'dropNewest' },
    { target: 'items', rows: 1, policy: 'dropNewest' },
    { target: 'items', rows: 1, policy: 'dropNewest' },
  ])
  await commitAll(open)
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 2, 3, 4])
})

test('dropNewest: trySubmit answers false, and the row is not counted: it is still with its caller', () => {
  const open = openFlow({ ...full, overflow: 'dropNewest' }, { onWrite: 'hold' })
  const taken = [1, 2, 3, 4, 5].map((id) => open.flow.trySubmit(items, { id }))
  expect(taken).toEqual([true, true, true, true, false])
  expect(open.flow.stats().ledger).toMatchObject({ submitted: 4, dropped: 0 })
  expect(named(open, 'submitRejected')).toEqual([{ target: 'items', reason: 'full' }])
})

test('dropOldest: the oldest rows that wait make room, in order, by submit and by trySubmit', async () => {
  const open = openFlow({ ...full, overflow: 'dropOldest' }, { onWrite: 'hold' })
  const { flow, driver } = open
  for (let id = 1; id <= 6; id++) await flow.submit(items, { id })
  expect([7, 8, 9].map((id) => flow.trySubmit(items, { id }))).toEqual([true, true, true])
  // 1 and 2 are being written; of 3 to 9 the last two are left.
  expect(flow.stats().ledger).toMatchObject({ submitted: 9, dropped: 5, pending: 4 })
  await commitAll(open)
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 2, 8, 9])
  const told = named(open, 'rowsDropped').reduce((rows, event) => rows + (event['rows'] as number), 0)
  expect(told).toBe(5)
})

test('dropOldest keeps what is in flight and the newest, whatever the sizes', async () => {
  const sizes = fc.record({
    flushSize: fc.integer({ min: 1, max: 20 }),
    more: fc.integer({ min: 1, max: 60 }),
    rows: fc.integer({ min: 1, max: 300 }),
    byTry: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(sizes, async ({ flushSize, more, rows, byTry }) => {
      const bufferSize = flushSize + more
      const options = { bufferSize, flushSize, concurrencyLimit: 1, overflow: 'dropOldest' } as const
      const open = openFlow(options, { onWrite: 'hold' })
      for (let id = 0; id < rows; id++)
        if (byTry) open.flow.trySubmit(items, { id })
        else await open.flow.submit(items, { id })
      const all = [...Array(rows).keys()]
      const kept = rows <= bufferSize ? all : [...all.slice(0, flushSize), ...all.slice(-more)]
      expect(open.flow.stats().ledger).toMatchObject({ submitted: rows, dropped: rows - kept.length })
      await commitAll(open)
      expect(idsOf(open.driver.rowsOf('items'))).toEqual(kept)
    }),
    { numRuns: 100 },
  )
})

test('rows dropped in one turn are told once', async () => {
  const open = openFlow({ ...full, overflow: 'dropOldest' }, { onWrite: 'hold' })
  for (let id = 0; id < 1_000; id++) open.flow.trySubmit(items, { id })
  await settled()
  expect(named(open, 'rowsDropped')).toEqual([{ target: 'items', rows: 996, policy: 'dropOldest' }])
})

test('dropOldest: rows in flight are never dropped: when nothing waits, the new row is', async () => {
  const open = openFlow({ ...full, concurrencyLimit: 2, overflow: 'dropOldest' }, { onWrite: 'hold' })
  const { flow, driver } = open
  for (let id = 1; id <= 4; id++) await flow.submit(items, { id })
  expect(flow.stats()).toMatchObject({ inFlightBatches: 2, bufferedRows: 0 })
  await flow.submit(items, { id: 5 })
  expect(flow.trySubmit(items, { id: 6 })).toBe(false)
  expect(flow.stats().ledger).toMatchObject({ submitted: 5, dropped: 1 })
  for (const write of driver.held) write.commit()
  await settled()
  expect(idsOf(driver.rowsOf('items'))).toEqual([1, 2, 3, 4])
})

test('whoever waits for a dropped row hears that it was dropped', async () => {
  for (const overflow of ['dropNewest', 'dropOldest'] as const) {
    const open = openFlow({ ...full, overflow }, { onWrite: 'hold' })
    const outcomes = [1, 2, 3, 4, 5].map((id) =>
      open.flow.submitAndSettle(items, { id }).then(
        ({ outcome }) => outcome,
        (error: unknown) => (BatchFlowError.is(error) ? `${error.code} ${error.message}` : ''),
      ),
    )
    await commitAll(open)
    const dropped = `BATCHFLOW_DROPPED items: the row was dropped, the buffer is full (overflow '${overflow}')`
    const expected =
      overflow === 'dropNewest'
        ? ['written', 'written', 'written', 'written', dropped]
        : ['written', 'written', dropped, 'written', 'written']
    expect(await Promise.all(outcomes)).toEqual(expected)
  }
})

test('flush and close count dropped rows as failed', async () => {
  const open = openFlow({ ...full, overflow: 'dropOldest' }, { onWrite: 'hold' })
  const { flow } = open
  for (let id = 1; id <= 4; id++) await flow.submit(items, { id })
  const flushed = flow.flush()
  for (let id = 5; id <= 7; id++) await flow.submit(items, { id })
  await commitAll(open)
  // 1 and 2 were being written, 3 and 4 made room.
  expect(await flushed).toEqual({ written: 2, failed: 2 })
  expect(await flow.close()).toEqual({ written: 4, failed: 3 })
})

test('dropOldest: a table that is full by its own limit loses its own rows', async () => {
  const options = { bufferSize: 10, maxLaneRows: 2, flushSize: 10, overflow: 'dropOldest' } as const
  const open = openFlow(
    { ...options, concurrencyLimit: 1, targets: { busy: { flushSize: 1 } } },
    { onWrite: 'hold' },
  )
  const { flow, driver } = open
  await flow.submit({ name: 'busy' }, { id: 0 })
  for (const id of [1, 2]) await flow.submit(others, { id })
  for (const id of [3, 4, 5]) await flow.submit(items, { id })
  expect(flow.stats().ledger.dropped).toBe(1)
  await commitAll(open)
  expect(idsOf(driver.rowsOf('others'))).toEqual([1, 2])
  expect(idsOf(driver.rowsOf('items'))).toEqual([4, 5])
})

test('dropOldest: when the flow is full, the oldest row of all tables goes', async () => {
  const options = { bufferSize: 4, maxLaneRows: 4, flushSize: 4, overflow: 'dropOldest' } as const
  const open = openFlow(
    { ...options, concurrencyLimit: 1, targets: { busy: { flushSize: 1 } } },
    { onWrite: 'hold' },
  )
  const { flow, driver, clock } = open
  await flow.submit({ name: 'busy' }, { id: 0 })
  await flow.submit(others, { id: 1 })
  await clock.advance(1)
  for (const id of [2, 3, 4]) await flow.submit(items, { id })
  await commitAll(open)
  expect(driver.rowsOf('others')).toEqual([])
  expect(idsOf(driver.rowsOf('items'))).toEqual([2, 3, 4])
})

test('dropOldest: a row too large for what can be freed drops nobody but itself', async () => {
  const big = sized('big')
  const options = { bufferBytes: 100, flushBytes: 40, concurrencyLimit: 1, overflow: 'dropOldest' } as const
  const open = openFlow(options, { onWrite: 'hold' })
  const { flow, driver } = open
  const row = (id: number, bytes: number) => ({ id, text: 'x'.repeat(bytes) })
  for (const id of [1, 2, 3]) await flow.submit(big, row(id, 20))
  await flow.submit(big, row(4, 30))
  // 40 bytes are in flight: 61 cannot be freed.
  await flow.submit(big, row(5, 61))
  expect(flow.stats().ledger).toMatchObject({ dropped: 1, pending: 4 })
  await flow.submit(big, row(6, 60))
  expect(flow.stats().ledger).toMatchObject({ dropped: 3, pending: 3 })
  await commitAll(open)
  expect(idsOf(driver.rowsOf('big'))).toEqual([1, 2, 6])
  expect(flow.stats()).toMatchObject({ bufferedBytes: 0, ledger: { pending: 0 } })
})

test('dropOldest: rows that were set aside for their key are the oldest, and go first', async () => {
  const users = keyed('users')
  const options = { bufferSize: 3, flushSize: 1, concurrencyLimit: 2, overflow: 'dropOldest' } as const
  const open = openFlow(options, { onWrite: 'hold' })
  await open.flow.submit(users, { id: 1, text: 'first' })
  await open.flow.submit(users, { id: 1, text: 'second' })
  await open.flow.submit(users, { id: 2 })
  await open.flow.submit(users, { id: 3 })
  expect(open.flow.stats().ledger).toMatchObject({ dropped: 1, pending: 3 })
  await commitAll(open)
  expect(open.driver.rowsOf('users')).toMatchObject([{ text: 'first' }, { id: 2 }, { id: 3 }])
})

test('what is left of a batch after drops keeps its receipts and its acceptance times', async () => {
  const options = {
    bufferSize: 171,
    maxLaneRows: 171,
    flushSize: 170,
    concurrencyLimit: 1,
    overflow: 'dropOldest',
  } as const
  const open = openFlow(
    { ...options, flushIntervalMs: 1_000, targets: { busy: { flushSize: 1 } } },
    { onWrite: 'hold' },
  )
  const { flow, driver, clock } = open
  await flow.submit({ name: 'busy' }, { id: 0 })
  const outcomes: Promise<string>[] = []
  for (let id = 0; id < 240; id++) {
    if (id === 64 || id === 128) await clock.advance(10)
    const settling = flow.submitAndSettle(sized('long'), { id, text: 'x' })
    outcomes.push(
      settling.then(
        ({ outcome }) => outcome,
        () => 'dropped',
      ),
    )
  }
  await commitAll(open)
  expect(idsOf(driver.rowsOf('long'))).toEqual(Array.from({ length: 170 }, (_, index) => 70 + index))
  expect(await Promise.all(outcomes)).toEqual([...Array(70).fill('dropped'), ...Array(170).fill('written')])
  // Rows 70 to 133 count as accepted when row 70 was, the others ten milliseconds later.
  expect(named(open, 'batchSettled').find((event) => event['written'] === 100)).toMatchObject({
    written: 100,
    commitLatenciesMs: { values: Float64Array.of(110, 100), counts: Float64Array.of(64, 36) },
  })
})
