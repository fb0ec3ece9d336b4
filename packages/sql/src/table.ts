import type { Target } from '@batchflow/core'
import { rowSemantics } from '@batchflow/core'
import type { Insertable } from 'kysely'
import { checkTable } from './check-table.ts'
import type { CoalescePolicy, ColumnType, Conflict, MissingPolicy, TableDefinition } from './definition.ts'
import { tableSemantics } from './table-semantics.ts'

type ColumnOf<Row> = keyof Row & string
type RequiredColumns<Row> = { [K in keyof Row]-?: {} extends Pick<Row, K> ? never : K }[keyof Row] & string

/** A table as a target of a flow. Made by {@link tableOf} or {@link tablesOf}; frozen. */
// oxlint-disable-next-line typescript/no-explicit-any -- one flow holds tables of different rows
export interface SqlTable<in out Row = any> extends Target<Row>, TableDefinition {
  /** Name of the table as the database has it, unquoted; also its name in metrics, errors and dead letters. */
  readonly name: string
}

/** Reads as a sentence in the compiler's message. */
export interface RequiredColumnsAreLeftOut<C> {
  /** Their names. */
  readonly leftOut: C
}
type Complete<Row, C extends string> = [Exclude<RequiredColumns<Row>, C>] extends [never]
  ? unknown
  : RequiredColumnsAreLeftOut<Exclude<RequiredColumns<Row>, C>>

/** How rows become rows of a table. */
export interface TableOptions<Row, C extends ColumnOf<Row>> {
  /** The columns that are written; others of a row are left alone. At least one, none twice. */
  readonly columns: readonly C[]
  /** Schema (PostgreSQL), database (MySQL) or attached database (SQLite) of the table. */
  readonly schema?: string
  /** What happens to a row that the database already has. Left out: plain insert. */
  readonly conflict?: Conflict<NoInfer<C>>
  /** What two rows with one key in one batch become. @defaultValue `'first'` for `ignore`, `'last'` for `update` and `replace` */
  readonly coalesce?: CoalescePolicy
  /** What a column that a row lacks is written as. @defaultValue `'default'` */
  readonly missing?: MissingPolicy
  /** Columns of the written row to hand back, where the driver can. */
  readonly returning?: readonly string[]
  /** Only where the database does not say (SQLite): how a column's values are encoded. */
  readonly types?: { readonly [K in NoInfer<C>]?: ColumnType }
}

/** Defines a table for rows of one type. */
export type DefineTable<Row> = <const C extends ColumnOf<Row>>(
  name: string,
  options: TableOptions<Row, C> & Complete<Row, C>,
) => SqlTable<Pick<Row, C>>

/** Defines a table of a Kysely database type. */
export type DefineTableOf<DB> = <N extends keyof DB & string, const C extends ColumnOf<Insertable<DB[N]>>>(
  name: N,
  options: TableOptions<Insertable<DB[N]>, C> & Complete<Insertable<DB[N]>, C>,
) => SqlTable<Pick<Insertable<DB[N]>, C>>

/** Defines a table whose rows have a type of your own. A required column left out does not compile.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, naming the option, the rule and the value
 * @example
 * ```ts
 * const users = tableOf<UserRow>()('users', {
 *   columns: ['id', 'name', 'email'],
 *   conflict: { strategy: 'update', columns: ['id'], update: ['name', 'email'] },
 * })
 * ``` */
export function tableOf<Row extends object>(): DefineTable<Row> {
  return (name, options) => defineTable(name, options)
}

/** Defines tables from the `Database` type that you give to Kysely.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, naming the option, the rule and the value
 * @example
 * ```ts
 * const users = tablesOf<Database>()('users', { columns: ['name', 'email'] })
 * ``` */
export function tablesOf<DB>(): DefineTableOf<DB> {
  return (name, options) => defineTable(name, options)
}

function defineTable<Row>(name: unknown, options: unknown): SqlTable<Row> {
  const definition = checkTable(name, options)
  return Object.freeze({ ...definition, [rowSemantics]: tableSemantics<Row>(definition) })
}
