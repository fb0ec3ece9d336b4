import type { Driver, Target } from '@batchflow/core'

/** The row that every contract table holds: an integer key, a text, and a column with a default of 'none'. */
export interface ContractRow {
  readonly id: number
  readonly name: string | null
  readonly note?: string
}

/** A database made for one check: empty, and gone afterwards. Tables have a unique `id`, a `name` that may be NULL, and
 * a `note` that is `'none'` when it is left out. */
export interface ContractStore {
  readonly driver: Driver<Target<ContractRow>>
  /** Plain insert. */
  readonly insert: Target<ContractRow>
  /** The same table, a row whose `id` is there is left alone. */
  readonly ignore: Target<ContractRow>
  /** The same table, of a row whose `id` is there `name` is updated. */
  readonly update: Target<ContractRow>
  /** A target whose table does not exist until `createMissing` is called. */
  readonly missing: Target<ContractRow>
  createMissing(): Promise<void>
  /** A row that the database refuses, whatever else is in its table. */
  bad(id: number): ContractRow
  /** What a reader from outside sees, ordered by id. */
  read(table: 'table' | 'missing'): Promise<readonly ContractRow[]>
  /** Removes the database. The driver may be closed already. */
  dispose(): Promise<void>
}
