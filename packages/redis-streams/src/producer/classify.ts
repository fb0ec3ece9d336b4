import { BatchFlowError, type Failure } from '@batchflow/core'

/** Failures by the first word of what Redis says. Nothing that it says is the fault of a row: whatever is not known here
 * stops the shard until somebody has looked. */
const failures: Readonly<Record<string, Failure>> = {
  LOADING: { kind: 'transient', reason: 'connection' },
  MASTERDOWN: { kind: 'transient', reason: 'connection' },
  CLUSTERDOWN: { kind: 'transient', reason: 'connection' },
  TRYAGAIN: { kind: 'transient', reason: 'connection' },
  MOVED: { kind: 'transient', reason: 'connection' },
  ASK: { kind: 'transient', reason: 'connection' },
  READONLY: { kind: 'transient', reason: 'readonly' },
  NOREPLICAS: { kind: 'transient', reason: 'connection' },
  BUSY: { kind: 'transient', reason: 'lock_timeout' },
  UNKILLABLE: { kind: 'transient', reason: 'lock_timeout' },
  OOM: { kind: 'overload', reason: 'throttled' },
  MISCONF: { kind: 'overload', reason: 'io' },
  WRONGTYPE: { kind: 'configuration', reason: 'schema' },
  NOAUTH: { kind: 'configuration', reason: 'permission' },
  WRONGPASS: { kind: 'configuration', reason: 'permission' },
  NOPERM: { kind: 'configuration', reason: 'permission' },
}

/** What an error of an attempt to add a batch means. Without an answer nobody knows: the batch is sent again as it was,
 * and Redis recognises it. */
export function classify(error: unknown): Failure {
  if (BatchFlowError.is(error)) {
    // Full: the lane stops, its rows stay, and it is probed until there is room.
    return { kind: 'configuration', reason: error.code === 'BATCHFLOW_FULL' ? 'throttled' : 'schema' }
  }
  const { name, message } = error as { readonly name?: unknown; readonly message?: unknown }
  if (name !== 'ReplyError' || typeof message !== 'string') return { kind: 'ambiguous', reason: 'connection' }
  const [word = ''] = message.split(' ', 1)
  return (Object.hasOwn(failures, word) && failures[word]) || { kind: 'configuration', reason: 'unknown' }
}
