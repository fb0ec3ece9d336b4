import { redis, type RedisCommand, type RedisOptions } from '@batchflow/redis'
import { expect, test } from '@jest/globals'
import { Redis, type RedisOptions as ClientOptions } from 'ioredis'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { eventually } from './eventually.ts'
import { freePort, type OwnServer, startServer } from './own-server.ts'
import { connected, end } from './server.ts'
import { type CommandRow, direct, rowsOf, write } from './written.ts'

/** A driver on a server of its own; both go away at the end of the test. */
async function open(
  server: OwnServer,
  clientOptions: ClientOptions = {},
  options: Omit<RedisOptions, 'client'> = {},
) {
  const client = connected(clientOptions, server.url)
  const driver = redis({ ...options, client })
  return {
    driver,
    write: (...commands: readonly RedisCommand[]) => write(driver, rowsOf(...commands)),
    writeRows: (...rows: readonly CommandRow[]) => write(driver, rows),
    async [Symbol.asyncDispose]() {
      await driver.close()
      await end(client)
      await Promise.resolve()
    },
  }
}

// Else ioredis 5.11 may take a connection that broke for ready.
const unchecked = { enableReadyCheck: false, disableClientInfo: true }
const set: RedisCommand = ['SET', 'key', 'value']

test('what is wrong with the data or with a command costs its own row', async () => {
  await using server = await startServer()
  await using db = await open(server)
  await server.outside.set('text', 'abc')
  await server.outside.set('big', '9223372036854775807')
  await server.outside.xadd('stream', '5-1', 'f', 'v')
  await server.outside.xgroup('CREATE', 'stream', 'group', '0')
  const dump = await server.outside.dumpBuffer('text')
  expect(
    await db.write(
      ['SET', 'first', 1],
      ['LPUSH', 'text', 'x'],
      ['HSET', 'hash'],
      ['SET', 'key', 'value', 'NONSENSE'],
      ['INCR', 'text'],
      ['INCRBYFLOAT', 'text', 1.5],
      ['INCR', 'big'],
      ['XADD', 'stream', '5-1', 'f', 'v'],
      ['XGROUP', 'CREATE', 'stream', 'group', '0'],
      ['RESTORE', 'text', 0, dump],
      ['SETRANGE', 'text', 536_870_912, 'x'],
      ['SET', 'last', 1],
    ),
  ).toEqual([
    'w',
    'poison constraint WRONGTYPE',
    'poison syntax ERR',
    'poison syntax ERR',
    'poison invalid_row ERR',
    'poison invalid_row ERR',
    'poison invalid_row ERR',
    'poison duplicate_key ERR',
    'poison duplicate_key BUSYGROUP',
    'poison duplicate_key BUSYKEY',
    'poison too_large ERR',
    'w',
  ])
})

test('what somebody has to mend stops the lane', async () => {
  await using server = await startServer()
  await using db = await open(server)
  expect(await db.write(['NOSUCH', 'key', 'secret'])).toEqual(['configuration schema ERR'])
  expect(await db.write(['EVALSHA', '0'.repeat(40), 0])).toEqual(['configuration schema NOSCRIPT'])
  expect(await db.write(['FCALL', 'nosuch', 0])).toEqual(['configuration schema ERR'])
  await server.outside.xadd('stream', '*', 'f', 'v')
  expect(await db.write(['XGROUP', 'CREATECONSUMER', 'stream', 'nosuch', 'me'])).toEqual([
    'configuration schema NOGROUP',
  ])
  expect(await db.write(set, ['NOSUCH', 'key'])).toEqual(['w', 'configuration schema ERR'])
})

test('the message of an unknown command does not quote its arguments', async () => {
  await using server = await startServer()
  await using db = await open(server)
  const batch = db.driver.write(
    { id: 'b', target: direct, rows: rowsOf(['NOSUCH', 'key', 'secret']) },
    { attempt: 1, signal: new AbortController().signal },
  )
  await expect(batch).rejects.toThrow(/^ERR unknown command 'NOSUCH'$/)
})

test('OOM: too much, until there is memory again', async () => {
  await using server = await startServer()
  await using db = await open(server)
  await server.outside.config('SET', 'maxmemory', '1')
  expect(await db.write(set, ['DEL', 'key'])).toEqual(['overload throttled OOM', 'w'])
  await server.outside.config('SET', 'maxmemory', '0')
  expect(await db.write(set)).toEqual(['w'])
})

test('MISCONF: nothing can be saved', async () => {
  await using server = await startServer()
  await using db = await open(server)
  await server.outside.config('SET', 'save', '3600 1')
  await rm(server.folder, { recursive: true })
  await server.outside.bgsave()
  await eventually(async () => (await server.outside.info('persistence')).includes('bgsave_status:err'))
  expect(await db.write(set)).toEqual(['overload io MISCONF'])
})

test('READONLY and MASTERDOWN: a primary that became a replica', async () => {
  await using server = await startServer()
  await using db = await open(server, { reconnectOnError: () => false })
  await server.outside.replicaof('127.0.0.1', await freePort())
  expect(await db.write(set)).toEqual(['transient readonly READONLY'])
  await server.outside.config('SET', 'replica-read-only', 'no')
  await server.outside.config('SET', 'replica-serve-stale-data', 'no')
  expect(await db.write(set)).toEqual(['transient connection MASTERDOWN'])
  await server.outside.replicaof('NO', 'ONE')
  expect(await db.write(set)).toEqual(['w'])
})

test('NOREPLICAS: fewer replicas than asked for', async () => {
  await using server = await startServer('--min-replicas-to-write', '1')
  await using db = await open(server)
  expect(await db.write(set)).toEqual(['transient connection NOREPLICAS'])
})

test('BUSY: a script runs for too long', async () => {
  await using server = await startServer('--lua-time-limit', '10')
  await using db = await open(server)
  expect(await db.write(set)).toEqual(['w'])
  const script = server.outside.duplicate()
  const running = script.eval('while true do end', 0).catch((error: unknown) => error)
  await eventually(async () => (await server.outside.ping().catch(String)).includes('BUSY'))
  expect(await db.write(set)).toEqual(['transient lock_timeout BUSY'])
  await server.outside.call('SCRIPT', 'KILL')
  expect(await running).toMatchObject({ message: expect.stringContaining('killed') })
  expect(await db.write(set)).toEqual(['w'])
  await end(script)
})

test('LOADING: a server that reads its data', async () => {
  await using server = await startServer('--rdbcompression', 'no')
  await using db = await open(server, { ...unchecked, retryStrategy: () => 10 })
  await server.outside.eval(`for i = 1, 200 do redis.call('SET', 'key:' .. i, string.rep('x', 1100)) end`, 0)
  await server.outside.call('SAVE')
  await server.kill()
  // It looks at its connections every kilobyte, and takes so many microseconds for each key until it was seen.
  await server.restart('--key-load-delay', '100000', '--loading-process-events-interval-bytes', '1024')
  await eventually(async () => (await db.write(set))[0] === 'transient connection LOADING')
  await server.outside.config('SET', 'key-load-delay', '1000')
  // With the client's own check of readiness the driver waits for the server instead.
  await using patient = await open(server, { maxLoadingRetryTime: 50 })
  expect(await patient.write(['SET', 'key:1', 'new'])).toEqual(['w'])
  expect(await server.outside.dbsize()).toBe(200)
})

test('NOAUTH and WRONGPASS: before anything is sent', async () => {
  await using server = await startServer()
  await server.outside.config('SET', 'requirepass', 'right')
  for (const [options, word] of [
    [{}, 'NOAUTH'],
    [{ password: 'wrong' }, 'WRONGPASS'],
    [unchecked, 'NOAUTH'],
  ] as const) {
    await using db = await open(server, options)
    expect(await db.write(set)).toEqual([`configuration permission ${word}`])
  }
  await using db = await open(server, { password: 'right' })
  expect(await db.write(set)).toEqual(['w'])
})

test('NOPERM: a command or a key that is not for this user, in a script too', async () => {
  await using server = await startServer()
  await server.outside.call('ACL', 'SETUSER', 'writer', 'on', '>pass', '~mine:*', '+@all', '-@list')
  const login = { username: 'writer', password: 'pass' }
  for (const [options, word] of [
    [{}, 'NOPERM'],
    [{ atomic: true }, 'ERR'],
  ] as const) {
    await using db = await open(server, login, options)
    expect(await db.write(['LPUSH', 'mine:list', 'x'])).toEqual([`configuration permission ${word}`])
    expect(await db.write(['SET', 'mine:key', 'x'])).toEqual(['w'])
  }
  await using db = await open(server, login)
  expect(await db.write(['SET', 'mine:key', 'x'], set)).toEqual(['w', 'configuration permission NOPERM'])
})

test('EXECABORT: a row gets the failure of the command that was refused, and none of its commands is carried out', async () => {
  await using server = await startServer()
  await using db = await open(server)
  expect(
    await db.writeRows(
      { commands: [set, ['HSET', 'hash']] },
      {
        commands: [
          ['SET', 'other', 1],
          ['INCR', 'count'],
        ],
      },
    ),
  ).toEqual(['poison syntax ERR', 'w'])
  expect(await server.outside.keys('*')).toEqual(expect.arrayContaining(['other', 'count']))
  expect(await server.outside.exists('key')).toBe(0)
})

test('no connection is left for the driver: what the server says is the cause', async () => {
  await using server = await startServer('--maxclients', '1')
  // Else ioredis takes what the server says for the answer to its own first command.
  await using db = await open(server, { disableClientInfo: true })
  let cause: unknown
  await eventually(async () => {
    const error: unknown = await db.driver
      .prepare(direct, { signal: AbortSignal.timeout(300) })
      .catch((reason: unknown) => reason)
    expect(db.driver.classify(error)).toEqual({ kind: 'transient', reason: 'connection' })
    cause = (error as { readonly cause: unknown }).cause
    // The server closes without reading what it was sent, which may reset the connection before its word is read.
    return (cause as { readonly code?: unknown }).code !== 'ECONNRESET'
  })
  expect(cause).toMatchObject({ message: 'ERR max number of clients reached' })
  expect(db.driver.classify(cause)).toEqual({ kind: 'overload', reason: 'throttled' })
})

test('UNBLOCKED: somebody unblocked the client', async () => {
  await using server = await startServer()
  await using db = await open(server)
  const blocked = new Redis(server.url)
  await once(blocked, 'ready')
  const id = await blocked.client('ID')
  const answer = blocked.blpop('list', 0).catch((error: unknown) => error)
  await eventually(async () => (await server.outside.client('UNBLOCK', id, 'ERROR')) === 1)
  expect(db.driver.classify(await answer)).toEqual({ kind: 'transient', reason: 'context' })
  await end(blocked)
})
