import type { RedisClient } from './ioredis.ts'
import { checkClient, refuse } from './settings.ts'

/** How rows get to Redis.
 *
 * @example
 * ```ts
 * const options: RedisOptions = { client: new Redis(recommendedOptions()), ledger: true }
 * ``` */
export interface RedisOptions {
  /** A client of ioredis 5, `Redis` (also over Sentinel) or `Cluster`. You open it and you end it; other commands can go
   * over it meanwhile. It must be safe to write with: see `recommendedOptions`. */
  readonly client: object
  /** `'client'`: over the client's own connection. `'socket'`: over a connection of the driver's own to each server, made
   * by ioredis with the client's options (TLS, password, database, Sentinel, reconnection) and ended by `flow.close()`;
   * commands of others do not wait behind batches, and it takes a tenth less CPU. @defaultValue `'client'` */
  readonly transport?: 'client' | 'socket'
  /** true: the rows of a batch that go to one hash slot (without a cluster: all) are carried out by one script, with no
   * command of anybody else among them, and all or none when the connection breaks. A command that fails on the data still
   * undoes nothing. Commands that scripts cannot call (EVAL, FCALL) are refused by Redis. @defaultValue false */
  readonly atomic?: boolean
  /** true: the script of `atomic` also leaves a marker with the batch's id, so that a batch whose answer was lost is carried
   * out once, however often it is tried. @defaultValue false */
  readonly ledger?: boolean
  /** How long markers of the ledger are kept, in milliseconds, from 1 to 2^31-1; longer than a flow tries a batch
   * (`retry.maxElapsedMs` and `timeoutMs`). @defaultValue 600_000 */
  readonly ledgerTtlMs?: number
  /** What the keys of the ledger's markers begin with. @defaultValue `'batchflow:ledger:'` */
  readonly ledgerPrefix?: string
}

/** Options of the factory, checked, with their defaults. */
export interface ResolvedOptions {
  readonly client: RedisClient
  readonly transport: 'client' | 'socket'
  /** Rows are carried out by a script. */
  readonly isScripted: boolean
  /** Absent: no markers. */
  readonly ledger?: { readonly ttlMs: number; readonly prefix: string }
}

const names = ['client', 'transport', 'atomic', 'ledger', 'ledgerTtlMs', 'ledgerPrefix']
const maxTtlMs = 2 ** 31 - 1

/** Checks the options of the factory and resolves their defaults.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkOptions(options: RedisOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) return refuse('options', 'an object', options)
  for (const option of Object.keys(options))
    if (!names.includes(option)) refuse('options', `only ${names.join(', ')}`, option)
  const {
    transport = 'client',
    atomic = false,
    ledger = false,
    ledgerTtlMs = 600_000,
    ledgerPrefix = 'batchflow:ledger:',
  } = options
  if (transport !== 'client' && transport !== 'socket') refuse('transport', "'client' or 'socket'", transport)
  if (typeof atomic !== 'boolean') refuse('atomic', 'true or false', atomic)
  if (typeof ledger !== 'boolean') refuse('ledger', 'true or false', ledger)
  if (!Number.isInteger(ledgerTtlMs) || ledgerTtlMs < 1 || ledgerTtlMs > maxTtlMs)
    refuse('ledgerTtlMs', `an integer from 1 to ${maxTtlMs}`, ledgerTtlMs)
  if (typeof ledgerPrefix !== 'string' || /[{}]/.test(ledgerPrefix))
    refuse('ledgerPrefix', 'a text without braces, which would decide on the hash slot', ledgerPrefix)
  const client = checkClient(options.client)
  return {
    client,
    transport,
    isScripted: atomic || ledger,
    ...(ledger && { ledger: { ttlMs: ledgerTtlMs, prefix: ledgerPrefix } }),
  }
}
