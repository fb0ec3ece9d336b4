import { BatchFlowError } from '@batchflow/core'
import { RedisDriverError, type RedisDriverErrorCode, RedisReplyError } from '@batchflow/redis'
import { expect, test } from '@jest/globals'
import { classify } from '../src/classify.ts'

test.each([
  ['LOADING Redis is loading the dataset in memory', 'transient', 'connection'],
  [
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'transient',
    'connection',
  ],
  ['CLUSTERDOWN Hash slot not served', 'transient', 'connection'],
  ['CLUSTERDOWN The cluster is down', 'transient', 'connection'],
  ['TRYAGAIN Multiple keys request during rehashing of slot', 'transient', 'connection'],
  ['MOVED 3999 127.0.0.1:6381', 'transient', 'connection'],
  ['ASK 3999 127.0.0.1:6381', 'transient', 'connection'],
  ["READONLY You can't write against a read only replica.", 'transient', 'readonly'],
  ['NOREPLICAS Not enough good replicas to write.', 'transient', 'connection'],
  ['BUSY Redis is busy running a script.', 'transient', 'lock_timeout'],
  ['UNBLOCKED client unblocked via CLIENT UNBLOCK', 'transient', 'context'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'overload', 'throttled'],
  ['MISCONF Redis is configured to save RDB snapshots', 'overload', 'io'],
  ['ERR max number of clients reached', 'overload', 'throttled'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'poison', 'constraint'],
  ["ERR wrong number of arguments for 'hset' command", 'poison', 'syntax'],
  ['ERR syntax error', 'poison', 'syntax'],
  ['ERR value is not an integer or out of range', 'poison', 'invalid_row'],
  ['ERR hash value is not an integer', 'poison', 'invalid_row'],
  ['ERR value is not a valid float', 'poison', 'invalid_row'],
  ['ERR increment or decrement would overflow', 'poison', 'invalid_row'],
  ['ERR string exceeds maximum allowed size (512MB)', 'poison', 'too_large'],
  [
    'ERR The ID specified in XADD is equal or smaller than the target stream top item',
    'poison',
    'duplicate_key',
  ],
  ['BUSYKEY Target key name already exists.', 'poison', 'duplicate_key'],
  ['BUSYGROUP Consumer Group name already exists', 'poison', 'duplicate_key'],
  ["CROSSSLOT Keys in request don't hash to the same slot", 'poison', 'invalid_row'],
  ['INVALIDOBJ Corrupted HLL object detected', 'poison', 'invalid_row'],
  ['EXECABORT Transaction discarded because of previous errors.', 'poison', 'non_retryable'],
  ['NOAUTH Authentication required.', 'configuration', 'permission'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'configuration', 'permission'],
  ['NOPERM this user has no permissions to run the command', 'configuration', 'permission'],
  ['DENIED Redis is running in protected mode', 'configuration', 'permission'],
  ["ERR The user executing the script can't run this command or subcommand", 'configuration', 'permission'],
  ['ERR operation not permitted', 'configuration', 'permission'],
  ["ERR unknown command 'NOSUCH', with args beginning with: 'x' ", 'configuration', 'schema'],
  ['ERR Unknown Redis command called from script', 'configuration', 'schema'],
  ['ERR Function not found', 'configuration', 'schema'],
  ['NOGROUP No such consumer group', 'configuration', 'schema'],
  ['NOSCRIPT No matching script. Please use EVAL.', 'configuration', 'schema'],
  ['ERR Script attempted to access a non local key in a cluster node', 'transient', 'connection'],
  ['ERR Error running script: Script killed by user with SCRIPT KILL...', 'transient', 'context'],
] as const)('"%s" is %s, %s', (message, kind, reason) => {
  expect(classify(new RedisReplyError(message))).toEqual({ kind, reason })
  // As ioredis makes it.
  expect(classify(Object.assign(new Error(message), { name: 'ReplyError' }))).toEqual({ kind, reason })
})

test.each([
  ['REDIS_NOT_SENT', 'transient', 'connection'],
  ['REDIS_ANSWER_LOST', 'ambiguous', 'connection'],
  ['REDIS_CLIENT_ENDED', 'configuration', 'connection'],
  ['REDIS_SLOT_UNCOVERED', 'transient', 'connection'],
] as const)('%s is %s, %s', (code: RedisDriverErrorCode, kind, reason) => {
  expect(classify(new RedisDriverError(code, 'x'))).toEqual({ kind, reason })
})

test.each([
  ['BATCHFLOW_INVALID_TARGET', 'configuration', 'schema'],
  ['BATCHFLOW_CLOSED', 'configuration', 'connection'],
  ['BATCHFLOW_INVALID_ROW', 'poison', 'invalid_row'],
] as const)('%s of the driver is %s, %s', (code, kind, reason) => {
  expect(classify(new BatchFlowError(code, 'x'))).toEqual({ kind, reason })
})

test('errors of others are not classified', () => {
  for (const error of [
    new Error('LOADING'),
    new RedisReplyError('CUSTOM of somebody'),
    new RedisReplyError('ERR something new'),
    new RedisReplyError('constructor'),
    Object.assign(new Error('x'), { name: 'RedisDriverError', code: 'REDIS_ELSE' }),
    Object.assign(new Error('x'), { code: 'ECONNRESET' }),
    new BatchFlowError('BATCHFLOW_FULL', 'x'),
    'LOADING',
    null,
    undefined,
  ])
    expect(classify(error)).toBeUndefined()
})

test('what an unknown command was given is cut off', () => {
  const { message } = new RedisReplyError(
    "ERR unknown command 'NOSUCH', with args beginning with: 'secret' 'x'\n",
  )
  expect(message).toBe("ERR unknown command 'NOSUCH'")
})
