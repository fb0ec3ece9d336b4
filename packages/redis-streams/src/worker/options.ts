import type { BatchFlow, Driver, FlowObserver, Target } from '@batchflow/core'
import { checkInteger, checkName, checkNames, refuse } from '../refuse.ts'
import { checkClient, type StreamClient } from '../store/ioredis.ts'
import type { StreamObserver } from './observer.ts'

/** Writing with a driver's ledger: each row once, whatever happens to workers. */
export interface StreamLedgerOptions {
  /** Makes a driver for a shard that was taken, over a pool that you share among them: `() => postgres({ pool, ledger: true })`. It
   * must have `claimPosition`. The worker closes it when it gives the shard up. */
  readonly driver: () => Driver
  /** Rows at which a batch is full; a batch holds whole entries, so it may be larger by one. @defaultValue 1000 */
  readonly flushSize?: number
  /** Time for one attempt, in milliseconds. A failed batch is tried until it goes through. @defaultValue 10000 */
  readonly timeoutMs?: number
  /** Pause in milliseconds before a table that cannot be written is tried again. @defaultValue 5000 */
  readonly configurationRetryMs?: number
  /** Told of every batch of a shard. @defaultValue none */
  readonly observers?: (shard: number) => readonly FlowObserver[]
}

interface CommonOptions<T extends Target> {
  /** A client of ioredis 5, `Redis` or `Cluster`: says where to connect. The worker opens connections of its own like it, and
   * never uses or ends this one. */
  readonly client: object
  /** Name of the stream. */
  readonly stream: string
  /** Into how many shards the stream is divided; the same as for its producers. @defaultValue 4 */
  readonly shards?: number
  /** Name of the consumer group: those that share the work. A stream has one, for what it has settled is deleted. */
  readonly group: string
  /** Name of this worker in the group, for people who look. @defaultValue a name of its own */
  readonly consumer?: string
  /** Where rows go, by the name of the target that they were submitted for. */
  readonly targets: Readonly<Record<string, T>>
  /** How long, in milliseconds, a worker that gives no sign of life keeps its shards: what is lost of time when one dies. Longer
   * than any pause of your process; at least 100. @defaultValue 5000 */
  readonly leaseMs?: number
  /** An entry that was delivered more often is set aside: it may be what ends the workers. Each worker that dies, or gives a
   * shard up before its time, counts for the entries that it had. @defaultValue 16 */
  readonly maxDeliveries?: number
  /** Rows that this worker has read and not settled, per shard. More than one batch, so that
   * the next is there when one is written; many more only fill the memory. @defaultValue 3000 */
  readonly maxRowsInHand?: number
  /** The same in bytes of encoded rows. @defaultValue 33554432 */
  readonly maxBytesInHand?: number
  /** How long, in milliseconds, a read waits for new entries. @defaultValue 1000 */
  readonly blockMs?: number
  /** Time for `close()`, in milliseconds. @defaultValue 30000 */
  readonly closeTimeoutMs?: number
  /** Told what happens to shards and entries. */
  readonly observer?: StreamObserver
}

type Destination<T extends Target> =
  | {
      /** Your flow, which several workers and others may share: each row at least once. Rows that it gives up are its
       * dead-letter handler's. Closed by you, after the worker. */
      readonly flow: BatchFlow<T>
      readonly ledger?: never
    }
  | { readonly ledger: StreamLedgerOptions; readonly flow?: never }

/** Options of `createStreamWorker`. Checked once; a wrong one throws `BATCHFLOW_INVALID_OPTION`.
 *
 * @example
 * ```ts
 * const options: StreamWorkerOptions<typeof orders> = { client, stream: 'orders', group: 'writers', targets: { orders }, flow }
 * ``` */
export type StreamWorkerOptions<T extends Target> = CommonOptions<T> & Destination<T>

const defaults = {
  shards: 4,
  leaseMs: 5_000,
  maxDeliveries: 16,
  maxRowsInHand: 3_000,
  maxBytesInHand: 33_554_432,
  blockMs: 1_000,
  closeTimeoutMs: 30_000,
}
const ledgerDefaults = {
  flushSize: 1_000,
  timeoutMs: 10_000,
  configurationRetryMs: 5_000,
  observers: (): readonly FlowObserver[] => [],
}

/** A ledger with its defaults. */
export type ResolvedLedger = Required<StreamLedgerOptions>

/** Options with their defaults. */
export interface ResolvedWorkerOptions {
  readonly client: StreamClient
  readonly stream: string
  readonly shards: number
  readonly group: string
  readonly consumer: string
  readonly targets: ReadonlyMap<string, Target>
  readonly leaseMs: number
  readonly maxDeliveries: number
  readonly maxRowsInHand: number
  readonly maxBytesInHand: number
  readonly blockMs: number
  readonly closeTimeoutMs: number
  readonly observer: StreamObserver
  readonly flow: BatchFlow<Target> | undefined
  readonly ledger: ResolvedLedger | undefined
}

const names = [
  ...Object.keys(defaults),
  'client',
  'stream',
  'group',
  'consumer',
  'targets',
  'flow',
  'ledger',
  'observer',
]

/** @param token A name that no other worker has.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function resolveWorkerOptions<T extends Target>(
  options: StreamWorkerOptions<T>,
  token: string,
): ResolvedWorkerOptions {
  checkNames(options, names)
  const given = { ...defaults, consumer: token, observer: {}, ...options }
  checkInteger('shards', given.shards, { min: 1, max: 1_024 })
  checkInteger('leaseMs', given.leaseMs, { min: 100 })
  for (const name of ['maxDeliveries', 'maxRowsInHand', 'maxBytesInHand', 'blockMs'] as const)
    checkInteger(name, given[name], { min: 1 })
  checkInteger('closeTimeoutMs', given.closeTimeoutMs, { min: 0 })
  for (const name of ['stream', 'group', 'consumer'] as const) checkName(name, given[name])
  const { targets, flow, ledger } = given
  if (typeof targets !== 'object' || targets === null || Object.keys(targets).length === 0)
    refuse('targets', 'an object with at least one target', targets)
  if ((flow === undefined) === (ledger === undefined)) refuse('flow', 'given, or else ledger', flow)
  if (flow !== undefined && typeof flow.submitAndSettle !== 'function') refuse('flow', 'a flow', flow)
  return {
    ...given,
    client: checkClient(given.client),
    targets: new Map(Object.entries(targets)),
    // Which rows belong to which target is known by name only.
    flow: flow as BatchFlow<Target> | undefined,
    ledger: ledger === undefined ? undefined : resolveLedger(ledger),
  }
}

function resolveLedger(ledger: StreamLedgerOptions): ResolvedLedger {
  checkNames(ledger, ['driver', ...Object.keys(ledgerDefaults)])
  if (typeof ledger.driver !== 'function') refuse('ledger.driver', 'a function', ledger.driver)
  const given = { ...ledgerDefaults, ...ledger }
  checkInteger('ledger.flushSize', given.flushSize, { min: 1, max: 2 ** 20 })
  return given
}
