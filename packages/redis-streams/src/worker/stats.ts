import type { StreamObserver } from './observer.ts'

/** How a shard that a worker has stood when it was last looked at, at most a third of `leaseMs` ago. */
export interface ShardGauge {
  readonly shard: number
  /** Entries in the stream, read or not. */
  readonly entries: number
  /** Rows of them. */
  readonly rows: number
  /** Entries that were read and are not settled. */
  readonly pending: number
  /** Entries that nobody has read. */
  readonly lag: number
  /** Milliseconds since the oldest pending entry was delivered. */
  readonly oldestIdleMs: number
  /** Rows that this worker holds now. */
  readonly rowsInHand: number
}

/** Totals of a worker's life. */
export interface StreamWorkerCounts {
  /** Entries that were written, or set aside, and deleted from the stream. */
  entriesSettled: number
  /** Their rows. */
  rowsSettled: number
  /** Entries that had been delivered before. */
  redelivered: number
  /** Those of them that were taken over when a shard was. */
  claimed: number
  /** Rows of entries that the ledger showed to be written already. */
  rowsSkipped: number
  /** Rows that went to the dead-letter stream. */
  rowsDeadLettered: number
  /** Entries that were deleted by somebody else while they were pending. */
  deletedWhilePending: number
  /** Rows that were deleted by somebody else before they were written, as far as the shard's meter shows it: when it is empty. */
  rowsDeleted: number
  /** Groups that were not there and have been made again. */
  groupsMade: number
  /** Times that all data of a shard was gone. */
  dataGone: number
  /** Shards that were taken, released, and lost to others. */
  shardsTaken: number
  shardsReleased: number
  shardsLost: number
  /** Batches that the database refused because a later owner has the shard. */
  fenced: number
  /** Times that Redis or the database could not be asked. */
  failures: number
}

/** A reading of a worker. */
export interface StreamWorkerStats extends Readonly<StreamWorkerCounts> {
  readonly stream: string
  readonly state: 'open' | 'closing' | 'closed'
  /** Workers of the group that gave a sign of life, this one included. */
  readonly workers: number
  /** The shards that it has. */
  readonly shards: readonly ShardGauge[]
}

export function noCounts(): StreamWorkerCounts {
  return {
    entriesSettled: 0,
    rowsSettled: 0,
    redelivered: 0,
    claimed: 0,
    rowsSkipped: 0,
    rowsDeadLettered: 0,
    deletedWhilePending: 0,
    rowsDeleted: 0,
    groupsMade: 0,
    dataGone: 0,
    shardsTaken: 0,
    shardsReleased: 0,
    shardsLost: 0,
    fenced: 0,
    failures: 0,
  }
}

/** Tells an observer; what it throws is its own affair. */
export function tell<Name extends keyof StreamObserver>(
  observer: StreamObserver,
  name: Name,
  event: Parameters<NonNullable<StreamObserver[Name]>>[0],
): void {
  try {
    ;(observer[name] as ((event: unknown) => void) | undefined)?.call(observer, event)
  } catch {
    // Rows matter more than who watches them.
  }
}
