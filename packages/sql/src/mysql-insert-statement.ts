import {
  ColumnNode,
  ColumnUpdateNode,
  createQueryId,
  InsertQueryNode,
  MysqlQueryCompiler,
  OnDuplicateKeyNode,
  type OperationNode,
  TableNode,
} from 'kysely'
import { columnChanges } from './changed-value.ts'
import type { TableDefinition } from './definition.ts'
import { columnNodes, columnOf, placeholders, sql, tableNode } from './statement-nodes.ts'

/** The form of an insert into MySQL or MariaDB. */
export interface MysqlInsertForm {
  /** Columns of the rows, in the order of the values. */
  readonly columns: readonly string[]
  /** How many rows of placeholders, at least 1. */
  readonly rows: number
  /** How the new row is named where it meets a stored one. `alias`: `AS new`, for MySQL from 8.0.19, where `VALUES()` is
   * deprecated. `values`: `VALUES(column)`, for MariaDB, which has no alias, and for MySQL before. */
  readonly newRow: 'alias' | 'values'
}

/** The text of `INSERT … VALUES … ON DUPLICATE KEY UPDATE …`.
 *
 * `ignore`, and a conflict that changes no column of this form, become an assignment of a conflict column to itself:
 * `INSERT IGNORE` would also turn bad data into other data. `replace` overwrites and never deletes, unlike `REPLACE`.
 * MySQL cannot be told which unique index is meant: a driver has to refuse tables with others, or warn of them.
 *
 * Each assignment reads its own column only, because MySQL makes them from left to right, in sight of each other. That is
 * also why `conflict.where` is refused: evaluated for every column it would judge a row that is half changed. And `merge`
 * is refused because neither of MySQL's functions does it: JSON_MERGE_PATCH drops members that are null and goes deep,
 * JSON_MERGE_PRESERVE makes arrays.
 *
 * @throws RangeError when the table has `conflict.where` or a column with the rule `merge`
 * @example
 * ```ts
 * mysqlInsertStatement(users, { columns: ['id', 'name'], rows: 100, newRow: 'values' })
 * ``` */
export function mysqlInsertStatement(table: TableDefinition, form: MysqlInsertForm): string {
  const { columns, rows, newRow } = form
  if (table.conflict?.where !== undefined) throw new RangeError('conflict.where is not supported')
  const values = placeholders(columns.length, rows)
  const alias = aliasBeside(table)
  const isNamed = table.conflict !== undefined && newRow === 'alias'
  const insert = InsertQueryNode.cloneWith(InsertQueryNode.create(tableNode(table)), {
    columns: columnNodes(columns),
    values: isNamed ? sql`${values} as ${TableNode.create(alias)}` : values,
    ...(table.conflict && {
      onDuplicateKey: OnDuplicateKeyNode.create(
        assignments(table, columns, (column) =>
          isNamed ? columnOf(alias, column) : sql`values(${ColumnNode.create(column)})`,
        ),
      ),
    }),
  })
  return new MysqlQueryCompiler().compileQuery(insert, createQueryId()).sql
}

function assignments(
  table: TableDefinition,
  present: readonly string[],
  givenOf: (column: string) => OperationNode,
): readonly ColumnUpdateNode[] {
  // Named with its table: beside an alias the column alone would be either row's.
  const storedOf = (column: string) => columnOf(table.name, column)
  const changes = columnChanges(table, present, {
    valuesOf: (column) => ({ stored: storedOf(column), given: givenOf(column) }),
    mergeOf: undefined,
  })
  const [key] = table.conflict?.columns ?? []
  return changes.length > 0 || key === undefined
    ? changes
    : [ColumnUpdateNode.create(ColumnNode.create(key), storedOf(key))]
}

/** A name for the new row that is not the table's. */
function aliasBeside({ name }: TableDefinition): string {
  return name.toLowerCase() === 'new' ? 'new_row' : 'new'
}
