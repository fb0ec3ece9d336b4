import type { Receipt } from './segment.ts'

/** A row that waits for room: copied, measured, with its receipt if somebody waits for its outcome. Rows that have room
 * are never wrapped: that would be an allocation for each. */
export interface Row {
  readonly snapshot: unknown
  readonly bytes: number
  readonly receipt: Receipt | undefined
}

/** A `submit` that waits for room. */
export interface Waiter {
  readonly row: Row
  readonly since: number
  readonly admitted: () => void
  readonly refused: (error: unknown) => void
}
