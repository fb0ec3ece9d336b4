import { recommendedOptions, redis, type RedisOptions } from '@batchflow/redis'
import { afterEach, expect, test } from '@jest/globals'
import { Cluster, Redis, type ClusterOptions, type RedisOptions as ClientOptions } from 'ioredis'

const opened: (Redis | Cluster)[] = []

afterEach(() => {
  for (const client of opened.splice(0)) client.disconnect()
})

function clientWith(options: ClientOptions): Redis {
  const made = new Redis({ ...options, lazyConnect: true })
  opened.push(made)
  return made
}

function clusterWith(options: ClusterOptions): Cluster {
  const made = new Cluster([{ port: 1 }], { ...options, lazyConnect: true })
  opened.push(made)
  return made
}

const resending = (where: string, retries: string) =>
  `${where}.autoResendUnfulfilledCommands must be false, or maxRetriesPerRequest 0 (it is ${retries}), ` +
  'as in recommendedOptions(), got true'
const prefix = (where: string) =>
  `${where}.keyPrefix must be left out (give the target whole keys, and the driver client.duplicate({ keyPrefix: "" })), got "app:"`

test.each<readonly [name: string, make: () => Redis | Cluster, message: string]>([
  ['defaults', () => clientWith({}), resending('client.options', '20')],
  [
    'no end of retries',
    () => clientWith({ maxRetriesPerRequest: null }),
    resending('client.options', 'null'),
  ],
  [
    'a key prefix',
    () => clientWith({ ...recommendedOptions(), keyPrefix: 'app:' }),
    prefix('client.options'),
  ],
  ['a key prefix of a cluster', () => clusterWith({ keyPrefix: 'app:' }), prefix('client.options')],
  [
    'nodes of a cluster that are connected again',
    () => clusterWith({ clusterNodeRetryStrategy: () => 10 }),
    resending('client.options.redisOptions', '20'),
  ],
])('refuses a client with %s', (_, make, message) => {
  expect(() => redis({ client: make() })).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION', message }),
  )
})

test.each<readonly [name: string, make: () => Redis | Cluster]>([
  ['the recommended options', () => clientWith(recommendedOptions())],
  ['no retries', () => clientWith({ maxRetriesPerRequest: 0 })],
  ['no resending', () => clientWith({ autoResendUnfulfilledCommands: false })],
  ['no second connection', () => clientWith({ retryStrategy: () => null, maxRetriesPerRequest: 0 })],
  ['a cluster', () => clusterWith({})],
  [
    'a cluster with the recommended options',
    () => clusterWith({ redisOptions: recommendedOptions(), clusterNodeRetryStrategy: () => 10 }),
  ],
])('takes a client with %s', async (_, make) => {
  const driver = redis({ client: make() })
  expect(driver.name).toBe('redis')
  await driver.close()
})

test.each<readonly [options: unknown, message: string]>([
  [undefined, 'options must be an object, got undefined'],
  [{}, 'client must be a client of ioredis 5 (Redis or Cluster), got undefined'],
  [{ client: {} }, 'client must be a client of ioredis 5 (Redis or Cluster), got an object'],
  [
    { client: {}, url: 'x' },
    'options must be only client, transport, atomic, ledger, ledgerTtlMs, ledgerPrefix, got "url"',
  ],
  [{ client: {}, transport: 'tcp' }, "transport must be 'client' or 'socket', got \"tcp\""],
  [{ client: {}, atomic: 1 }, 'atomic must be true or false, got 1'],
  [{ client: {}, ledger: 'yes' }, 'ledger must be true or false, got "yes"'],
  [{ client: {}, ledgerTtlMs: 0 }, 'ledgerTtlMs must be an integer from 1 to 2147483647, got 0'],
  [{ client: {}, ledgerTtlMs: 1.5 }, 'ledgerTtlMs must be an integer from 1 to 2147483647, got 1.5'],
  [
    { client: {}, ledgerPrefix: '{x}' },
    'ledgerPrefix must be a text without braces, which would decide on the hash slot, got "{x}"',
  ],
])('refuses %j by option, rule and value', (options, message) => {
  expect(() => redis(options as RedisOptions)).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION', message }),
  )
})
