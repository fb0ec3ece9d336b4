import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe, type TracingChannel } from 'node:diagnostics_channel'
import { traceChannels, type AttemptTrace, type FlushTrace } from '@batchflow/core'
import { ClassifiedError, settled } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { items, openFlow } from '../support/open-flow.ts'

const attempts = tracingChannel<unknown, AttemptTrace>(traceChannels.attempt)
const flushes = tracingChannel<unknown, FlushTrace>(traceChannels.flush)

/** Subscribes while `run` does. */
async function traced<Trace extends object>(
  tracing: TracingChannel<unknown, Trace>,
  note: (event: string, trace: Trace) => void,
  run: () => Promise<void>,
): Promise<void> {
  const on = (event: string) => (trace: Trace) => note(event, trace)
  const subscribers = {
    start: on('start'),
    end: on('end'),
    asyncStart: on('asyncStart'),
    asyncEnd: on('asyncEnd'),
    error: on('error'),
  }
  tracing.subscribe(subscribers)
  try {
    await run()
  } finally {
    tracing.unsubscribe(subscribers)
  }
}

test('an attempt is traced from the call of the driver to its answer', async () => {
  const seen: string[] = []
  let error: unknown
  const reset = new ClassifiedError('transient', 'deadlock')
  const open = openFlow({ flushSize: 2 }, { onWrite: 'hold' })
  await traced(
    attempts,
    (event, trace) => {
      seen.push(`${event} ${trace.attempt}`)
      expect(trace).toMatchObject({ driver: 'memory', target: 'items', rows: 2 })
      error ??= trace.error
    },
    async () => {
      for (const id of [1, 2]) await open.flow.submit(items, { id })
      expect(seen).toEqual(['start 1', 'end 1'])
      open.driver.writes[0]?.fail(reset)
      await open.clock.advance(20)
      open.driver.writes[1]?.commit()
      await settled()
    },
  )
  expect(seen).toEqual([
    'start 1',
    'end 1',
    'error 1',
    'asyncStart 1',
    'asyncEnd 1',
    'start 2',
    'end 2',
    'asyncStart 2',
    'asyncEnd 2',
  ])
  expect(error).toBe(reset)
  expect(open.driver.writes[0]?.batch.id).toBe(open.driver.writes[1]?.batch.id)
})

test('a flush is traced from the cut until each row is settled, with its counts', async () => {
  const seen: unknown[] = []
  const open = openFlow(
    { flushSize: 2 },
    { onWrite: (write) => write.fail(new ClassifiedError('poison', 'constraint')) },
  )
  await traced(
    flushes,
    (event, { written, failed, rows }) => seen.push([event, rows, written, failed]),
    async () => {
      for (const id of [1, 2]) await open.flow.submit(items, { id })
      await open.flow.flush()
    },
  )
  expect(seen).toEqual([
    ['start', 2, undefined, undefined],
    ['end', 2, undefined, undefined],
    ['asyncStart', 2, 0, 2],
    ['asyncEnd', 2, 0, 2],
  ])
})

test('a flush that a close gives up ends too', async () => {
  const seen: string[] = []
  const open = openFlow({ flushSize: 1 }, { onWrite: 'hold' })
  await traced(
    flushes,
    (event) => seen.push(event),
    async () => {
      await open.flow.submit(items, { id: 1 })
      const closing = open.flow.close({ timeoutMs: 10 }).catch(() => {})
      await open.clock.advance(10)
      await closing
    },
  )
  expect(seen.at(-1)).toBe('asyncEnd')
})

test('what happens in an attempt happens in the context of its flush', async () => {
  const context = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const bound = tracingChannel<string, FlushTrace>(traceChannels.flush)
  bound.start.bindStore(context, (trace) => `flush of ${trace.target}`)
  try {
    let fails = 1
    const open = openFlow(
      { flushSize: 1 },
      {
        onWrite: (write) => {
          seen.push(context.getStore())
          if (fails-- > 0) write.fail(new ClassifiedError('transient', 'deadlock'))
          else write.commit()
        },
      },
    )
    await open.flow.submit(items, { id: 1 })
    expect(context.getStore()).toBeUndefined()
    await open.clock.advance(20)
  } finally {
    bound.start.unbindStore(context)
  }
  expect(seen).toEqual(['flush of items', 'flush of items'])
})

test('one submit in sixty-four is traced, in the turn of its caller', async () => {
  const seen: unknown[] = []
  const note = (trace: unknown) => void seen.push(trace)
  const open = openFlow({ flushSize: 1_000 })
  subscribe(traceChannels.submit, note)
  try {
    open.flow.trySubmit(items, { id: 0 })
    expect(seen).toEqual([{ target: 'items', bytes: expect.any(Number), sampledRows: 64 }])
    for (let id = 1; id < 200; id++) open.flow.trySubmit(items, { id })
  } finally {
    unsubscribe(traceChannels.submit, note)
  }
  expect(seen).toHaveLength(4)
})
