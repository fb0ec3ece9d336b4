import type { Failure } from './failure.ts'

const transient: Failure = { kind: 'transient', reason: 'connection' }
const ambiguous: Failure = { kind: 'ambiguous', reason: 'connection' }

/** Node's own error codes, for drivers that do not know better. A connection that was never made wrote nothing; one
 * that broke may have carried the batch.
 * Source: https://nodejs.org/docs/latest-v20.x/api/errors.html#common-system-errors */
const table: ReadonlyMap<unknown, Failure> = new Map([
  // Nobody listens, or the host is not there: nothing was sent.
  ['ECONNREFUSED', transient],
  ['ENOTFOUND', transient],
  ['EAI_AGAIN', transient],
  ['EHOSTUNREACH', transient],
  ['ENETUNREACH', transient],
  ['ENETDOWN', transient],
  // The connection broke, perhaps after the batch was sent.
  ['ECONNRESET', ambiguous],
  ['ECONNABORTED', ambiguous],
  ['EPIPE', ambiguous],
  ['ETIMEDOUT', { kind: 'ambiguous', reason: 'timeout' }],
  ['ABORT_ERR', { kind: 'ambiguous', reason: 'context' }],
  // This process or this machine has run out of something.
  ['EMFILE', { kind: 'overload', reason: 'io' }],
  ['ENFILE', { kind: 'overload', reason: 'io' }],
  ['ENOSPC', { kind: 'overload', reason: 'disk_full' }],
  ['EIO', { kind: 'transient', reason: 'io' }],
  // Somebody has to mend it.
  ['EACCES', { kind: 'configuration', reason: 'permission' }],
  ['EPERM', { kind: 'configuration', reason: 'permission' }],
  ['EROFS', { kind: 'configuration', reason: 'readonly' }],
])

/** What an AbortSignal throws has a number for its code. */
const byName: ReadonlyMap<unknown, Failure> = new Map([
  ['AbortError', { kind: 'ambiguous', reason: 'context' }],
  ['TimeoutError', { kind: 'ambiguous', reason: 'timeout' }],
])

/** The failure that an error of Node stands for; `undefined` when it is in neither table. */
export function classifyNodeError(error: unknown): Failure | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown }
  return table.get(code) ?? byName.get(name)
}
