import { commandsOf, keyValueOf, redis, type RedisCommand } from '@batchflow/redis'
import { describe, expect, test } from '@jest/globals'
import { eventually } from './eventually.ts'
import { flowOver } from './flow.ts'
import { connected, end, openClient } from './server.ts'
import { batchOf, direct, rowsOf, write } from './written.ts'

describe.each([{ transport: 'client' }, { transport: 'socket' }] as const)('with %j', (options) => {
  test('WRONGTYPE in the middle of a batch costs its own row, and no other is written twice', async () => {
    await using server = await openClient()
    const { prefix, outside, client } = server
    const driver = redis({ ...options, client })
    await outside.set(`${prefix}text`, 'abc')
    const { flow, letters } = flowOver(driver)
    const target = commandsOf<{ key: string; row: number }>()('mixed', ({ key }) => [
      [key === 'text' ? 'LPUSH' : 'INCRBY', `${prefix}${key}`, 1],
    ])
    for (let row = 0; row < 250; row++)
      await flow.submit(target, { key: row === 111 ? 'text' : 'count', row })
    await flow.close()
    expect(letters.flatMap(({ rows }): readonly unknown[] => rows)).toEqual([{ key: 'text', row: 111 }])
    expect(letters[0]?.error.message).toBe(
      'mixed: 1 row was not written after 1 attempt: constraint (poison)',
    )
    expect(await outside.get(`${prefix}count`)).toBe('249')
  })

  test('commands of one row stay together and in order, whatever others do', async () => {
    await using server = await openClient()
    const { prefix, outside, client } = server
    const driver = redis({ ...options, client })
    const target = commandsOf<{ row: number }>()('pairs', ({ row }) => [
      ['RPUSH', `${prefix}list`, `${row} begins`],
      ['RPUSH', `${prefix}list`, `${row} ends`],
    ])
    const rows = Array.from({ length: 300 }, (_, row) => ({ row }))
    const [first] = await Promise.all([
      write(driver, rows, { target }),
      ...rows.map(() => outside.rpush(`${prefix}list`, 'other')),
    ])
    expect(first).toEqual(rows.map(() => 'w'))
    const list = await outside.lrange(`${prefix}list`, 0, -1)
    for (const { row } of rows) expect(list[list.indexOf(`${row} begins`) + 1]).toBe(`${row} ends`)
    await driver.close()
  })

  test('a transaction goes on after a command that fails on the data', async () => {
    await using server = await openClient()
    const { prefix, outside, client } = server
    const driver = redis({ ...options, client })
    await outside.set(`${prefix}text`, 'abc')
    const commands: RedisCommand[] = [
      ['SET', `${prefix}before`, 1],
      ['INCR', `${prefix}text`],
      ['SET', `${prefix}after`, 1],
    ]
    expect(await write(driver, [{ commands }, ...rowsOf(['SET', `${prefix}next`, 1])])).toEqual([
      'poison invalid_row ERR',
      'w',
    ])
    expect(await outside.exists(`${prefix}before`, `${prefix}after`, `${prefix}next`)).toBe(3)
    await driver.close()
  })

  test('rows of one key in one batch are one transaction: what is refused holds the others back, which go again', async () => {
    await using server = await openClient()
    const { prefix, outside, client } = server
    const driver = redis({ ...options, client })
    const target = commandsOf<{ key: string; words: string[] }>()(
      'keyed',
      ({ key, words }) => [['RPUSH', `${prefix}${key}`, ...words]],
      { key: ({ key }) => key },
    )
    const rows = [
      { key: 'a', words: ['1'] },
      { key: 'b', words: ['1'] },
      { key: 'a', words: [] },
      { key: 'a', words: ['3'] },
    ]
    expect(await write(driver, rows, { target })).toEqual(['w', 'w', 'poison syntax ERR', 'w'])
    expect(await outside.lrange(`${prefix}a`, 0, -1)).toEqual(['1', '3'])
    await driver.close()
  })

  test('the last of many rows with one key stays, at any concurrency', async () => {
    await using server = await openClient()
    const { prefix, outside, client } = server
    for (const coalesce of [undefined, 'last'] as const) {
      const driver = redis({ ...options, client })
      const target = keyValueOf<{ key: number; version: number }>()('versions', {
        key: ({ key }) => `${prefix}${key}`,
        value: ({ version }) => version,
        ...(coalesce && { coalesce }),
      })
      const { flow, letters } = flowOver(driver, { flushSize: 20, concurrencyLimit: 8 })
      for (let version = 0; version < 700; version++) await flow.submit(target, { key: version % 7, version })
      await flow.close()
      expect(letters).toEqual([])
      const { written, coalesced } = flow.stats().ledger
      expect(written + coalesced).toBe(700)
      expect(coalesced > 0).toBe(coalesce === 'last')
      for (let key = 0; key < 7; key++) expect(Number(await outside.get(`${prefix}${key}`)) % 7).toBe(key)
      expect(await outside.get(`${prefix}${699 % 7}`)).toBe('699')
    }
  })

  test('the database of the client is written to', async () => {
    await using server = await openClient({ db: 3 })
    const { prefix, outside, client } = server
    const driver = redis({ ...options, client })
    expect(await write(driver, rowsOf(['SET', `${prefix}a`, 1, 'PX', 60_000]))).toEqual(['w'])
    expect(await outside.exists(`${prefix}a`)).toBe(0)
    expect(await client.exists(`${prefix}a`)).toBe(1)
    await client.del(`${prefix}a`)
    await driver.close()
  })

  test('commands of the service go over the same client meanwhile, each with its own answer', async () => {
    await using server = await openClient({ enableOfflineQueue: true })
    const { prefix, client } = server
    const driver = redis({ ...options, client })
    const rows = rowsOf(...Array.from({ length: 500 }, (_, row) => ['SET', `${prefix}${row}`, row] as const))
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, turn) => [
        await client.echo(`before ${turn}`),
        (await write(driver, rows)).every((outcome) => outcome === 'w'),
        await client.echo(`after ${turn}`),
      ]),
    )
    expect(answers).toEqual(answers.map((_, turn) => [`before ${turn}`, true, `after ${turn}`]))
    await driver.close()
  })

  test('close leaves nothing of the driver on the client, which stays open', async () => {
    await using server = await openClient({ enableOfflineQueue: true })
    const { client, prefix } = server
    await client.ping()
    const before = client.eventNames().map((event) => client.listenerCount(event))
    const driver = redis({ ...options, client })
    await write(driver, rowsOf(['SET', `${prefix}a`, 1]))
    await driver.close()
    expect(client.eventNames().map((event) => client.listenerCount(event))).toEqual(before)
    expect(await client.get(`${prefix}a`)).toBe('1')
    await expect(
      driver.write(batchOf(direct, rowsOf(['PING'])), { attempt: 1, signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'BATCHFLOW_CLOSED' })
  })
})

test.each([{ transport: 'client' }, { transport: 'socket' }] as const)(
  'the pool of %j is one connection, busy while a batch is out',
  async (options) => {
    await using server = await openClient()
    const driver = redis({ ...options, client: server.client })
    await driver.prepare(direct, { signal: new AbortController().signal })
    expect(driver.pool()).toEqual({ inUse: 0, idle: 1, pending: 0, max: 1 })
    const writing = write(driver, rowsOf(['PING']))
    // No answer is read before the microtasks are done.
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    expect(driver.pool()).toEqual({ inUse: 1, idle: 0, pending: 0, max: 1 })
    await writing
    expect(driver.pool().inUse).toBe(0)
    await driver.close()
  },
)

test('a client that was ended stops the lane; the rows are written when it is connected again', async () => {
  await using server = await openClient()
  const { client, prefix, outside } = server
  const driver = redis({ client })
  const { flow, letters, failures } = flowOver(driver)
  await flow.submitAndSettle(direct, rowsOf(['INCR', `${prefix}a`])[0]!)
  await end(client)
  await flow.submit(direct, rowsOf(['INCR', `${prefix}a`])[0]!)
  await eventually(() => failures.length > 0)
  await client.connect()
  await flow.close()
  expect([letters, failures[0]]).toEqual([[], 'configuration connection'])
  expect(await outside.get(`${prefix}a`)).toBe('2')
})

test('a client that subscribes cannot write', async () => {
  await using server = await openClient({ enableOfflineQueue: true })
  const driver = redis({ client: server.client })
  await server.client.subscribe(`${server.prefix}channel`)
  expect(await write(driver, rowsOf(['PING']))).toEqual(['configuration connection REDIS_CLIENT_ENDED'])
  await driver.close()
})

test('a client that is not connected yet is connected by the first batch', async () => {
  await using server = await openClient()
  const client = connected({ lazyConnect: true })
  const driver = redis({ client })
  expect(client.status).toBe('wait')
  expect(await write(driver, rowsOf(['SET', `${server.prefix}a`, 1]))).toEqual(['w'])
  await driver.close()
  await end(client)
})

test('a batch that the client cannot even begin to send fails, and close waits for nobody', async () => {
  await using server = await openClient()
  const { prefix, client } = server
  const driver = redis({ client })
  const rows = rowsOf(['SET', `${prefix}key`, 1])
  const { stream } = client as unknown as { readonly stream: object }
  Object.defineProperty(stream, 'bytesRead', {
    configurable: true,
    get() {
      throw new Error('out of order')
    },
  })
  await expect(
    driver.write(batchOf(direct, rows), { attempt: 1, signal: AbortSignal.timeout(5_000) }),
  ).rejects.toThrow('out of order')
  Reflect.deleteProperty(stream, 'bytesRead')
  await driver.close()
})
