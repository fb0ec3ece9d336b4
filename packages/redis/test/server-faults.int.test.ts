import type { RowOf } from '@batchflow/core'
import { commandsOf, counterOf, redis, type RedisOptions } from '@batchflow/redis'
import { expect, test } from '@jest/globals'
import type { RedisOptions as ClientOptions } from 'ioredis'
import { eventually } from './eventually.ts'
import { flowOver } from './flow.ts'
import { freePort, type OwnServer, startServer } from './own-server.ts'
import { connected, end } from './server.ts'
import { write } from './written.ts'

interface Hit {
  readonly key: string
}

const hits = counterOf<Hit>()('hits', { key: ({ key }) => key })

function open(
  server: OwnServer,
  options: Omit<RedisOptions, 'client'> = {},
  clientOptions: ClientOptions = {},
) {
  const client = connected({ retryStrategy: () => 10, ...clientOptions }, server.url)
  const driver = redis({ ...options, client })
  return {
    driver,
    async [Symbol.asyncDispose]() {
      await driver.close()
      await end(client)
    },
  }
}

async function counted({ outside }: OwnServer): Promise<number> {
  const keys = (await outside.keys('*')).filter((key) => !key.startsWith('batchflow:'))
  const counts = await outside.mget(keys)
  return counts.reduce((sum, count) => sum + Number(count), 0)
}

test('out of memory: backs off, loses nothing, and tries only what was refused again', async () => {
  await using server = await startServer()
  await using db = open(server)
  const { flow, letters, failures } = flowOver(db.driver)
  for (let row = 0; row < 500; row++) await flow.submit(hits, { key: `${row % 9}` })
  await flow.flush()
  await server.outside.config('SET', 'maxmemory', '1')
  for (let row = 0; row < 500; row++) await flow.submit(hits, { key: `${row % 9}` })
  await eventually(() => failures.length > 10)
  await server.outside.config('SET', 'maxmemory', '0')
  await flow.close()
  expect(letters).toEqual([])
  expect(new Set(failures)).toEqual(new Set(['overload throttled']))
  expect(await counted(server)).toBe(1_000)
})

test('rows of one key wait for one that has no memory', async () => {
  await using server = await startServer()
  await using db = open(server)
  const target = commandsOf<{ key: string; words: [string, ...string[]] }>()(
    'keyed',
    ({ key, words: [verb, ...words] }) => [[verb, key, ...words]],
    { key: ({ key }) => key },
  )
  // Nobody needs memory for the second one, which must not come first.
  const rows: RowOf<typeof target>[] = [
    { key: 'a', words: ['SET', '1'] },
    { key: 'a', words: ['DEL'] },
    { key: 'b', words: ['DEL'] },
  ]
  await server.outside.config('SET', 'maxmemory', '1')
  const full = 'overload throttled OOM'
  expect(await write(db.driver, rows, { target })).toEqual([full, full, 'w'])
  await server.outside.config('SET', 'maxmemory', '0')
  expect(await write(db.driver, rows, { target })).toEqual(['w', 'w', 'w'])
  expect(await server.outside.exists('a')).toBe(0)
})

test('a restart with a long load: waits for the server, and loses nothing that was answered', async () => {
  await using server = await startServer(
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--aof-use-rdb-preamble',
    'no',
  )
  await using db = open(server, { ledger: true })
  await server.outside.eval(`for i = 1, 200 do redis.call('SET', 'batchflow:filler:' .. i, i) end`, 0)
  const { flow, letters } = flowOver(db.driver, { timeoutMs: 20_000 })
  for (let row = 0; row < 500; row++) await flow.submit(hits, { key: `${row % 9}` })
  await flow.flush()
  for (let row = 0; row < 500; row++) await flow.submit(hits, { key: `${row % 9}` })
  await server.kill()
  for (let row = 0; row < 500; row++) await flow.submit(hits, { key: `${row % 9}` })
  await server.restart('--key-load-delay', '1000')
  await flow.close()
  expect(letters).toEqual([])
  expect(await counted(server)).toBe(1_500)
})

test.each([{}, { transport: 'socket' }] as const)(
  'a server that is stopped for longer than an attempt counts once with a ledger (%j)',
  async (options) => {
    await using server = await startServer()
    await using db = open(server, { ...options, ledger: true })
    const { flow, letters, failures } = flowOver(db.driver, { timeoutMs: 150 })
    await flow.submitAndSettle(hits, { key: 'a' })
    server.process.kill('SIGSTOP')
    for (let row = 0; row < 99; row++) await flow.submit(hits, { key: `${row % 9}` })
    await eventually(() => failures.length >= 2)
    server.process.kill('SIGCONT')
    await flow.close()
    expect(letters).toEqual([])
    expect(failures[0]).toBe('ambiguous connection')
    expect(await counted(server)).toBe(100)
  },
)

test('a primary that becomes a replica is left, and its rows are written where it is a primary again', async () => {
  await using server = await startServer()
  await using db = open(server)
  const { flow, letters, failures } = flowOver(db.driver)
  await server.outside.replicaof('127.0.0.1', await freePort())
  for (let row = 0; row < 100; row++) await flow.submit(hits, { key: 'a' })
  await eventually(() => failures.length > 3)
  await server.outside.replicaof('NO', 'ONE')
  await flow.close()
  expect(letters).toEqual([])
  expect(failures).toContain('transient readonly')
  expect(await counted(server)).toBe(100)
})

test('scripts that were flushed are loaded again', async () => {
  await using server = await startServer()
  await using db = open(server, { atomic: true })
  const { flow, letters, failures } = flowOver(db.driver)
  for (let turn = 0; turn < 3; turn++) {
    await flow.submitAndSettle(hits, { key: 'a' })
    await server.outside.script('FLUSH')
  }
  await flow.close()
  expect([letters, failures]).toEqual([[], []])
  expect(await counted(server)).toBe(3)
})
