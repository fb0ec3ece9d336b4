import { failures, type Failures, type FlowFailure } from '@batchflow/core'
import { ClassifiedError, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { items, openFlow } from '../support/open-flow.ts'

const poison = new ClassifiedError('poison', 'constraint')

async function readAll(failed: Failures): Promise<FlowFailure[]> {
  const read: FlowFailure[] = []
  for await (const failure of failed) read.push(failure)
  return read
}

test('failures can be read as they come, and the reading ends with the flow', async () => {
  const failed = failures()
  const { flow, driver, clock } = openFlow({ flushSize: 1, observers: [failed] }, { onWrite: 'hold' })
  const reading = readAll(failed)
  await flow.submit(items, { id: 1 })
  const deadlock = new ClassifiedError('transient', 'deadlock')
  driver.writes[0]?.fail(deadlock)
  await clock.advance(20)
  driver.writes[1]?.fail(poison)
  await flow.close()
  expect(await reading).toEqual([
    {
      what: 'attempt',
      target: 'items',
      rows: 1,
      attempt: 1,
      failure: deadlock.failure,
      cause: deadlock,
      missed: 0,
    },
    { what: 'deadLetter', target: 'items', rows: 1, failure: poison.failure, missed: 0 },
  ])
})

test('what nobody reads is held up to its bound, and what is beyond it is counted', async () => {
  const failed = failures({ maxHeld: 3 })
  const { flow } = openFlow({ flushSize: 1, observers: [failed] }, { onWrite: (write) => write.fail(poison) })
  for (let id = 0; id < 10; id++) await flow.submit(items, { id })
  await flow.flush()
  expect(failed.missed).toBe(7)
  const iterator = failed[Symbol.asyncIterator]()
  expect(await iterator.next()).toMatchObject({ value: { missed: 0 } })
  await flow.submit(items, { id: 11 })
  await flow.close()
  const rest = await readAll(failed)
  // The one after the gap says how large it was.
  expect(rest.map(({ missed }) => missed)).toEqual([0, 0, 7])
  expect(flow.stats().ledger.deadLettered).toBe(11)
})

test('drops are among them', async () => {
  const failed = failures()
  const { flow } = openFlow(
    { bufferSize: 1, flushSize: 1, overflow: 'dropNewest', observers: [failed] },
    { onWrite: 'hold' },
  )
  for (let id = 0; id < 3; id++) flow.submit(items, { id }).catch(() => {})
  await settled()
  expect(await failed[Symbol.asyncIterator]().next()).toEqual({
    done: false,
    value: { what: 'drop', target: 'items', rows: 2, missed: 0 },
  })
})

test('each failure goes to one reader, in order, and a reader that leaves takes none with it', async () => {
  const failed = failures()
  const { flow } = openFlow({ flushSize: 1, observers: [failed] }, { onWrite: (write) => write.fail(poison) })
  const [one, two] = [failed[Symbol.asyncIterator](), failed[Symbol.asyncIterator]()]
  const first = one.next()
  const second = two.next()
  for (let id = 0; id < 3; id++) await flow.submit(items, { id })
  await flow.flush()
  expect([(await first).done, (await second).done]).toEqual([false, false])
  for await (const failure of failed) {
    expect(failure.what).toBe('deadLetter')
    break
  }
  await flow.close()
  expect(await one.next()).toEqual({ done: true, value: undefined })
})

test('one reading of several flows ends with the last of them', async () => {
  const failed = failures()
  const opened = [0, 1].map(() => openFlow({ observers: [failed] }))
  const reading = readAll(failed)
  let done = false
  reading.finally(() => (done = true)).catch(() => {})
  await opened[0]?.flow.close()
  await settled()
  expect(done).toBe(false)
  await opened[1]?.flow.close()
  expect(await reading).toEqual([])
})

test('its bound is checked', () => {
  expect(() => failures({ maxHeld: 0 })).toThrow('maxHeld must be an integer from 1')
  expect(() => failures({ max: 1 } as object)).toThrow('max is not an option')
})
