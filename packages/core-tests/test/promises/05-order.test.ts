import { ClassifiedError, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { idsOf, items, keyed, openFlow } from '../support/open-flow.ts'

const lastWins = keyed('keyed', (_, later) => later)
const apart = keyed('apart')

test('5. rows with one key are written in submission order, at any concurrency, across retries', async () => {
  let failures = 0
  const { flow, driver, clock } = openFlow(
    { flushSize: 2, concurrencyLimit: 4, retry: { backoffMs: 500 } },
    {
      onWrite: (write) =>
        ++failures % 2 === 1 ? write.fail(new ClassifiedError('transient', 'deadlock')) : write.commit(),
    },
  )
  for (let version = 1; version <= 40; version++)
    await flow.submit(lastWins, { id: version % 3, text: `${version}` })
  const flushed = flow.flush()
  await clock.advance(60_000)
  await flushed
  const last = new Map<number, number>()
  for (const row of driver.rowsOf('keyed') as { id: number; text: string }[]) {
    expect(Number(row.text)).toBeGreaterThan(last.get(row.id) ?? 0)
    last.set(row.id, Number(row.text))
  }
  expect([...last.values()].sort((a, b) => a - b)).toEqual([38, 39, 40])
})

test('5. where rows may not be joined, a repeated key goes to the next batch', async () => {
  const { flow, driver } = openFlow({ flushSize: 5 }, { onWrite: 'hold' })
  const keys = [1, 2, 1, 1, 3]
  for (const [n, id] of keys.entries()) await flow.submit(apart, { id, text: `${n}` })
  const batches: (string | undefined)[][] = []
  while (driver.held.size > 0) {
    const [write] = driver.held
    batches.push(((write?.batch.rows ?? []) as { text?: string }[]).map((row) => row.text))
    write?.commit()
    await settled()
  }
  expect(batches).toEqual([['0', '1', '4'], ['2'], ['3']])
})

test('5. while a batch hangs, rows with other keys go on in full batches and rows with its keys wait', async () => {
  const { flow, driver } = openFlow(
    { flushSize: 10, concurrencyLimit: 2, bufferSize: 1_000, timeoutMs: 1_000_000 },
    { onWrite: 'hold' },
  )
  for (let id = 0; id < 10; id++) await flow.submit(lastWins, { id, text: 'first' })
  const [hung] = driver.held
  // Every other row has a key of the batch that hangs.
  for (let n = 0; n < 100; n++) {
    await flow.submit(lastWins, { id: n % 10, text: `${n}` })
    await flow.submit(lastWins, { id: 100 + n, text: `${n}` })
  }
  const others = () => [...driver.held].filter((write) => write !== hung)
  while (others().length > 0) {
    for (const write of others()) {
      expect(idsOf(write.batch.rows).every((id) => id >= 100)).toBe(true)
      write.commit()
    }
    await settled()
  }
  expect(driver.rowsOf('keyed')).toHaveLength(100)
  const sizes = driver.writes.slice(1).map((write) => write.batch.rows.length)
  expect(sizes.slice(0, -1).every((size) => size >= 5)).toBe(true)
  const flushed = flow.flush()
  hung?.commit()
  await settled()
  while (driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
  }
  await flushed
  const last = (driver.rowsOf('keyed') as { id: number; text: string }[])
    .filter(({ id }) => id < 10)
    .slice(-10)
  expect(last.map(({ text }) => Number(text)).toSorted((a, b) => a - b)).toEqual([
    90, 91, 92, 93, 94, 95, 96, 97, 98, 99,
  ])
})

test('5. a batch in back-off keeps its keys: no later row of them overtakes it', async () => {
  const { flow, driver, clock } = openFlow(
    { flushSize: 1, concurrencyLimit: 4, retry: { backoffMs: 1_000 } },
    {
      onWrite: (write) =>
        write.context.attempt === 1 && (write.batch.rows[0] as { text: string }).text === 'first'
          ? write.fail(new ClassifiedError('transient', 'deadlock'))
          : write.commit(),
    },
  )
  await flow.submit(apart, { id: 1, text: 'first' })
  await flow.submit(apart, { id: 1, text: 'second' })
  await flow.submit(apart, { id: 2, text: 'other' })
  await settled()
  expect(driver.rowsOf('apart')).toEqual([{ id: 2, text: 'other' }])
  await clock.advance(1_000)
  expect(driver.rowsOf('apart').map((row) => (row as { text: string }).text)).toEqual([
    'other',
    'first',
    'second',
  ])
})

test('flush waits for rows that had to wait for their key, and counts each once', async () => {
  const { flow, driver } = openFlow({ flushSize: 4, concurrencyLimit: 2 }, { onWrite: 'hold' })
  for (const text of ['a', 'b', 'c']) await flow.submit(apart, { id: 1, text })
  await flow.submit(apart, { id: 2, text: 'd' })
  const flushed = flow.flush()
  while (driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
  }
  expect(await flushed).toEqual({ written: 4, failed: 0 })
})

test('coalesced rows count as coalesced, and settle with their replacement', async () => {
  const open = openFlow({ flushSize: 3 })
  const receipts = [
    open.flow.submitAndSettle(lastWins, { id: 1, text: 'a' }),
    open.flow.submitAndSettle(lastWins, { id: 1, text: 'b' }),
    open.flow.submitAndSettle(lastWins, { id: 2, text: 'c' }),
  ]
  expect(await Promise.all(receipts)).toEqual([
    { outcome: 'coalesced' },
    { outcome: 'written' },
    { outcome: 'written' },
  ])
  expect(open.flow.stats().ledger).toMatchObject({ submitted: 3, written: 2, coalesced: 1 })
})

test('rows behind a joined row that fails are dead-lettered with it, none is lost', async () => {
  const { flow, letters } = openFlow(
    { flushSize: 3, retry: false },
    { onWrite: (write) => write.fail(new ClassifiedError('transient', 'deadlock')) },
  )
  for (const text of ['a', 'b', 'c']) await flow.submit(lastWins, { id: 1, text })
  await flow.flush()
  expect(letters[0]?.rows).toEqual([
    { id: 1, text: 'a' },
    { id: 1, text: 'b' },
    { id: 1, text: 'c' },
  ])
  expect(flow.stats().ledger).toMatchObject({ deadLettered: 3, coalesced: 0 })
})

test('rows without keys go on while a batch of theirs hangs', async () => {
  const { flow, driver } = openFlow({ flushSize: 1, concurrencyLimit: 2 }, { onWrite: 'hold' })
  for (let id = 1; id <= 3; id++) await flow.submit(items, { id })
  driver.writes[1]?.commit()
  await settled()
  driver.writes[2]?.commit()
  await settled()
  expect(driver.rowsOf('items')).toHaveLength(2)
})
