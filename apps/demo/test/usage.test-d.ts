// The public API as people use it, and as the compiler has to refuse it. Checked by `tsc -b`, never run.
import {
  createBatchFlow,
  submitAll,
  toWritable,
  type BatchFlow,
  type Driver,
  type Target,
} from '@batchflow/core'
import { composeReporters, flowMetrics } from '@batchflow/pipeline-metrics'
import { createPrometheusReporter } from '@batchflow/prometheus'
import { sqlite, tableOf } from '@batchflow/sqlite'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

interface UserRow {
  id: number
  name: string
  email?: string | null
}
const users = tableOf<UserRow>()('users', {
  columns: ['id', 'name', 'email'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name', 'email'] },
})

export async function use(source: AsyncIterable<UserRow>, signal: AbortSignal): Promise<void> {
  const metrics = createPrometheusReporter({ labels: { env: 'test' } })
  await using server = await metrics.listen({ port: 0, host: '127.0.0.1' })
  await using flow = createBatchFlow({
    driver: sqlite({ path: ':memory:' }),
    retry: false,
    onDeadLetter: async ({ target, rows, error }) => {
      await Promise.resolve([target.name, rows.length, error.failure.reason, server.url])
    },
    observers: [flowMetrics(composeReporters(metrics), { database: 'sqlite', instanceId: 'x' })],
  })
  await flow.submit(users, { id: 1, name: 'Ada' }, { signal })
  await flow.submit(users, { id: 1, name: 'Ada', email: null })
  await flow.submitAndSettle(users, { id: 1, name: 'Ada' })
  const maybe: string | undefined = undefined as string | undefined
  // @ts-expect-error exactOptionalPropertyTypes: email?: string | null does not take undefined
  await flow.submit(users, { id: 1, name: 'x', email: maybe })
  const taken: boolean = flow.trySubmit(users, { id: 1, name: 'x' })
  await submitAll(flow, users, source, { signal })
  // @ts-expect-error rows of another shape
  await submitAll(flow, users, [{ id: '1', name: 'x' }])
  await pipeline(Readable.from([{ id: 1, name: 'x' }]), toWritable(flow, users))
  const { written, failed } = await flow.flush()
  flow.retune({ flushSize: written + failed + (taken ? 1 : 0) })
  // @ts-expect-error wrong type
  await flow.submit(users, { id: '1', name: 'x' })
  // @ts-expect-error unknown column
  await flow.submit(users, { id: 1, name: 'x', age: 3 })
  // @ts-expect-error handler missing
  createBatchFlow({ driver: sqlite({ path: ':memory:' }) })
  const write = async (): Promise<void> => await Promise.resolve()
  // @ts-expect-error both handlers
  createBatchFlow({ driver: sqlite({ path: ':memory:' }), onDeadLetter: () => {}, deadLetters: { write } })
  // @ts-expect-error a target that is no table does not go to SQLite
  await flow.submit({ name: 'users' } as Target<UserRow>, { id: 1, name: 'x' })
}

interface Event {
  at: number
  path: string
}
const events: Target<Event> = { name: 'events' }
const narrower: Target<{ at: number }> = { name: 'e' }

export async function bringYourOwnDriver(): Promise<BatchFlow<Target<Event>>> {
  const own: Driver<Target<Event>> = {
    name: 'own',
    capabilities: {},
    write: async (batch) => {
      await Promise.resolve(batch.rows.map((event) => event.path.length))
    },
    classify: () => undefined,
  }
  const flow = createBatchFlow({ driver: own, onDeadLetter: ({ rows }) => void rows[0]?.path })
  await flow.submit(events, { at: 1, path: '/' })
  // @ts-expect-error a narrower target would feed the driver rows without `path`
  await flow.submit(narrower, { at: 1 })
  return flow
}

export async function untypedDriver(): Promise<void> {
  const flow = createBatchFlow({
    driver: {
      name: 'probe',
      capabilities: {},
      write: async (batch) => {
        await Promise.resolve(batch.rows.length)
      },
      classify: () => undefined,
    },
    onDeadLetter: () => {},
  })
  await flow.submit(users, { id: 1, name: 'x' })
}
