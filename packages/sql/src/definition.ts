/** What happens to a column when the row is there already: `overwrite` takes the new value, `keep` the stored one,
 * `add` the sum (a NULL adds nothing), `max` and `min` the larger or smaller (a NULL never wins), `coalesce` the new
 * value unless it is NULL, `merge` the members of both JSON objects, the new one of a name that both have (top level only; a
 * NULL changes nothing, a document that is no object replaces and is replaced). A driver refuses at `prepare` what its database lacks. */
export type ColumnRule = 'overwrite' | 'keep' | 'add' | 'max' | 'min' | 'coalesce' | 'merge'

/** What to do when the database holds a row with the same values in `columns`, which must be the primary key or a
 * unique index. `ignore`: keep the stored row. `update`: change the listed columns, where `where` (SQL) allows it.
 * `replace`: overwrite every other column that the new row has; columns it lacks stay as they are. */
export type Conflict<C extends string> =
  | {
      readonly strategy: 'ignore' | 'replace'
      readonly columns: readonly C[]
      readonly update?: never
      readonly where?: never
    }
  | {
      readonly strategy: 'update'
      readonly columns: readonly C[]
      readonly update: readonly C[] | { readonly [K in C]?: ColumnRule }
      readonly where?: string
    }

/** How a column's values are encoded, where the database does not say. */
export type ColumnType = 'json' | 'date' | 'boolean' | 'bigint'

/** What two rows with one key in one batch become. `first`: the earlier row, where rules only overwrite; `last` and
 * `merge`: column by column what writing both in order would have left, where one value can do that; `false`, and wherever
 * it cannot: the later row goes with the next batch. */
export type CoalescePolicy = 'first' | 'last' | 'merge' | false

/** What a column that a row lacks is written as: the database's default, NULL, or not at all (the row is refused). */
export type MissingPolicy = 'default' | 'null' | 'error'

/** A checked and frozen table definition: what a `SqlTable` is, without the semantics of its rows. */
export interface TableDefinition {
  /** Tells an SQL driver's targets from those of other drivers. */
  readonly kind: 'sql-table'
  /** Name of the table as the database has it, unquoted; also its name in metrics, errors and dead letters. */
  readonly name: string
  /** Schema (PostgreSQL), database (MySQL) or attached database (SQLite), unquoted. Absent: the connection decides. */
  readonly schema?: string
  /** The columns that are written, in the order of the statements; at least one, none twice. */
  readonly columns: readonly string[]
  /** What happens to a row that the database already has. Absent: plain insert. */
  readonly conflict?: Conflict<string>
  /** What two rows with one key in one batch become: as given, or the default of the conflict strategy. Absent without
   * a conflict policy. */
  readonly coalesce?: CoalescePolicy
  /** What a column that a row lacks is written as: as given, or `'default'`. */
  readonly missing: MissingPolicy
  /** Columns of the written row to hand back. Absent: none. */
  readonly returning?: readonly string[]
  /** How columns are encoded where the database does not say. Absent: all by their declared types. */
  readonly types?: Readonly<Record<string, ColumnType>>
}
