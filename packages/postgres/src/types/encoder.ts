import type { ByteWriter } from './byte-writer.ts'

/** How values of one type become text and bytes. Both refuse what the type cannot hold exactly, by the same rules.
 * Neither is called with null or undefined. */
export interface ValueEncoder {
  /** The input of the type's input function, unescaped. Means the same whatever the session's TimeZone, DateStyle and
   * IntervalStyle are, for the types whose values it reads.
   *
   * @throws BatchFlowError `BATCHFLOW_INVALID_ROW`: `must be <rule>, got <kind>`; the caller puts table and column before
   * it. */
  readonly text: (value: unknown) => string
  /** The text never needs quotes in an array literal. */
  readonly plain: boolean
  /** Writes length and bytes for binary COPY. Absent: rows with this column cannot go that way. What was written before
   * a refusal is for the caller to take back, with {@link ByteWriter.truncate}.
   *
   * @throws BatchFlowError as `text` does. */
  readonly binary?: (value: unknown, out: ByteWriter) => void
  /** The order of two texts, for writers that lock rows in one order: by value, where one value has several texts, else
   * by code unit. */
  readonly compare: (a: string, b: string) => number
}

/** How values of one column are sent. */
export interface Encoder extends ValueEncoder {
  /** The type of the elements of the array parameter: `int4` when the column is sent as `int4[]`. A column of arrays or
   * of rows is sent as `text`, one literal each, for `unnest` would take them apart. */
  readonly arrayOf: string
  /** The cast of the unnested value in the select list. Absent: none is needed. */
  readonly castTo?: string
  /** What stands between the elements of the array parameter: `,`, and `;` for box. */
  readonly delimiter: string
}

/** Orders texts of which each value has one. */
export function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Orders numbers as PostgreSQL does: NaN equals itself and is the greatest. */
export function byValue(a: number, b: number): number {
  if (a === b) return 0
  if (a < b) return -1
  if (a > b) return 1
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}
