declare const rowType: unique symbol

/** Where rows go: a table of an SQL database, a list of commands for Redis, or anything that a driver understands.
 *
 * `in out` keeps a narrower target from feeding a typed driver with incomplete rows. Equal definitions share a lane;
 * one name with two definitions is refused with `BATCHFLOW_INVALID_TARGET`. Metrics group by `name`. */
// oxlint-disable-next-line typescript/no-explicit-any -- `any` is what lets one flow hold targets of different rows
export interface Target<in out Row = any> {
  /** The name in metrics, errors and dead letters: a table's name, as a rule. */
  readonly name: string
  readonly [rowType]?: (row: Row) => Row
  readonly [rowSemantics]?: RowSemantics<Row>
}

/** The row type of a target. */
export type RowOf<T extends Target> = T extends Target<infer Row> ? Row : never

/** The key under which a target says how its rows are copied, measured and keyed. Registered globally, so that two
 * installed copies of the package understand each other's targets. */
export const rowSemantics: unique symbol = Symbol.for('batchflow.rowSemantics') as never

/** Two rows with equal keys are the same row of the database. `undefined`: the row has no key (a NULL in it) and is
 * never the same as another. */
export type RowKey = string | number | bigint | undefined

/** What the engine has to know of a target's rows. Packages that define targets (`tableOf`) supply it; a bare
 * `{ name }` gets a shallow copy, an estimate over its own properties, and no key. */
export interface RowSemantics<in out Row> {
  /** A text that is equal for equal definitions: name, columns, conflict policy, treatment of missing columns. */
  readonly definition: string
  /** A copy taken at `submit`, so that a row changed later does not change what is written.
   * @throws BatchFlowError `BATCHFLOW_INVALID_ROW`, when the row can be refused without asking the database. */
  readonly snapshot: (row: Row) => Row
  /** Estimated bytes that a snapshot holds on to; an upper bound for ordinary rows. */
  readonly bytesOf: (snapshot: Row) => number
  /** The conflict key of a snapshot. Absent: rows of this target never stand for the same row. */
  readonly key?: (snapshot: Row) => RowKey
  /** One row in place of two with the same key, with the result that writing both in order would have had.
   * `undefined`: these two cannot be joined and are written in order. Absent with `key` present: no two can. */
  readonly coalesce?: (earlier: Row, later: Row) => Row | undefined
}
