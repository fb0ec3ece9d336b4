import { BatchFlowError, createBatchFlow, type Target } from '@batchflow/core'
import {
  createStreamProducer,
  createStreamWorker,
  replayDeadLetters,
  type StreamWorkerOptions,
} from '@batchflow/redis-streams'
import { MemoryDriver } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { eventually } from '../support/eventually.ts'
import { openStream } from '../support/redis.ts'
import { rowsIn, type RawEntry } from '../support/rows-in.ts'

type EventTarget = Target<{ producer: number; seq: number }>
const events: EventTarget = { name: 'events' }
const shards = 1
const group = 'writers'

/** Adds rows of one producer, so many to an entry. */
async function add(client: Redis, stream: string, rows: number, flushSize = 10): Promise<void> {
  await using producer = createStreamProducer({
    client,
    stream,
    shards,
    flushSize,
    onDeadLetter: ({ error }) => {
      throw error
    },
  })
  for (let seq = 0; seq < rows; seq++) await producer.submit(events, { producer: 1, seq })
}

function flowOver(
  driver: MemoryDriver,
  options: { readonly bufferSize?: number; readonly overflow?: 'reject' } = {},
) {
  const letters: unknown[] = []
  const flow = createBatchFlow<EventTarget>({
    driver,
    flushIntervalMs: 1,
    flushSize: 10,
    ...options,
    onDeadLetter: ({ rows }) => {
      letters.push(...rows)
    },
  })
  return { flow, letters }
}

function worker(
  options: Omit<StreamWorkerOptions<EventTarget>, 'group' | 'targets'> & { readonly targets?: object },
) {
  return createStreamWorker({
    shards,
    group,
    leaseMs: 500,
    targets: { events },
    ...options,
  } as unknown as StreamWorkerOptions<EventTarget>)
}

const keyOf = (stream: string) => `{${stream}:0}`

/** Reasons and rows of the dead-letter stream. */
async function deadLetters(
  client: Redis,
  stream: string,
): Promise<readonly (readonly [string, string, string])[]> {
  const entries = (await client.xrange(`${keyOf(stream)}:dead`, '-', '+')) as RawEntry[]
  return entries.map(([, fields]) => {
    const field = (name: string) => fields[fields.indexOf(name) + 1] ?? ''
    return [field('reason'), field('n'), field('d')] as const
  })
}

test('rows go through the flow in their order, and entries are gone when their rows are settled', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 95)
  const driver = new MemoryDriver({ onWrite: 'hold' })
  const { flow } = flowOver(driver)
  await using closing = flow
  await using reading = worker({ client, stream, flow: closing })
  await eventually(() => driver.held.size > 0)
  expect(await client.xlen(keyOf(stream))).toBe(10)
  await eventually(() => {
    for (const write of driver.held) write.commit()
    return reading.stats().rowsSettled === 95
  })
  expect(driver.rowsOf('events')).toEqual(Array.from({ length: 95 }, (_, seq) => ({ producer: 1, seq })))
  expect(await client.xlen(keyOf(stream))).toBe(0)
  expect(await client.hgetall(`${keyOf(stream)}:meter`)).toEqual({})
})

test('rows that the flow gives up are those of its dead-letter handler, and their entry is settled', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 3)
  const driver = new MemoryDriver({
    onWrite: (write) =>
      write.answer(
        write.batch.rows.map((row) =>
          (row as { seq: number }).seq === 1
            ? { outcome: 'failed', failure: { kind: 'poison', reason: 'constraint' } }
            : { outcome: 'written' },
        ),
      ),
  })
  const { flow, letters } = flowOver(driver)
  await using closing = flow
  await using reading = worker({ client, stream, flow: closing })
  await eventually(() => reading.stats().rowsSettled === 3)
  expect(letters).toEqual([{ producer: 1, seq: 1 }])
  expect(await deadLetters(client, stream)).toEqual([])
})

test('entries that nobody can read, or that have no target, are set aside, and the group goes on', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await client.xadd(keyOf(stream), '*', 'some', 'thing')
  await client.xadd(keyOf(stream), '*', 'v', '1', 't', 'events', 'n', '2', 'e', 'x', 'd', '[["seq","j",[1]]]')
  await client.xadd(keyOf(stream), '*', 'v', '9', 't', 'events', 'n', '1', 'e', 'x', 'd', '[]')
  await client.xadd(keyOf(stream), '*', 'v', '1', 't', 'others', 'n', '1', 'e', 'x', 'd', '[["seq","j",[1]]]')
  await add(client, stream, 1)
  const driver = new MemoryDriver()
  const { flow } = flowOver(driver)
  await using closing = flow
  await using reading = worker({ client, stream, flow: closing })
  await eventually(() => driver.rowsOf('events').length === 1 && reading.stats().entriesSettled === 5)
  expect(await deadLetters(client, stream)).toEqual([
    ['undecodable', '0', '["some","thing"]'],
    ['undecodable', '2', '[["seq","j",[1]]]'],
    ['undecodable', '1', '[]'],
    ['unknown_target', '1', '[["seq","j",[1]]]'],
  ])
  expect(await client.xlen(keyOf(stream))).toBe(0)
})

test('a row that its target refuses is set aside alone', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 3)
  const driver = new MemoryDriver()
  const { flow } = flowOver(driver)
  await using closing = flow
  const submitAndSettle = closing.submitAndSettle.bind(closing)
  const picky = Object.assign(Object.create(closing) as typeof closing, {
    stats: () => closing.stats(),
    submitAndSettle: async (target: EventTarget, row: { producer: number; seq: number }) => {
      if (row.seq === 1) throw new BatchFlowError('BATCHFLOW_INVALID_ROW', 'not this one')
      return await submitAndSettle(target, row)
    },
  })
  await using reading = worker({ client, stream, flow: picky })
  await eventually(() => reading.stats().rowsSettled === 3)
  expect(driver.rowsOf('events')).toEqual([
    { producer: 1, seq: 0 },
    { producer: 1, seq: 2 },
  ])
  expect(await deadLetters(client, stream)).toEqual([
    ['refused', '1', '[["producer","j",[1]],["seq","j",[1]]]'],
  ])
})

test('dead letters are put back when what was wrong is mended', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await client.xadd(keyOf(stream), '*', 'some', 'thing')
  await add(client, stream, 25)
  const lacking = createBatchFlow<EventTarget>({ driver: new MemoryDriver(), onDeadLetter: () => {} })
  await using closingLacking = lacking
  const first = worker({ client, stream, flow: closingLacking, targets: { others: { name: 'others' } } })
  await eventually(() => first.stats().entriesSettled === 4)
  await first.close()
  expect(await replayDeadLetters({ client, stream, shards })).toBe(25)
  expect(await deadLetters(client, stream)).toEqual([['undecodable', '0', '["some","thing"]']])
  const driver = new MemoryDriver()
  const { flow } = flowOver(driver)
  await using closing = flow
  await using second = worker({ client, stream, flow: closing })
  await eventually(() => second.stats().rowsSettled === 25)
  expect(driver.rowsOf('events')).toHaveLength(25)
  expect(await client.hgetall(`${keyOf(stream)}:meter`)).toEqual({})
})

test('an entry that was delivered too often is set aside', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 2, 1)
  const key = keyOf(stream)
  await client.xgroup('CREATE', key, group, '0')
  const [[id]] = (await client.xrange(key, '-', '+')) as unknown as [RawEntry]
  await client.xreadgroup('GROUP', group, 'somebody', 'COUNT', 1, 'STREAMS', key, '>')
  for (let delivery = 0; delivery < 3; delivery++) await client.xclaim(key, group, 'somebody', 0, id)
  const driver = new MemoryDriver()
  const { flow } = flowOver(driver)
  await using closing = flow
  await using reading = worker({ client, stream, flow: closing, maxDeliveries: 3 })
  await eventually(() => reading.stats().entriesSettled === 2)
  expect(driver.rowsOf('events')).toEqual([{ producer: 1, seq: 1 }])
  expect(await deadLetters(client, stream)).toEqual([
    ['max_deliveries', '1', '[["producer","j",[1]],["seq","j",[0]]]'],
  ])
  expect(reading.stats()).toMatchObject({ redelivered: 1, claimed: 1, rowsDeadLettered: 1 })
})

test('what another worker left is read before what is new', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 30)
  const key = keyOf(stream)
  await client.xgroup('CREATE', key, group, '0')
  await client.xreadgroup('GROUP', group, 'somebody', 'COUNT', 2, 'STREAMS', key, '>')
  const driver = new MemoryDriver()
  const { flow } = flowOver(driver)
  await using closing = flow
  await using reading = worker({ client, stream, flow: closing })
  await eventually(() => reading.stats().rowsSettled === 30)
  expect(driver.rowsOf('events').map((row) => (row as { seq: number }).seq)).toEqual(
    Array.from({ length: 30 }, (_, seq) => seq),
  )
  expect(reading.stats()).toMatchObject({ claimed: 2 })
})

test('entries that were deleted while they were pending are counted, and so are their rows', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 30)
  const key = keyOf(stream)
  await client.xgroup('CREATE', key, group, '0')
  await client.xreadgroup('GROUP', group, 'somebody', 'COUNT', 2, 'STREAMS', key, '>')
  await client.xtrim(key, 'MAXLEN', 1)
  const driver = new MemoryDriver()
  const { flow } = flowOver(driver)
  await using closing = flow
  await using reading = worker({ client, stream, flow: closing })
  await eventually(() => reading.stats().rowsSettled === 10)
  expect(reading.stats()).toMatchObject({ deletedWhilePending: 2, rowsDeleted: 20 })
})

test('a worker that is closed waits for what it has; at the deadline it gives it back', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 20)
  const driver = new MemoryDriver({ onWrite: 'hold' })
  const { flow } = flowOver(driver)
  await using closing = flow
  const first = worker({ client, stream, flow: closing })
  await eventually(() => driver.held.size === 2)
  expect(await first.close({ timeoutMs: 50 })).toEqual({ rowsSettled: 0, rowsGivenBack: 20 })
  expect(first.stats()).toMatchObject({ state: 'closed', shards: [] })

  const others = new MemoryDriver()
  const { flow: next } = flowOver(others)
  await using nextFlow = next
  const second = worker({ client, stream, flow: nextFlow })
  await eventually(() => others.rowsOf('events').length === 20)
  expect(await second.close()).toEqual({ rowsSettled: 20, rowsGivenBack: 0 })
  for (const write of driver.held) write.commit()
})

test('a worker whose flow is closed gives its shards to others, with what it had', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 20)
  const { flow } = flowOver(new MemoryDriver({ onWrite: 'hold' }))
  await using lame = worker({ client, stream, flow })
  await eventually(() => flow.stats().ledger.pending === 20)
  await expect(flow.close({ timeoutMs: 10 })).rejects.toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT' })
  const others = new MemoryDriver()
  const { flow: next } = flowOver(others)
  await using nextFlow = next
  await using healthy = worker({ client, stream, flow: nextFlow })
  await eventually(() => healthy.stats().rowsSettled === 20)
  expect(lame.stats().shards).toEqual([])
})

test('a flow that refuses rows when it is full gets them again', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 100)
  const driver = new MemoryDriver()
  const { flow } = flowOver(driver, { bufferSize: 10, overflow: 'reject' })
  await using closing = flow
  await using reading = worker({ client, stream, flow: closing })
  await eventually(() => reading.stats().rowsSettled === 100)
  expect(new Set(driver.rowsOf('events').map((row) => (row as { seq: number }).seq)).size).toBe(100)
})

test('no more rows are read than may be in hand', async () => {
  await using redis = await openStream()
  const { client, stream } = redis
  await add(client, stream, 400)
  const driver = new MemoryDriver({ onWrite: 'hold' })
  const { flow } = flowOver(driver)
  await using closing = flow
  await using reading = worker({ client, stream, flow: closing, maxRowsInHand: 50 })
  let most = 0
  await eventually(() => {
    most = Math.max(most, flow.stats().ledger.pending)
    for (const write of driver.held) write.commit()
    return reading.stats().rowsSettled === 400
  })
  expect(most).toBeLessThanOrEqual(60)
  expect(rowsIn([])).toEqual([])
})
