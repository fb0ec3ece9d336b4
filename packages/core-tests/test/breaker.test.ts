import type { Target } from '@batchflow/core'
import { ClassifiedError, settled, type MemoryWrite } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import {
  idsOf,
  items,
  named,
  openFlow,
  others,
  type FlowOptions,
  type Item,
  type OpenFlow,
} from './support/open-flow.ts'

const down = (write: MemoryWrite) => write.fail(new ClassifiedError('transient', 'connection'))
/** With `random` at 1 the times that it is open are the bounds themselves. */
const options: FlowOptions = {
  flushSize: 1,
  concurrencyLimit: 1,
  random: () => 1,
  retry: { maxAttempts: 3, backoffMs: 10, maxBackoffMs: 10 },
  breaker: { maxFailures: 3, openMs: 1_000, maxOpenMs: 4_000 },
}

function states(open: OpenFlow): unknown[] {
  return named(open, 'breakerChanged').map(({ state }) => state)
}

/** A flow whose driver fails everything while `isDown` says so. */
function openWith(isDown: (write: MemoryWrite) => boolean, more: FlowOptions = {}): OpenFlow {
  return openFlow(
    { ...options, ...more },
    { onWrite: (write) => (isDown(write) ? down(write) : write.commit()) },
  )
}

test('after maxFailures failures in a row nothing is tried, then one batch, then all', async () => {
  let away = true
  const open = openWith(() => away)
  const { flow, driver, clock } = open
  for (let id = 1; id <= 5; id++) await flow.submit(items, { id })
  await clock.advance(50)
  expect(driver.writes).toHaveLength(3)
  expect(flow.stats()).toMatchObject({ breaker: 'open', ledger: { pending: 5 } })
  await clock.advance(900)
  expect(driver.writes).toHaveLength(3)
  // The probe fails: it is open for twice as long.
  await clock.advance(100)
  expect(driver.writes).toHaveLength(4)
  await clock.advance(1_900)
  expect(driver.writes).toHaveLength(4)
  away = false
  await clock.advance(200)
  expect(flow.stats()).toMatchObject({ breaker: 'closed', ledger: { written: 5, pending: 0 } })
  expect(states(open)).toEqual(['open', 'halfOpen', 'open', 'halfOpen', 'closed'])
  expect(named(open, 'breakerChanged')[0]).toEqual({
    state: 'open',
    openMs: 1_000,
    failure: { kind: 'transient', reason: 'connection' },
  })
})

test('an outage costs no row: its attempts are not counted against maxAttempts', async () => {
  let away = true
  const open = openWith(() => away, { bufferSize: 10 })
  for (let id = 1; id <= 10; id++) await open.flow.submit(items, { id })
  await open.clock.advance(30_000)
  expect(open.letters).toEqual([])
  away = false
  await open.clock.advance(5_000)
  expect(idsOf(open.driver.rowsOf('items')).toSorted((a, b) => a - b)).toEqual(
    [...Array(10).keys()].map((n) => n + 1),
  )
})

test('an outage longer than maxElapsedMs ends for the rows that were tried, not for those that wait', async () => {
  const open = openWith(() => true, {
    retry: { maxAttempts: 3, backoffMs: 10, maxBackoffMs: 10, maxElapsedMs: 5_000 },
  })
  for (let id = 1; id <= 3; id++) await open.flow.submit(items, { id })
  await open.clock.advance(8_000)
  const { deadLettered, pending } = open.flow.stats().ledger
  expect(deadLettered).toBeGreaterThan(0)
  expect(deadLettered + pending).toBe(3)
})

test('with retry: false a row is tried once, whatever the breaker', async () => {
  const open = openWith(() => true, { retry: false })
  for (let id = 1; id <= 5; id++) await open.flow.submit(items, { id })
  await open.clock.advance(0)
  expect(open.letters).toHaveLength(3)
  expect(open.flow.stats()).toMatchObject({ breaker: 'open', ledger: { pending: 2 } })
  await open.clock.advance(4_000)
  expect(open.driver.writes.map(({ batch }) => idsOf(batch.rows)[0])).toEqual([1, 2, 3, 4, 5])
})

test('while it is open the buffer fills and callers wait', async () => {
  const open = openWith(() => true, { bufferSize: 4 })
  for (let id = 1; id <= 4; id++) await open.flow.submit(items, { id })
  await open.clock.advance(50)
  const fifth = open.flow.submit(items, { id: 5 }).catch((error: unknown) => error)
  await settled()
  expect(open.flow.stats()).toMatchObject({ breaker: 'open', waitingSubmits: 1, pressure: 'high' })
  const closing = open.flow.close({ timeoutMs: 10 }).catch((error: unknown) => error)
  await open.clock.advance(10)
  expect(await closing).toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT' })
  expect(await fifth).toMatchObject({ code: 'BATCHFLOW_CLOSED' })
})

test('close tries the database once more before its deadline, however long the breaker would be open', async () => {
  let away = true
  const open = openWith(() => away)
  for (let id = 1; id <= 3; id++) await open.flow.submit(items, { id })
  await open.clock.advance(50)
  expect(open.flow.stats().breaker).toBe('open')
  away = false
  const closing = open.flow.close({ timeoutMs: 500 })
  await open.clock.advance(100)
  expect(await closing).toEqual({ written: 3, failed: 0 })
})

test('close ends at its deadline while the breaker is open', async () => {
  const open = openWith(() => true)
  for (let id = 1; id <= 3; id++) await open.flow.submit(items, { id })
  await open.clock.advance(50)
  const closing = open.flow.close({ timeoutMs: 700 }).catch((error: unknown) => error)
  await open.clock.advance(700)
  expect(await closing).toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT', ledger: { returned: 3 } })
  expect(open.clock.timers).toBe(0)
})

test('resume tries the database now', async () => {
  let away = true
  const open = openWith(() => away)
  await open.flow.submit(items, { id: 1 })
  await open.clock.advance(50)
  expect(open.flow.stats().breaker).toBe('open')
  away = false
  open.flow.resume(items)
  await settled()
  expect(open.flow.stats()).toMatchObject({ breaker: 'closed', ledger: { written: 1 } })
})

test('bad rows, wrong tables and batches that are too large never open it', async () => {
  for (const kind of ['poison', 'split', 'configuration'] as const) {
    const open = openFlow(options, { onWrite: (write) => write.fail(new ClassifiedError(kind, 'unknown')) })
    for (let id = 1; id <= 20; id++) open.flow.trySubmit(items, { id })
    await open.clock.advance(60_000)
    expect(open.driver.writes.length).toBeGreaterThan(3)
    expect(states(open)).toEqual([])
    expect(open.flow.stats().breaker).toBe('closed')
  }
})

test('overload and answers that were lost open it', async () => {
  for (const kind of ['overload', 'ambiguous'] as const) {
    const open = openFlow(options, { onWrite: (write) => write.fail(new ClassifiedError(kind, 'timeout')) })
    await open.flow.submit(items, { id: 1 })
    await open.clock.advance(50)
    expect(states(open)).toEqual(['open'])
  }
})

test('a database that no longer answers opens it', async () => {
  const open = openFlow({ ...options, timeoutMs: 100 }, { onWrite: 'hold' })
  await open.flow.submit(items, { id: 1 })
  await open.clock.advance(10_000)
  expect(states(open)[0]).toBe('open')
})

test('failures that do not follow each other do not open it', async () => {
  let write = 0
  const open = openWith(() => ++write % 3 !== 0, { retry: { maxAttempts: 10, backoffMs: 1 } })
  for (let id = 1; id <= 20; id++) await open.flow.submit(items, { id })
  await open.clock.advance(10_000)
  expect(states(open)).toEqual([])
  expect(open.flow.stats().ledger.written).toBe(20)
})

test('3. a table that fails does not hold up another: a table that has not failed is tried at once', async () => {
  const open = openWith(({ batch }) => batch.target.name === 'items', { concurrencyLimit: 4 })
  await open.flow.submit(items, { id: 1 })
  await open.clock.advance(50)
  expect(open.flow.stats().breaker).toBe('open')
  const at = open.clock.now()
  await open.flow.submitAndSettle(others, { id: 2 })
  expect(open.clock.now()).toBe(at)
  // The database is there: the trouble is the table's own, and its rows use up their attempts.
  expect(states(open)).toEqual(['open', 'closed'])
})

test('in an outage each table is tried once, then one probe at a time in all', async () => {
  const tables: Target<Item>[] = ['a', 'b', 'c', 'd'].map((name) => ({ name }))
  const open = openWith(() => true, { concurrencyLimit: 8, bufferSize: 100 })
  await open.flow.submit(items, { id: 0 })
  await open.clock.advance(50)
  const before = open.driver.writes.length
  for (const table of tables) for (let id = 0; id < 3; id++) await open.flow.submit(table, { id })
  await open.clock.advance(100)
  const tried = open.driver.writes.slice(before).map(({ batch }) => batch.target.name)
  expect(tried).toEqual(['a', 'b', 'c', 'd'])
  await open.clock.advance(10_000)
  // Open for 1, 2, 4 and 4 seconds: one probe each.
  expect(open.driver.writes.length - before - 4).toBe(3)
})

test('probes are not always those of the same rows', async () => {
  let away = true
  const open = openWith(({ batch }) => away || batch.target.name === 'items', { concurrencyLimit: 4 })
  for (let id = 1; id <= 3; id++) await open.flow.submit(items, { id })
  await open.flow.submit(others, { id: 9 })
  await open.clock.advance(50)
  expect(open.flow.stats().breaker).toBe('open')
  // From here on only one of the two tables is in trouble.
  away = false
  await open.clock.advance(15_000)
  expect(idsOf(open.driver.rowsOf('others'))).toEqual([9])
})

test('new rows get their turn beside rows that fail again and again', async () => {
  let away = true
  const open = openWith(({ batch }) => away || batch.target.name === 'items', { concurrencyLimit: 2 })
  for (let id = 1; id <= 2; id++) await open.flow.submit(items, { id })
  await open.clock.advance(50)
  // This one is tried at once, as a table that has not failed; then it has.
  await open.flow.submit(others, { id: 8 })
  await open.flow.submit(others, { id: 9 })
  away = false
  await open.clock.advance(15_000)
  expect(idsOf(open.driver.rowsOf('others')).toSorted((a, b) => a - b)).toEqual([8, 9])
})

test('no timer is left while nothing is pending, and what comes later finds the breaker as it is', async () => {
  const open = openWith(() => true, { retry: false })
  for (let id = 1; id <= 3; id++) await open.flow.submit(items, { id })
  await open.clock.advance(0)
  expect(open.flow.stats()).toMatchObject({ breaker: 'open', ledger: { deadLettered: 3, pending: 0 } })
  expect(open.clock.timers).toBe(0)
  await open.clock.advance(600)
  await open.flow.submit(items, { id: 4 })
  await open.clock.advance(399)
  expect(open.driver.writes).toHaveLength(3)
  await open.clock.advance(1)
  expect(open.driver.writes).toHaveLength(4)
})

test('without a breaker nothing of it is seen', async () => {
  const { breaker: _, ...without } = options
  const open = openFlow(without, { onWrite: down })
  for (let id = 1; id <= 10; id++) await open.flow.submit(items, { id })
  await open.clock.advance(1_000)
  expect(open.letters).toHaveLength(10)
  expect(open.flow.stats().breaker).toBe('closed')
})

test('options of the breaker are checked', () => {
  const wrong = (breaker: unknown) => () => openFlow({ breaker } as FlowOptions)
  expect(wrong({ maxFailures: 0 })).toThrow(
    'breaker.maxFailures must be an integer from 1 to 1073741824, got 0',
  )
  expect(wrong({ openMs: 0 })).toThrow('breaker.openMs must be a number of milliseconds from 1')
  expect(wrong({ maxOpenMs: Number.NaN })).toThrow('breaker.maxOpenMs must be a number of milliseconds')
  expect(wrong({ open: 1 })).toThrow('breaker.open is not an option')
  expect(wrong(true)).toThrow('breaker must be an object, got true')
})
