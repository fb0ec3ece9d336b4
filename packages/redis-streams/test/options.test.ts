import { createStreamProducer, createStreamWorker } from '@batchflow/redis-streams'
import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'

const client = new Redis({ lazyConnect: true })
const onDeadLetter = () => {}
const producer = { client, stream: 's', onDeadLetter }
const worker = {
  client,
  stream: 's',
  group: 'g',
  targets: { t: { name: 't' } },
  ledger: { driver: () => ({}) },
}

test.each([
  [{ ...producer, client: {} }, 'client must be a client of ioredis 5 (Redis or Cluster), got an object'],
  [{ ...producer, stream: 'a{b}' }, 'stream must be a text without braces and white space, got "a{b}"'],
  [{ ...producer, shards: 0 }, 'shards must be an integer from 1 to 1024, got 0'],
  [{ ...producer, overflow: 'dropOldest' }, `overflow must be 'wait' or 'reject', got "dropOldest"`],
  [{ ...producer, onDeadLetter: undefined }, 'onDeadLetter must be a function, got undefined'],
  [
    { ...producer, dedupeMs: 60_000 },
    'dedupeMs must be more than retry.maxElapsedMs and twice timeoutMs, got 60000',
  ],
  [{ ...producer, maxLength: 5 }, 'maxLength is not an option'],
  [{ ...producer, flushSize: 0 }, 'flushSize must be an integer from 1 to bufferSize, got 0'],
])('of a producer with %j it is said: %s', (options, message) => {
  expect(() => createStreamProducer(options as never)).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION', message }),
  )
})

test.each([
  [{ ...worker, group: '' }, 'group must be a text without braces and white space, got ""'],
  [{ ...worker, targets: {} }, 'targets must be an object with at least one target, got an object'],
  [{ ...worker, ledger: undefined }, 'flow must be given, or else ledger, got undefined'],
  [{ ...worker, ledger: {} }, 'ledger.driver must be a function, got undefined'],
  [{ ...worker, ledger: { driver: () => ({}), retry: {} } }, 'retry is not an option'],
  [worker, 'ledger.driver must be a function that makes a driver with claimPosition, got an object'],
  [{ ...worker, leaseMs: 50 }, 'leaseMs must be an integer from 100 to 2147483647, got 50'],
  [{ ...worker, minIdleMs: 5 }, 'minIdleMs is not an option'],
])('of a worker with %j it is said: %s', (options, message) => {
  expect(() => createStreamWorker(options as never)).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION', message }),
  )
})
