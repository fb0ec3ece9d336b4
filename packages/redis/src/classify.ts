import { BatchFlowError, type Failure } from '@batchflow/core'
import { RedisDriverError, type RedisDriverErrorCode } from './driver-error.ts'

/** Failures by the first word of the server's message, which is Redis's error code; `ERR` is everything else.
 * Source: https://github.com/redis/redis/blob/7.0/src/server.c (`createSharedObjects`) and `cluster.c`. */
const failures: Readonly<Record<string, Failure>> = {
  // The data is being read from disk after a start.
  LOADING: { kind: 'transient', reason: 'connection' },
  // A replica that must not answer while its primary is away.
  MASTERDOWN: { kind: 'transient', reason: 'connection' },
  // A part of the cluster's slots is not served for now, or most of its primaries are away.
  CLUSTERDOWN: { kind: 'transient', reason: 'connection' },
  // Some keys of the command have moved with their slot already, and others have not.
  TRYAGAIN: { kind: 'transient', reason: 'connection' },
  // The slot is another node's, or being moved to it. The driver asks there; these are left after some changes in a row.
  MOVED: { kind: 'transient', reason: 'connection' },
  ASK: { kind: 'transient', reason: 'connection' },
  // The primary became a replica: the next connection finds the new one.
  READONLY: { kind: 'transient', reason: 'readonly' },
  // Fewer replicas than `min-replicas-to-write`.
  NOREPLICAS: { kind: 'transient', reason: 'connection' },
  // A script runs for too long.
  BUSY: { kind: 'transient', reason: 'lock_timeout' },
  // Somebody called CLIENT UNBLOCK.
  UNBLOCKED: { kind: 'transient', reason: 'context' },

  // `maxmemory` is reached, and nothing can be evicted.
  OOM: { kind: 'overload', reason: 'throttled' },
  // The last snapshot could not be saved (`stop-writes-on-bgsave-error`), or the append-only file cannot be written.
  MISCONF: { kind: 'overload', reason: 'io' },

  // The key holds something of another type.
  WRONGTYPE: { kind: 'poison', reason: 'constraint' },
  // RESTORE of a key that is there, XGROUP CREATE of a group that is.
  BUSYKEY: { kind: 'poison', reason: 'duplicate_key' },
  BUSYGROUP: { kind: 'poison', reason: 'duplicate_key' },
  // One command with keys of several hash slots.
  CROSSSLOT: { kind: 'poison', reason: 'invalid_row' },
  // BITFIELD, HLL and the like: bytes that are none of theirs.
  INVALIDOBJ: { kind: 'poison', reason: 'invalid_row' },
  // The commands of a row were not carried out because one of them was refused; the row gets that one's failure.
  EXECABORT: { kind: 'poison', reason: 'non_retryable' },

  // The password is missing, or wrong.
  NOAUTH: { kind: 'configuration', reason: 'permission' },
  WRONGPASS: { kind: 'configuration', reason: 'permission' },
  // The user may not run this command, or not with this key.
  NOPERM: { kind: 'configuration', reason: 'permission' },
  // The server is protected from connections of other machines.
  DENIED: { kind: 'configuration', reason: 'permission' },
  // The consumer group has to be made.
  NOGROUP: { kind: 'configuration', reason: 'schema' },
  // A script of the user's has to be loaded; the driver loads its own.
  NOSCRIPT: { kind: 'configuration', reason: 'schema' },
}

/** What `ERR` is followed by, where it means something in particular. The words are those of Redis 6.2 to 7.4; an unknown
 * `ERR` counts as a bad row. */
const errors: readonly (readonly [words: RegExp, failure: Failure])[] = [
  [/^max number of clients/, { kind: 'overload', reason: 'throttled' }],
  [/^wrong number of arguments/, { kind: 'poison', reason: 'syntax' }],
  [/^syntax error/, { kind: 'poison', reason: 'syntax' }],
  [/equal or smaller than the target stream top item/, { kind: 'poison', reason: 'duplicate_key' }],
  [
    /(is not an integer|is not a valid float|is not a float|out of range|overflow)/,
    { kind: 'poison', reason: 'invalid_row' },
  ],
  [/^string exceeds maximum allowed size/, { kind: 'poison', reason: 'too_large' }],
  [/^(unknown command|Unknown Redis command)/i, { kind: 'configuration', reason: 'schema' }],
  [/^Function not found/i, { kind: 'configuration', reason: 'schema' }],
  // What NOPERM is in a script.
  [/^The user executing the script can't/, { kind: 'configuration', reason: 'permission' }],
  [/Script killed by user/, { kind: 'transient', reason: 'context' }],
  // A slot that moved while a script worked on it.
  [/non local key in a cluster node/, { kind: 'transient', reason: 'connection' }],
  // Redis 6 and older, to a connection that did not say who it is.
  [
    /^(Client sent AUTH|invalid password|operation not permitted)/i,
    { kind: 'configuration', reason: 'permission' },
  ],
]

/** Failures by the codes of the driver's own errors. */
const ownFailures: Readonly<Record<RedisDriverErrorCode, Failure>> = {
  REDIS_NOT_SENT: { kind: 'transient', reason: 'connection' },
  REDIS_ANSWER_LOST: { kind: 'ambiguous', reason: 'connection' },
  REDIS_CLIENT_ENDED: { kind: 'configuration', reason: 'connection' },
  REDIS_SLOT_UNCOVERED: { kind: 'transient', reason: 'connection' },
}

/** An answer that nobody knows is taken for the fault of its row. */
export const unknownAnswer: Failure = { kind: 'poison', reason: 'unknown' }

/** What an error of this driver or of a Redis server means for the rows. undefined: not one of ours. */
export function classify(error: unknown): Failure | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if (BatchFlowError.is(error)) return failureOfFlow(error)
  const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown }
  if (name === 'RedisDriverError')
    return typeof code === 'string' && Object.hasOwn(ownFailures, code)
      ? ownFailures[code as RedisDriverErrorCode]
      : undefined
  // ioredis 5 gives an answer of the server no code, only this name (redis-errors 1.2).
  if (name === 'ReplyError' && typeof message === 'string') return failureOfAnswer(message)
  return undefined
}

/** What an answer of the server means. */
export function failureOfAnswer(message: string): Failure | undefined {
  const end = message.indexOf(' ')
  const word = end === -1 ? message : message.slice(0, end)
  if (Object.hasOwn(failures, word)) return failures[word]
  if (word !== 'ERR') return undefined
  const rest = message.slice(end + 1)
  return errors.find(([words]) => words.test(rest))?.[1]
}

function failureOfFlow({ code }: BatchFlowError): Failure | undefined {
  switch (code) {
    // The driver was closed, by a flow that shares it perhaps: no row is at fault.
    case 'BATCHFLOW_CLOSED':
      return { kind: 'configuration', reason: 'connection' }
    case 'BATCHFLOW_INVALID_TARGET':
      return { kind: 'configuration', reason: 'schema' }
    case 'BATCHFLOW_INVALID_ROW':
      return { kind: 'poison', reason: 'invalid_row' }
    default:
      return undefined
  }
}

/** The error of a command that has no answer, by what is known of its way. */
export function unanswered(sent: boolean, cause: unknown): RedisDriverError {
  const why =
    typeof cause === 'object' && cause !== null && 'message' in cause ? `: ${String(cause.message)}` : ''
  return sent
    ? new RedisDriverError('REDIS_ANSWER_LOST', `the answer was lost${why}`, { cause })
    : new RedisDriverError('REDIS_NOT_SENT', `nothing was sent${why}`, { cause })
}
