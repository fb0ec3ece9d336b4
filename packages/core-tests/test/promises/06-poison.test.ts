import { BatchFlowError, type RowOutcome } from '@batchflow/core'
import { ClassifiedError, settled, type MemoryWrite } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { idsOf, items, openFlow } from '../support/open-flow.ts'

function refusing(isBad: (id: number) => boolean): (write: MemoryWrite) => void {
  return (write) => {
    if (idsOf(write.batch.rows).some(isBad)) write.fail(new ClassifiedError('poison', 'constraint'))
    else write.commit()
  }
}

test('6. a failure that cannot heal is not retried', async () => {
  const { flow, driver, letters } = openFlow({}, { onWrite: refusing(() => true) })
  await flow.submit(items, { id: 1 })
  await flow.flush()
  expect(driver.writes).toHaveLength(1)
  expect(letters[0]).toMatchObject({
    isolated: true,
    error: {
      code: 'BATCHFLOW_BATCH_FAILED',
      target: 'items',
      attempts: 1,
      failure: { kind: 'poison', reason: 'constraint' },
      message: 'items: 1 row was not written after 1 attempt: constraint (poison)',
    },
  })
})

test('6. bad rows are found within 2 log2(n) + 1 writes each, and the others are committed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 128 }),
      fc.uniqueArray(fc.nat(127), { maxLength: 10 }),
      async (count, bad) => {
        const wrong = new Set(bad.filter((id) => id < count))
        const { flow, driver, letters } = openFlow(
          { flushSize: count },
          { onWrite: refusing((id) => wrong.has(id)) },
        )
        for (let id = 0; id < count; id++) await flow.submit(items, { id })
        await flow.flush()
        const lost = letters.flatMap((letter) => idsOf(letter.rows))
        expect(new Set(lost)).toEqual(wrong)
        expect(lost).toHaveLength(wrong.size)
        expect(driver.rowsOf('items')).toHaveLength(count - wrong.size)
        expect(driver.writes.length).toBeLessThanOrEqual(
          Math.max(1, wrong.size * (2 * Math.ceil(Math.log2(count)) + 1)),
        )
      },
    ),
    { numRuns: 100 },
  )
})

test('6. a row that the server names is set aside without a search', async () => {
  const { flow, driver, letters } = openFlow(
    { flushSize: 100 },
    {
      onWrite: (write) => {
        const row = idsOf(write.batch.rows).indexOf(42)
        if (row === -1) write.commit()
        else write.fail(new ClassifiedError('poison', 'invalid_row', { row }))
      },
    },
  )
  for (let id = 0; id < 100; id++) await flow.submit(items, { id })
  await flow.flush()
  expect(driver.writes).toHaveLength(2)
  expect(idsOf(letters[0]?.rows ?? [])).toEqual([42])
})

test('6. isolation stops at maxIsolationStatements, and the rest is dead-lettered as not isolated', async () => {
  const { flow, driver, letters } = openFlow(
    { flushSize: 64, maxIsolationStatements: 5 },
    { onWrite: refusing(() => true) },
  )
  for (let id = 0; id < 64; id++) await flow.submit(items, { id })
  await flow.flush()
  expect(driver.writes.length).toBeLessThanOrEqual(7)
  const rest = letters.filter((letter) => !letter.isolated)
  expect(rest.length).toBeGreaterThan(0)
  for (const letter of rest) expect(letter.error.failure.reason).toBe('non_retryable')
  expect(letters.flatMap((letter) => idsOf(letter.rows)).sort((a, b) => a - b)).toEqual([
    ...Array.from({ length: 64 }).keys(),
  ])
})

test('6. outcomes per row settle each row by itself: written, given up, tried again', async () => {
  const { flow, driver, clock, letters } = openFlow({ flushSize: 3 }, { onWrite: 'hold' })
  for (let id = 1; id <= 3; id++) await flow.submit(items, { id })
  driver.writes[0]?.answer([
    { outcome: 'failed', failure: { kind: 'poison', reason: 'duplicate_key' } },
    { outcome: 'failed', failure: { kind: 'transient', reason: 'deadlock' } },
    { outcome: 'written' },
  ])
  const flushed = flow.flush()
  await clock.advance(1_000)
  expect(idsOf(driver.writes[1]?.batch.rows ?? [])).toEqual([2])
  driver.writes[1]?.commit()
  expect(await flushed).toEqual({ written: 2, failed: 1 })
  expect(letters.map((letter) => [letter.error.failure.reason, idsOf(letter.rows)])).toEqual([
    ['duplicate_key', [1]],
  ])
})

test('6. a batch that is too large is written as halves', async () => {
  const { flow, driver } = openFlow(
    { flushSize: 10 },
    {
      onWrite: (write) =>
        write.batch.rows.length > 3 ? write.fail(new ClassifiedError('split', 'too_large')) : write.commit(),
    },
  )
  for (let id = 0; id < 10; id++) await flow.submit(items, { id })
  expect(await flow.flush()).toEqual({ written: 10, failed: 0 })
  expect(idsOf(driver.rowsOf('items'))).toEqual([...Array.from({ length: 10 }).keys()])
})

test('rows that are wrong in different ways come in different letters, each with the words of its own error', async () => {
  const wrong = (message: string) => ({
    outcome: 'failed' as const,
    failure: { kind: 'poison', reason: 'invalid_row' } as const,
    cause: new BatchFlowError('BATCHFLOW_INVALID_ROW', message),
  })
  const { flow, letters } = openFlow(
    { flushSize: 3 },
    {
      onWrite: (write) =>
        write.answer([wrong('items.a must be …'), wrong('items.b must be …'), wrong('items.a must be …')]),
    },
  )
  for (let id = 1; id <= 3; id++) await flow.submit(items, { id })
  await flow.flush()
  expect(letters.map((letter) => [idsOf(letter.rows), letter.error.message])).toEqual([
    [[1, 3], 'items: 2 rows were not written after 1 attempt: invalid_row (poison): items.a must be …'],
    [[2], 'items: 1 row was not written after 1 attempt: invalid_row (poison): items.b must be …'],
  ])
})

test('an answer that is not one outcome per row is not believed', async () => {
  const answers: readonly unknown[] = [
    [{ outcome: 'written' }],
    [undefined, null],
    ['written', 'written'],
    [{ outcome: 'done' }, { outcome: 'written' }],
    [{ outcome: 'failed', failure: { kind: 'sad' } }, { outcome: 'written' }],
    { rowCount: 2 },
  ]
  for (const answer of answers) {
    const { flow, letters } = openFlow(
      { flushSize: 2 },
      { onWrite: (write) => write.answer(answer as readonly RowOutcome[]) },
    )
    await flow.submit(items, { id: 1 })
    await flow.submit(items, { id: 2 })
    await flow.flush()
    expect(letters[0]).toMatchObject({ isolated: false, error: { failure: { reason: 'non_retryable' } } })
    expect(letters[0]?.rows).toHaveLength(2)
  }
})

test('an error that nobody knows is not retried, and isolated like a bad row', async () => {
  const { flow, driver, letters } = openFlow(
    { flushSize: 2 },
    {
      onWrite: (write) =>
        idsOf(write.batch.rows).includes(2) ? write.fail(new TypeError('odd')) : write.commit(),
    },
  )
  await flow.submit(items, { id: 1 })
  await flow.submit(items, { id: 2 })
  await flow.flush()
  await settled()
  expect(idsOf(driver.rowsOf('items'))).toEqual([1])
  expect(letters[0]).toMatchObject({ error: { failure: { kind: 'poison', reason: 'unknown' } } })
})

test('a driver that throws instead of rejecting is treated alike', async () => {
  const { flow, letters } = openFlow(
    {},
    {
      onWrite: () => {
        throw new ClassifiedError('poison', 'invalid_row')
      },
    },
  )
  await flow.submit(items, { id: 1 })
  await flow.flush()
  expect(letters).toHaveLength(1)
})
