import type { RowOutcome, WriteContext } from '@batchflow/core'
import type { Line } from './line.ts'
import type { Rows } from './rows.ts'

/** Rows that go to one connection together. */
export interface Consignment {
  readonly rows: Rows
  /** Which of the rows, in their order. */
  readonly places: readonly number[]
  readonly line: Line
  /** Their slots are being moved to this server, which takes them only when asked to. */
  readonly isAsking: boolean
}

/** One attempt at a batch. */
export interface Attempt {
  readonly context: WriteContext
  readonly batchId: string
}

/** Where outcomes of rows that are not written are reported. */
export interface Book {
  /** @param again The row was not carried out because of another one, and can be sent at once. */
  settle(place: number, outcome: RowOutcome, again?: Consignment): void
}

/** A way to write rows. */
export interface Delivery {
  /** Writes the rows of a consignment, and reports those that are not written. Does not reject. */
  deliver(consignment: Consignment, attempt: Attempt, book: Book): Promise<void>
}
