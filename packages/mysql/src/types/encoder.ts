import type { Binding } from './binding.ts'
import type { Bound } from './bound.ts'

/** How values of one column are sent. */
export interface Encoder {
  /** What is sent for a value, which is neither null nor undefined.
   *
   * @throws BatchFlowError `BATCHFLOW_INVALID_ROW`: `must be <rule>, got <kind>`; the caller puts table and column before
   * it. */
  readonly encode: (value: unknown) => Bound
  /** How it goes as a parameter. */
  readonly binding: Binding
  /** What orders encoded values, for writers that lock rows in one order: equal for texts that the column's collation
   * most likely holds for one. */
  readonly orderOf: (value: Bound) => number | bigint | string
  /** NULL is stored as something else, and so refused. */
  readonly refusesNull?: true
}

/** Orders numbers by value and texts by code unit. */
export function asItIs(value: Bound): number | bigint | string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : value
}
