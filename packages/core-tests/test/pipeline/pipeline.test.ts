import { BatchFlowError, createPipeline, type PipelineOptions } from '@batchflow/core'
import { ClassifiedError, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { openPipeline } from './open-pipeline.ts'

interface View {
  readonly path: string
  readonly count: number
}

const reset = Object.assign(new Error('reset'), { code: 'ECONNREFUSED' })

test('items go to the function in batches, by size and by time, in order', async () => {
  const { pipeline, flushes, clock } = openPipeline<number>({ flushSize: 3, flushIntervalMs: 50 })
  for (let item = 1; item <= 4; item++) await pipeline.submit(item)
  expect(flushes.map(({ items }) => items)).toEqual([[1, 2, 3]])
  await clock.advance(50)
  expect(flushes.map(({ items }) => items)).toEqual([[1, 2, 3], [4]])
  for (const flushed of flushes) flushed.done()
  expect(await pipeline.close()).toEqual({ written: 4, failed: 0 })
})

test('items can be of any type', async () => {
  const given = [
    1,
    'text',
    2n,
    true,
    null,
    undefined,
    { a: 1 },
    [1, 2],
    new Map([[1, 2]]),
    Symbol.for('s'),
    () => 1,
  ]
  const seen: unknown[] = []
  const { pipeline } = openPipeline<unknown>({ flush: async (items) => void seen.push(...items) })
  for (const item of given) await pipeline.submit(item)
  await pipeline.flush()
  expect(seen).toEqual(given)
})

test('guide 003, section 5: a flushed array is never used again', async () => {
  const { pipeline, flushes, held } = openPipeline<number>({
    flushSize: 2,
    concurrencyLimit: 8,
    bufferSize: 100,
  })
  for (let item = 0; item < 16; item++) await pipeline.submit(item)
  const arrays = flushes.map(({ items }) => items)
  const copies = arrays.map((items) => [...items])
  expect(new Set(arrays).size).toBe(8)
  for (const flushed of held) flushed.done()
  await settled()
  for (let item = 16; item < 32; item++) await pipeline.submit(item)
  expect(arrays.map((items) => [...items])).toEqual(copies)
  expect(flushes.slice(8).some(({ items }) => arrays.includes(items))).toBe(false)
})

test('an item changed after submit is flushed as it was', async () => {
  const { pipeline, flushes } = openPipeline<{ n: number }>({ flushSize: 1 })
  const item = { n: 1 }
  await pipeline.submit(item)
  item.n = 2
  expect(flushes[0]?.items).toEqual([{ n: 1 }])
})

// What the Go engine tests of itself, here with our promises.

test('go: cancel drains: an aborted signal flushes what is there within its grace', async () => {
  const abort = new AbortController()
  const { pipeline, flushes, held } = openPipeline<number>({
    signal: abort.signal,
    drainGraceMs: 1_000,
    flushSize: 2,
  })
  for (let item = 1; item <= 5; item++) await pipeline.submit(item)
  abort.abort()
  await expect(pipeline.submit(6)).rejects.toMatchObject({ code: 'BATCHFLOW_CLOSED' })
  await settled()
  expect(flushes.map(({ items }) => items.length)).toEqual([2, 2, 1])
  // The abort ends the pipeline, not what it has begun.
  expect(flushes.some(({ signal }) => signal.aborted)).toBe(false)
  for (const flushed of held) flushed.done()
  expect(await pipeline.close()).toEqual({ written: 5, failed: 0 })
})

test('go: cancel without draining hands back every item', async () => {
  const abort = new AbortController()
  const { pipeline } = openPipeline<number>({ signal: abort.signal, drainOnAbort: false })
  for (let item = 1; item <= 5; item++) await pipeline.submit(item)
  abort.abort()
  const error: unknown = await pipeline.close().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT', ledger: { returned: 5 } })
  expect((error as { rows: { row: unknown }[] }).rows.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5])
})

test('go: concurrency limit: never more calls of flush than that, and none is cut in advance', async () => {
  const { pipeline, flushes, held } = openPipeline<number>({
    flushSize: 1,
    concurrencyLimit: 3,
    bufferSize: 50,
  })
  for (let item = 0; item < 20; item++) await pipeline.submit(item)
  while (held.size > 0) {
    expect(held.size).toBeLessThanOrEqual(3)
    const [first] = held
    first?.done()
    await settled()
  }
  expect(flushes).toHaveLength(20)
  expect(pipeline.stats().ledger.written).toBe(20)
})

test('go: deduplication: of items with one key the last is flushed, at the place of the first', async () => {
  const { pipeline, flushes } = openPipeline<View>({
    key: (view) => view.path,
    coalesce: 'last',
    flushSize: 5,
  })
  for (const [path, count] of [
    ['/', 1],
    ['/a', 2],
    ['/', 3],
    ['/b', 4],
    ['/', 5],
  ] as const)
    await pipeline.submit({ path, count })
  expect(flushes[0]?.items).toEqual([
    { path: '/', count: 5 },
    { path: '/a', count: 2 },
    { path: '/b', count: 4 },
  ])
  flushes[0]?.done()
  await settled()
  expect(pipeline.stats().ledger).toMatchObject({ submitted: 5, written: 3, coalesced: 2 })
})

test('deduplication keeps the first, or what a function makes of two, as asked', async () => {
  const views = [1, 2, 3].map((count) => ({ path: '/', count }))
  const sum = (earlier: View, later: View) => ({ ...later, count: earlier.count + later.count })
  for (const [coalesce, count] of [
    ['first', 1],
    [sum, 6],
  ] as const) {
    const { pipeline, flushes } = openPipeline<View>({ key: (view) => view.path, coalesce, flushSize: 3 })
    for (const view of views) await pipeline.submit(view)
    expect(flushes[0]?.items).toEqual([{ path: '/', count }])
  }
})

test('items without a key are never joined', async () => {
  const { pipeline, flushes } = openPipeline<View>({
    key: (view) => (view.path === '' ? undefined : view.path),
    coalesce: 'last',
    flushSize: 3,
  })
  for (const path of ['', '', '/']) await pipeline.submit({ path, count: 1 })
  expect(flushes[0]?.items).toHaveLength(3)
})

test('a key without coalesce keeps order: its items stay in one batch, and no later batch overtakes', async () => {
  const { pipeline, flushes, clock } = openPipeline<View>({
    key: (view) => view.path,
    flushSize: 2,
    flushIntervalMs: 10,
  })
  for (const count of [1, 2, 3]) await pipeline.submit({ path: '/', count })
  await pipeline.submit({ path: '/other', count: 9 })
  await clock.advance(10)
  expect(flushes.map(({ items }) => items.map(({ count }) => count))).toEqual([[1, 2], [9]])
  flushes[0]?.done()
  await settled()
  expect(flushes[2]?.items).toEqual([{ path: '/', count: 3 }])
})

test('go: error delivery: every failure comes with its items, however many there are and whoever looks', async () => {
  const { pipeline, letters, events } = openPipeline<number>({
    flushSize: 1,
    bufferSize: 500,
    flush: async () => await Promise.reject(new Error('no')),
  })
  for (let item = 0; item < 500; item++) await pipeline.submit(item)
  expect(await pipeline.close()).toEqual({ written: 0, failed: 500 })
  expect(letters.flatMap(({ items }) => items).toSorted((a, b) => a - b)).toEqual([...Array(500).keys()])
  expect(letters[0]?.error).toMatchObject({ code: 'BATCHFLOW_BATCH_FAILED', target: 'pipeline', attempts: 1 })
  expect(events.filter(({ name }) => name === 'rowsDeadLettered')).toHaveLength(500)
})

test('one bad item does not take its batch with it', async () => {
  const done: number[] = []
  const { pipeline, letters } = openPipeline<number>({
    flushSize: 100,
    flush: async (items) => {
      if (items.includes(37)) throw new Error('unlucky')
      done.push(...items)
    },
  })
  for (let item = 0; item < 100; item++) await pipeline.submit(item)
  await pipeline.flush()
  expect(letters).toMatchObject([{ items: [37], isolated: true }])
  expect(done).toHaveLength(99)
})

test('with maxIsolationStatements 0 nobody looks for the bad item: its batch is given up as it is', async () => {
  const { pipeline, letters, flushes } = openPipeline<number>({ flushSize: 4, maxIsolationStatements: 0 })
  for (let item = 0; item < 4; item++) await pipeline.submit(item)
  flushes[0]?.fail(new Error('unlucky'))
  await settled()
  expect(flushes).toHaveLength(1)
  expect(letters.flatMap(({ items }) => items)).toEqual([0, 1, 2, 3])
  expect(letters[0]?.isolated).toBe(false)
})

test('what can heal is tried again, with back-off, as Node and classify say', async () => {
  const errors = [reset, new ClassifiedError('transient', 'deadlock')]
  const classify: PipelineOptions<number>['classify'] = (error) =>
    error instanceof ClassifiedError ? error.failure : undefined
  for (const error of errors) {
    const { pipeline, flushes, clock } = openPipeline<number>({ flushSize: 1, classify })
    await pipeline.submit(1)
    flushes[0]?.fail(error)
    await clock.advance(20)
    flushes[1]?.done()
    await settled()
    expect(pipeline.stats().ledger).toMatchObject({ written: 1 })
  }
})

test('outcomes per item settle each by itself', async () => {
  const { pipeline, letters } = openPipeline<number>({
    flushSize: 3,
    flush: async (items) =>
      await Promise.resolve(
        items.map((item) =>
          item === 2
            ? { outcome: 'failed', failure: { kind: 'poison', reason: 'constraint' } }
            : { outcome: 'written', returned: { id: item * 10 } },
        ),
      ),
  })
  const first = pipeline.submitAndSettle(1)
  const second = pipeline.submitAndSettle(2).catch((error: unknown) => error)
  await pipeline.submit(3)
  expect(await first).toEqual({ outcome: 'written', returned: { id: 10 } })
  expect(await second).toMatchObject({ code: 'BATCHFLOW_BATCH_FAILED' })
  expect(letters).toMatchObject([{ items: [2] }])
})

test('what a function answers where nobody asked means that it is done', async () => {
  const answers: readonly unknown[] = [{ rowCount: 2 }, 'ok', 2, null]
  for (const answer of answers) {
    const flush = (async () => await Promise.resolve(answer)) as PipelineOptions<number>['flush']
    const { pipeline } = openPipeline<number>({ flush })
    await pipeline.submit(1)
    expect(await pipeline.flush()).toEqual({ written: 1, failed: 0 })
  }
})

test('a function that throws, answers at once or never, is borne', async () => {
  const throws = openPipeline<number>({
    flush: () => {
      throw new Error('at once')
    },
  })
  await throws.pipeline.submit(1)
  expect(await throws.pipeline.flush()).toEqual({ written: 0, failed: 1 })
  const atOnce = openPipeline<number>({ flush: (() => {}) as unknown as PipelineOptions<number>['flush'] })
  await atOnce.pipeline.submit(1)
  expect(await atOnce.pipeline.flush()).toEqual({ written: 1, failed: 0 })
  const never = openPipeline<number>({ timeoutMs: 100, retry: false })
  await never.pipeline.submit(1)
  const flushed = never.pipeline.flush()
  await never.clock.advance(1_200)
  expect(never.flushes[0]?.signal.aborted).toBe(true)
  expect(await flushed).toEqual({ written: 0, failed: 1 })
})

test('go: final flush time-out: close ends within its deadline and hands back what was not flushed', async () => {
  const { pipeline, clock, flushes } = openPipeline<number>({ flushSize: 2, concurrencyLimit: 1 })
  for (let item = 1; item <= 3; item++) await pipeline.submit(item)
  const closing = pipeline.close({ timeoutMs: 100 }).catch((error: unknown) => error)
  await clock.advance(100)
  expect(await closing).toMatchObject({
    code: 'BATCHFLOW_CLOSE_TIMEOUT',
    rows: [
      { row: 1, ambiguous: true },
      { row: 2, ambiguous: true },
      { row: 3, ambiguous: false },
    ],
  })
  expect(flushes[0]?.signal.aborted).toBe(true)
})

test('go: hooks: observers hear of every batch by the name of the pipeline, and may throw', async () => {
  const rude = {
    batchFlushed: () => {
      throw new Error('rude')
    },
  }
  const told: string[] = []
  const { pipeline } = openPipeline<number>({
    name: 'views',
    flush: async () => {},
    observers: [
      rude,
      {
        flowOpened: ({ driver }) => void told.push(`opened ${driver}`),
        batchFlushed: ({ target, rows, trigger }) => void told.push(`flushed ${target} ${rows} ${trigger}`),
        batchSettled: ({ target, written }) => void told.push(`settled ${target} ${written}`),
        flowClosed: ({ ledger }) => void told.push(`closed ${ledger.written}`),
      },
    ],
  })
  await pipeline.submit(1)
  await pipeline.submit(2)
  await pipeline.close()
  expect(told).toEqual(['opened views', 'flushed views 2 close', 'settled views 2', 'closed 2'])
  expect(pipeline.stats().observerErrors).toBe(1)
})

test('go: memory behaviour: what is held is bounded by items and bytes, in-flight ones included', async () => {
  const { pipeline } = openPipeline<string>({
    bufferSize: 100,
    bufferBytes: 1_000,
    flushBytes: 300,
    sizeOf: (item) => item.length,
  })
  const taken = Array.from({ length: 60 }, () => pipeline.trySubmit('x'.repeat(50)))
  expect(taken.filter(Boolean)).toHaveLength(20)
  expect(pipeline.stats()).toMatchObject({ highWaterRows: 20, highWaterBytes: 1_000 })
  await expect(pipeline.submit('x'.repeat(1_001))).rejects.toMatchObject({ code: 'BATCHFLOW_INVALID_ROW' })
})

test('an item larger than maxRowBytes is refused', async () => {
  const { pipeline } = openPipeline<string>({ maxRowBytes: 10, sizeOf: (item) => item.length })
  expect(() => pipeline.trySubmit('x'.repeat(11))).toThrow(
    'pipeline: a row must take at most 10 bytes (maxRowBytes), got about 11',
  )
  await pipeline.submit('x'.repeat(10))
})

test('go: dynamic parameters: size and interval change while it runs, at once, and nothing is lost', async () => {
  const { pipeline, flushes, clock, held } = openPipeline<number>({ flushSize: 100, flushIntervalMs: 10_000 })
  for (let item = 0; item < 10; item++) await pipeline.submit(item)
  pipeline.retune({ flushSize: 5 })
  expect(flushes.map(({ items }) => items.length)).toEqual([5, 5])
  await pipeline.submit(10)
  await clock.advance(30)
  pipeline.retune({ flushIntervalMs: 50 })
  await clock.advance(19)
  expect(flushes).toHaveLength(2)
  await clock.advance(1)
  expect(flushes[2]?.items).toEqual([10])
  pipeline.retune({ flushSize: 100, concurrencyLimit: 1 })
  for (let item = 11; item < 20; item++) await pipeline.submit(item)
  for (const flushed of held) flushed.done()
  await clock.advance(50)
  for (const flushed of held) flushed.done()
  await settled()
  expect(flushes.flatMap(({ items }) => items)).toEqual([...Array(20).keys()])
  expect(pipeline.stats().limits).toMatchObject({ flushSize: 100, flushIntervalMs: 50, concurrencyLimit: 1 })
  expect(() => pipeline.retune({ flushSize: 0 })).toThrow(
    'flushSize must be an integer from 1 to bufferSize, got 0',
  )
})

test('go: race stress: many callers, retunes, flushes and failures at once account for every item', async () => {
  const done = new Map<number, number>()
  let calls = 0
  const failed: number[] = []
  const pipeline = createPipeline<number>({
    flushSize: 7,
    flushIntervalMs: 1,
    bufferSize: 50,
    concurrencyLimit: 5,
    retry: { backoffMs: 1, maxBackoffMs: 2, maxAttempts: 20 },
    flush: async (items) => {
      const call = ++calls
      if (call % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
      if (call % 5 === 0) throw reset
      for (const item of items) {
        if (item % 101 === 0) throw new Error('never')
      }
      for (const item of items) done.set(item, (done.get(item) ?? 0) + 1)
    },
    onDeadLetter: ({ items }) => void failed.push(...items),
  })
  const perCaller = 500
  const callers = Array.from({ length: 8 }, async (_, caller) => {
    for (let n = 0; n < perCaller; n++) {
      const item = caller * perCaller + n
      if (!pipeline.trySubmit(item)) await pipeline.submit(item)
      if (n % 97 === 0) pipeline.retune({ flushSize: 1 + ((n + caller) % 20), concurrencyLimit: 1 + (n % 6) })
      if (n % 131 === 0) await pipeline.flush()
    }
  })
  await Promise.all(callers)
  const { written, failed: lost } = await pipeline.close()
  const total = 8 * perCaller
  const bad = Math.ceil(total / 101)
  expect(failed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: bad }, (_, n) => n * 101))
  expect([...done.values()].every((times) => times === 1)).toBe(true)
  expect({ written, lost, done: done.size }).toEqual({ written: total - bad, lost: bad, done: total - bad })
})

test('overflow and breaker are those of a flow', async () => {
  const { pipeline, flushes, clock, events } = openPipeline<number>({
    bufferSize: 3,
    flushSize: 1,
    concurrencyLimit: 1,
    overflow: 'dropOldest',
    breaker: { maxFailures: 1, openMs: 100 },
    retry: { backoffMs: 1 },
  })
  for (let item = 1; item <= 5; item++) await pipeline.submit(item)
  expect(pipeline.stats().ledger).toMatchObject({ dropped: 2 })
  flushes[0]?.fail(reset)
  await settled()
  expect(pipeline.stats().breaker).toBe('open')
  pipeline.resume()
  await clock.advance(10)
  expect(flushes).toHaveLength(2)
  expect(events.filter(({ name }) => name === 'rowsDropped')).toMatchObject([
    { details: { rows: 1 } },
    { details: { rows: 1 } },
  ])
})

test('flush resolves with the counts of what came before, and its signal ends the waiting only', async () => {
  const { pipeline, flushes } = openPipeline<number>()
  await pipeline.submit(1)
  const abort = new AbortController()
  const waiting = pipeline.flush({ signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  const again = pipeline.flush()
  flushes[0]?.done()
  expect(await again).toEqual({ written: 1, failed: 0 })
  expect(await pipeline.flush()).toEqual({ written: 0, failed: 0 })
})

test('await using closes a pipeline', async () => {
  const seen: number[] = []
  const { pipeline } = openPipeline<number>({ flush: async (items) => void seen.push(...items) })
  {
    await using using_ = pipeline
    await using_.submit(1)
  }
  expect(seen).toEqual([1])
})

test('options of a pipeline are checked by their names', () => {
  const flush = async () => {}
  const onDeadLetter = () => {}
  const wrong: readonly [object, string][] = [
    [{ onDeadLetter }, 'flush must be a function, got undefined'],
    [{ flush }, 'onDeadLetter must be a function, got undefined'],
    [{ flush, onDeadLetter, flushSize: 0 }, 'flushSize must be an integer from 1 to bufferSize, got 0'],
    [{ flush, onDeadLetter, maxRowBytes: 0 }, 'maxRowBytes must be an integer from 1'],
    [{ flush, onDeadLetter, key: 'id' }, 'key must be a function, got "id"'],
    [{ flush, onDeadLetter, coalesce: 'last' }, 'coalesce needs key'],
    [
      { flush, onDeadLetter, key: () => 1, coalesce: 'newest' },
      "coalesce must be 'first' or 'last' or a function",
    ],
    [{ flush, onDeadLetter, sizeOf: 3 }, 'sizeOf must be a function, got 3'],
    [{ flush, onDeadLetter, name: '' }, 'name must be a text, got ""'],
    [{ flush, onDeadLetter, driver: {} }, 'driver is not an option'],
    [{ flush, onDeadLetter, targets: {} }, 'targets is not an option'],
    [{ flush, onDeadLetter, flushsize: 1 }, 'flushsize is not an option'],
  ]
  for (const [options, message] of wrong) {
    const error = thrownBy(() => createPipeline(options as PipelineOptions<number>))
    expect(error).toMatchObject({
      code: 'BATCHFLOW_INVALID_OPTION',
      message: expect.stringContaining(message),
    })
  }
})

function thrownBy(call: () => unknown): BatchFlowError | undefined {
  try {
    call()
  } catch (error) {
    if (BatchFlowError.is(error)) return error
  }
  return undefined
}
