import { afterEach, expect, test } from '@jest/globals'
import { setTimeout } from 'node:timers/promises'
import { createFaultProxy } from '../../src/fault-proxy/index.ts'
import { commands, openRedis, redisAnswers, redisServer } from './support/redis-server.ts'
import { eventually, quiet } from './support/eventually.ts'
import { openSockets } from './support/open-handles.ts'

const isThere = await redisAnswers()
if (!isThere) {
  const sentence = `no Redis server answers at ${redisServer.host}:${redisServer.port} (REDIS_URL)`
  if (process.env['CI'] === 'true') throw new Error(sentence)
  // Not console.warn: Jest does not show what a suite without a test that ran has said.
  process.stderr.write(`SKIPPED: the fault proxy in front of Redis, because ${sentence}\n`)
}
const testWithRedis = isThere ? test : test.skip

const key = `batchflow:fault-proxy:${process.pid}`
const isIncrement = (data: Buffer): boolean => data.includes('INCR')

/** What the server holds, asked without the proxy. */
async function stored(): Promise<string> {
  using redis = await openRedis(redisServer)
  const before = redis.heard().length
  redis.send(commands(['GET', key], ['ECHO', 'end']))
  await redis.hears('end\r\n')
  return redis.heard().slice(before)
}

const none = '$-1\r\n$3\r\nend\r\n'
const number = (value: number): string => `$1\r\n${value}\r\n$3\r\nend\r\n`

afterEach(async () => {
  if (isThere) {
    using redis = await openRedis(redisServer)
    redis.send(commands(['DEL', key], ['ECHO', 'gone']))
    await redis.hears('gone\r\n')
  }
  await eventually(() => openSockets() === 0)
})

testWithRedis('a command whose reply is lost has been carried out', async () => {
  await using proxy = await createFaultProxy({ target: redisServer })
  using redis = await openRedis(proxy)
  proxy.onRequest(isIncrement, { lose: 'reply', by: 'reset' })
  redis.send(commands(['INCR', key]))
  expect(await redis.ending).toBe('ECONNRESET')
  expect(await stored()).toBe(number(1))
})

testWithRedis('a command that is lost itself has not', async () => {
  await using proxy = await createFaultProxy({ target: redisServer })
  using redis = await openRedis(proxy)
  proxy.onRequest(isIncrement, { lose: 'request', by: 'reset' })
  redis.send(commands(['INCR', key]))
  expect(await redis.ending).toBe('ECONNRESET')
  expect(await stored()).toBe(none)
})

testWithRedis('a pipeline whose reply is lost has been carried out whole', async () => {
  await using proxy = await createFaultProxy({ target: redisServer })
  using redis = await openRedis(proxy)
  proxy.onReply(1, 'fin')
  redis.send(commands(['INCR', key], ['INCR', key], ['INCR', key]))
  expect(await redis.ending).toBe('FIN')
  expect(await stored()).toBe(number(3))
})

testWithRedis('a command into a black hole is never carried out, and one after heal is', async () => {
  await using proxy = await createFaultProxy({ target: redisServer })
  using lost = await openRedis(proxy)
  proxy.blackHole()
  lost.send(commands(['INCR', key]))
  const ending = await Promise.race([lost.ending, setTimeout(40, 'nothing heard')])
  expect(ending).toBe('nothing heard')
  proxy.heal()
  using redis = await openRedis(proxy)
  redis.send(commands(['INCR', key]))
  await redis.hears(':1\r\n')
})

testWithRedis('a command on a frozen network is carried out late', async () => {
  await using proxy = await createFaultProxy({ target: redisServer })
  using redis = await openRedis(proxy)
  proxy.freeze()
  redis.send(commands(['INCR', key]))
  await quiet()
  expect(await stored()).toBe(none)
  proxy.heal()
  await redis.hears(':1\r\n')
})

testWithRedis('a slow network changes no answer', async () => {
  await using proxy = await createFaultProxy({ target: redisServer })
  using redis = await openRedis(proxy)
  proxy.delay(10)
  proxy.bandwidth(64_000)
  const value = 'x'.repeat(3_000)
  redis.send(commands(['SET', key, value], ['GET', key]))
  await redis.hears(`+OK\r\n$3000\r\n${value}\r\n`)
})
