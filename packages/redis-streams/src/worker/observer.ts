/** Why an entry, or rows of it, went to the dead-letter stream:
 *
 * - `undecodable`: its fields are not those that a producer writes
 * - `unknown_target`: `targets` has no such name
 * - `max_deliveries`: it was delivered more often than `maxDeliveries`
 * - `refused`: the target, or the database, does not take these rows */
export type DeadReason = 'undecodable' | 'unknown_target' | 'max_deliveries' | 'refused'

/** Why a worker has a shard no longer: it gave it back; it was too late to keep it; the database has heard of a later owner. */
export type LeaveReason = 'released' | 'lost' | 'fenced'

/** Events of a worker. All are optional and synchronous; one that throws is contained and changes nothing. */
export interface StreamObserver {
  /** The shard is read by this worker from now on; `claimed` entries had been read by others, or by it before. */
  shardTaken?(event: { readonly shard: number; readonly claimed: number }): void
  /** It is no more. */
  shardLeft?(event: { readonly shard: number; readonly reason: LeaveReason }): void
  /** The group was not there and has been made again: entries that wait are read from the beginning. */
  groupMade?(event: { readonly shard: number }): void
  /** All data of the shard was gone. What it held, and nobody had written, is lost. */
  dataGone?(event: { readonly shard: number }): void
  /** Entries, or rows, were deleted by somebody else before they were written. */
  deleted?(event: { readonly shard: number; readonly entries: number; readonly rows: number }): void
  /** Rows went to the dead-letter stream. */
  deadLettered?(event: { readonly shard: number; readonly rows: number; readonly reason: DeadReason }): void
  /** Redis or the database could not be asked; it is tried again. Errors of a database may quote values. */
  failed?(event: { readonly shard: number | undefined; readonly error: unknown }): void
}
