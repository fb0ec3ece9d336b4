import { type BatchFlow, createBatchFlow } from '@batchflow/core'
import { commandsOf, counterOf, hashOf, keyValueOf, redis, type RedisTarget } from '@batchflow/redis'

interface Visit {
  id: number
  page: string
}

declare const flow: BatchFlow<RedisTarget>

export async function types(): Promise<void> {
  const visits = commandsOf<Visit>()('visits', (visit) => [
    ['SET', visit.page, visit.id, 'EX', 60n, Buffer.from('x')],
  ])
  await flow.submit(visits, { id: 1, page: 'home' })
  // @ts-expect-error a field is missing
  await flow.submit(visits, { id: 1 })
  // @ts-expect-error a wrong type
  await flow.submit(visits, { id: '1', page: 'home' })

  // @ts-expect-error an argument that Redis does not take
  commandsOf<Visit>()('t', (visit) => [['SET', visit.page, { id: visit.id }]])
  // @ts-expect-error a command is a list of words
  commandsOf<Visit>()('t', (visit) => [`SET ${visit.page} 1`])
  // @ts-expect-error undefined is no argument
  commandsOf<{ page?: string }>()('t', (visit) => [['SET', 'k', visit.page]])
  // @ts-expect-error rows are objects
  commandsOf<string>()
  // @ts-expect-error a key is a text
  keyValueOf<Visit>()('t', { key: (visit) => visit.id, value: (visit) => visit.id })
  // @ts-expect-error a value is left out
  keyValueOf<Visit>()('t', { key: (visit) => visit.page })
  // @ts-expect-error coalescing a hash would lose fields
  hashOf<Visit>()('t', { key: (visit) => visit.page, fields: ({ id }) => ({ id }), coalesce: 'last' })
  // @ts-expect-error no such kind of numbers
  counterOf<Visit>()('t', { key: 'k', numbers: 'bigint' })

  const own = createBatchFlow({ driver: redis({ client: {} }), onDeadLetter: () => {} })
  await own.submit(visits, { id: 1, page: 'home' })
  // @ts-expect-error a target of another kind
  await own.submit({ name: 'bare' }, { id: 1 })
}
