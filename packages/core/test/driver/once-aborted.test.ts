import { setTimeout as pause } from 'node:timers/promises'
import { createBatchFlow, onceAborted, type WriteContext } from '@batchflow/core'
import { expect, test } from '@jest/globals'

test('a listener hears of the end of an AbortSignal, once, unless it has stopped', () => {
  const controller = new AbortController()
  const heard: unknown[] = []
  onceAborted({ signal: controller.signal }, (reason) => heard.push(['first', reason]))
  const stop = onceAborted({ signal: controller.signal }, () => heard.push('second'))
  stop?.()
  controller.abort('enough')
  expect(heard).toEqual([['first', 'enough']])
  expect(onceAborted({ signal: controller.signal }, () => heard.push('late'))).toBeUndefined()
  expect(heard).toHaveLength(1)
})

/** What `observe` does with the contexts of attempts that all run into their deadline. */
async function timedOut(observe: (context: WriteContext) => void): Promise<void> {
  const flow = createBatchFlow({
    driver: {
      name: 'silent',
      capabilities: {},
      async write(_batch, context) {
        observe(context)
        await new Promise((_, reject) => {
          onceAborted(context, reject)
        })
      },
      classify: () => undefined,
    },
    flushIntervalMs: 1,
    timeoutMs: 20,
    retry: { maxAttempts: 1 },
    onDeadLetter: () => {},
  })
  await flow.submit({ name: 'rows' }, { id: 1 })
  await flow.close()
}

test('the engine tells listeners of an attempt in order, and the signal that somebody asked for too', async () => {
  const heard: string[] = []
  await timedOut((context) => {
    onceAborted(context, (reason) => heard.push(`first ${(reason as Error).name}`))
    const stop = onceAborted(context, () => heard.push('stopped'))
    context.signal.addEventListener('abort', () => heard.push('signal'))
    onceAborted(context, () => {
      heard.push(`last ${context.signal.aborted}`)
      heard.push(String(onceAborted(context, () => heard.push('late'))))
    })
    stop?.()
    stop?.()
  })
  expect(heard).toEqual(['signal', 'first TimeoutError', 'last true', 'undefined'])
})

test('a listener may stop one that comes after it', async () => {
  const heard: string[] = []
  await timedOut((context) => {
    onceAborted(context, () => {
      heard.push('first')
      stop?.()
    })
    const stop = onceAborted(context, () => heard.push('second'))
  })
  expect(heard).toEqual(['first'])
})

test('an attempt that was answered in time tells nobody', async () => {
  const heard: unknown[] = []
  const flow = createBatchFlow({
    driver: {
      name: 'prompt',
      capabilities: {},
      write: async (_batch, context) => void onceAborted(context, (reason) => heard.push(reason)),
      classify: () => undefined,
    },
    flushIntervalMs: 1,
    timeoutMs: 20,
    onDeadLetter: () => {},
  })
  await flow.submit({ name: 'rows' }, { id: 1 })
  await flow.flush()
  await pause(60)
  await flow.close()
  expect(heard).toEqual([])
})
