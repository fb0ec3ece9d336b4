import { ClassifiedError, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { idsOf, items, keyed, openFlow, others } from '../support/open-flow.ts'

test('3. one failing table neither fails nor delays the rows of another', async () => {
  const { flow, driver, clock, letters } = openFlow(
    { flushSize: 1, concurrencyLimit: 1, retry: { maxAttempts: 3, backoffMs: 1_000 } },
    {
      onWrite: (write) =>
        write.batch.target.name === 'items'
          ? write.fail(new ClassifiedError('transient', 'deadlock'))
          : write.commit(),
    },
  )
  await flow.submit(items, { id: 1 })
  await flow.submit(others, { id: 2 })
  await settled()
  expect(idsOf(driver.rowsOf('others'))).toEqual([2])
  await clock.advance(10_000)
  expect(letters.map((letter) => letter.target.name)).toEqual(['items'])
})

test('3. a lane holds at most half of bufferSize once a second lane exists', async () => {
  const { flow } = openFlow({ bufferSize: 10, flushSize: 10 }, { onWrite: 'hold' })
  expect(flow.trySubmit(others, { id: 0 })).toBe(true)
  const taken = Array.from({ length: 10 }, (_, id) => flow.trySubmit(items, { id }))
  expect(taken.filter(Boolean)).toHaveLength(5)
  expect(flow.trySubmit(others, { id: 1 })).toBe(true)
})

test('3. waiters are first in, first out per lane, and room goes to lanes in turn', async () => {
  const { flow, driver } = openFlow(
    { bufferSize: 4, flushSize: 1, concurrencyLimit: 1, maxLaneRows: 4 },
    { onWrite: 'hold' },
  )
  for (let id = 0; id < 4; id++) await flow.submit(items, { id })
  const order: string[] = []
  const wait = (name: string, promise: Promise<void>) => void promise.then(() => order.push(name))
  for (const n of [1, 2, 3]) wait(`items ${n}`, flow.submit(items, { id: 10 + n }))
  for (const n of [1, 2, 3]) wait(`others ${n}`, flow.submit(others, { id: 20 + n }))
  while (driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
  }
  expect(order).toEqual(['items 1', 'others 1', 'items 2', 'others 2', 'items 3', 'others 3'])
})

test('3. nobody overtakes a submit that waits for room', async () => {
  const { flow, driver } = openFlow({ bufferSize: 2, flushSize: 1, maxLaneRows: 2 }, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  await flow.submit(items, { id: 2 })
  const waiting = flow.submit(items, { id: 3 })
  driver.writes[0]?.commit()
  expect(flow.trySubmit(others, { id: 4 })).toBe(false)
  await settled()
  await waiting
  expect(flow.stats().ledger.submitted).toBe(3)
})

test('3. lanes are served in turn: a table fifty times busier does not starve another', async () => {
  const { flow, driver } = openFlow(
    { bufferSize: 200, flushSize: 1, concurrencyLimit: 1, maxLaneRows: 100 },
    { onWrite: 'hold' },
  )
  for (let id = 0; id < 100; id++) await flow.submit(items, { id })
  await flow.submit(others, { id: 1_000 })
  let written = 0
  while (driver.rowsOf('others').length === 0) {
    for (const write of driver.held) write.commit()
    await settled()
    expect(++written).toBeLessThan(4)
  }
  while (driver.held.size > 0) {
    for (const write of driver.held) write.commit()
    await settled()
  }
})

test('3. a key fifty times busier, or failing for ever, does not starve other keys of its table', async () => {
  for (const failing of [false, true]) {
    const target = keyed('one table', (_, later) => later)
    const { flow, driver } = openFlow(
      {
        bufferSize: 1_000,
        maxLaneRows: 1_000,
        flushSize: 10,
        concurrencyLimit: 2,
        retry: { backoffMs: 60_000 },
      },
      {
        onWrite: (write) =>
          failing && idsOf(write.batch.rows).includes(0)
            ? write.fail(new ClassifiedError('transient', 'deadlock'))
            : write.commit(),
      },
    )
    for (let n = 1; n <= 10; n++) await flow.submit(target, { id: failing ? 0 : n })
    await settled()
    for (let n = 1; n <= 10; n++) {
      for (let busy = 0; busy < 50; busy++) await flow.submit(target, { id: 0 })
      await flow.submit(target, { id: n })
    }
    flow.flush().catch(() => {})
    await settled()
    await settled()
    const ids = new Set(idsOf(driver.rowsOf('one table')))
    for (let n = 1; n <= 10; n++) expect(ids.has(n)).toBe(true)
  }
})

test('3. flush of one target does not wait for another', async () => {
  const { flow, driver } = openFlow({}, { onWrite: 'hold' })
  await flow.submit(items, { id: 1 })
  await flow.submit(others, { id: 2 })
  const flushed = flow.flush({ target: others })
  expect(driver.writes.map((write) => write.batch.target.name)).toEqual(['others'])
  driver.writes[0]?.commit()
  expect(await flushed).toEqual({ written: 1, failed: 0 })
  expect(flow.stats().ledger.pending).toBe(1)
})

test('one name with two definitions is refused; equal definitions share a lane', async () => {
  const { flow, driver } = openFlow({ flushSize: 2 })
  await flow.submit(keyed('same'), { id: 1 })
  await flow.submit(keyed('same'), { id: 2 })
  await settled()
  expect(driver.writes.map((write) => write.batch.rows.length)).toEqual([2])
  await expect(flow.submit({ name: 'same' }, { id: 3 })).rejects.toMatchObject({
    code: 'BATCHFLOW_INVALID_TARGET',
  })
})
