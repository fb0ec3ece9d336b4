import { counterOf, redis, type RedisCommand } from '@batchflow/redis'
import { describe, expect, test } from '@jest/globals'
import { openClient, type TestClient } from './server.ts'
import { batchOf, direct, rowsOf, said, write } from './written.ts'

function open(server: TestClient, options: { atomic?: boolean; ledger?: boolean }) {
  return redis({ ...options, client: server.client, ledgerPrefix: `${server.prefix}ledger:` })
}

describe.each([{ atomic: true }, { ledger: true }])('with %j', (options) => {
  test('a command that fails costs its row, and the others are carried out', async () => {
    await using server = await openClient()
    const driver = open(server, options)
    const { prefix, outside } = server
    await outside.set(`${prefix}text`, 'abc')
    const good = (row: number): { commands: readonly RedisCommand[] } => ({
      commands: [
        ['INCR', `${prefix}count`],
        ['SET', `${prefix}${row}`, row],
      ],
    })
    const bad = {
      commands: [
        ['LPUSH', `${prefix}text`, 'x'],
        ['INCR', `${prefix}count`],
      ] as RedisCommand[],
    }
    expect(await write(driver, [good(1), bad, ...rowsOf(['INCR', `${prefix}text`]), good(2)])).toEqual([
      'w',
      'poison constraint WRONGTYPE',
      'poison invalid_row ERR',
      'w',
    ])
    expect(await outside.get(`${prefix}count`)).toBe('3')
    await driver.close()
  })

  test('nobody else comes between the rows of a batch', async () => {
    await using server = await openClient()
    const driver = open(server, options)
    const key = `${server.prefix}list`
    const other = server.outside.duplicate()
    const stop = new AbortController()
    const interloper = (async () => {
      while (!stop.signal.aborted) await other.rpush(key, 'other')
    })()
    for (let batch = 0; batch < 20; batch++) {
      const rows = rowsOf(...Array.from({ length: 100 }, () => ['RPUSH', key, `${batch}`] as const))
      expect(await write(driver, rows)).toEqual(rows.map(() => 'w'))
    }
    stop.abort()
    await interloper
    other.disconnect()
    const list = await server.outside.lrange(key, 0, -1)
    for (let batch = 0; batch < 20; batch++) {
      const first = list.indexOf(`${batch}`)
      expect(list.slice(first, first + 100)).toEqual(Array.from({ length: 100 }, () => `${batch}`))
    }
    await driver.close()
  })

  test('any argument arrives as it is, keyless commands and long ones too', async () => {
    await using server = await openClient()
    const driver = open(server, options)
    const { prefix, outside } = server
    const bytes = Buffer.from([0, 255, 13, 10, 128])
    const fields = Array.from({ length: 3_949 }, (_, field) => [field, field * 2]).flat()
    expect(
      await write(
        driver,
        rowsOf(
          ['SET', `${prefix}bytes`, bytes],
          ['SET', `${prefix}text`, 'Zürich 北京\r\n'],
          ['SET', `${prefix}big`, 2n ** 70n],
          ['PUBLISH', `${prefix}channel`, 'x'],
          ['HSET', `${prefix}hash`, ...fields],
          ['HSET', `${prefix}hash`, ...fields, 'one', 'more'],
          ['SETRANGE', `${prefix}empty`, 0, ''],
        ),
      ),
    ).toEqual(['w', 'w', 'w', 'w', 'w', 'poison invalid_row BATCHFLOW_INVALID_ROW', 'w'])
    expect(await outside.getBuffer(`${prefix}bytes`)).toEqual(bytes)
    expect(await outside.get(`${prefix}text`)).toBe('Zürich 北京\r\n')
    expect(await outside.get(`${prefix}big`)).toBe('1180591620717411303424')
    // As many as a script can call: 7,900 words.
    expect(await outside.hlen(`${prefix}hash`)).toBe(3_949)
    await driver.close()
  })
})

test('a batch that was carried out is not carried out again, and answers what it did', async () => {
  await using server = await openClient()
  const { prefix, outside } = server
  await outside.set(`${prefix}text`, 'abc')
  const batch = batchOf(direct, rowsOf(['INCR', `${prefix}count`], ['INCR', `${prefix}text`]))
  const context = { attempt: 1, signal: new AbortController().signal }
  // Two processes, as it were: the second knows nothing of what the first has sent.
  for (let process = 0; process < 2; process++) {
    const driver = open(server, { ledger: true })
    const outcomes = await driver.write(batch, context)
    expect(outcomes?.map(said)).toEqual(['w', 'poison invalid_row ERR'])
    await driver.close()
  }
  expect(await outside.get(`${prefix}count`)).toBe('1')
})

test('a batch that failed for another reason is carried out by its next attempt', async () => {
  await using server = await openClient()
  const { prefix } = server
  const driver = open(server, { ledger: true })
  const batch = batchOf(direct, rowsOf(['NOSUCH', `${prefix}key`]))
  const signal = new AbortController().signal
  for (const attempt of [1, 2]) await expect(driver.write(batch, { attempt, signal })).rejects.toThrow('ERR')
  // One marker for each attempt: the first does not answer for the second.
  expect(await server.outside.keys(`${prefix}ledger:*`)).toHaveLength(2)
  await driver.close()
})

test('markers go away by themselves', async () => {
  await using server = await openClient()
  const { client, prefix, outside } = server
  const driver = redis({ client, ledger: true, ledgerTtlMs: 5_000, ledgerPrefix: `${prefix}ledger:` })
  const hits = counterOf<{ key: string }>()('hits', { key: ({ key }) => `${prefix}${key}` })
  expect(await write(driver, [{ key: 'a' }], { target: hits })).toEqual(['w'])
  const [marker = ''] = await outside.keys(`${prefix}ledger:*`)
  expect(await outside.get(marker)).toBe('')
  expect(await outside.pttl(marker)).toBeGreaterThan(0)
  expect(await outside.pttl(marker)).toBeLessThanOrEqual(5_000)
  await driver.close()
})

test('a ledger says so', async () => {
  await using server = await openClient()
  expect(open(server, { ledger: true }).capabilities.ledger).toBe(true)
  expect(open(server, { atomic: true }).capabilities.ledger).toBe(false)
})
