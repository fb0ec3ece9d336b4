import type { Entry, Letter } from './entry.ts'

/** What a sink tells the shard that feeds it. */
export interface SinkHooks {
  /** Every row of these entries is settled; resolves when Redis knows. */
  readonly settle: (entries: readonly Entry[], letters: readonly Letter[]) => Promise<void>
  /** The database has heard of a later owner of the shard. */
  readonly onFenced: () => void
  /** Nothing can be written any more; the shard is to be given back. */
  readonly onClosed: () => void
  /** Rows that the ledger shows to be written. */
  readonly onSkipped: (rows: number) => void
}

/** Where the rows of one shard go, for as long as a worker has it. */
export interface ShardSink {
  /** Before the first entry; called again when it fails. `lastId` is the last id of the stream. */
  open(lastId: string): Promise<void>
  /** Takes an entry; they come in order, except that what is settled is left out. */
  take(entry: Entry): void
  /** Nothing more comes for now. */
  flush(): void
  /** Gives up what is not settled, at once. */
  abandon(): void
  /** Everything is settled. */
  close(): Promise<void>
}
