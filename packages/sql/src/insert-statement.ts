import {
  createQueryId,
  InsertQueryNode,
  OnConflictNode,
  type OperationNode,
  type QueryCompiler,
  RawNode,
  ReferenceNode,
  ReturningNode,
  SelectionNode,
  WhereNode,
} from 'kysely'
import { columnChanges, type MergeOf } from './changed-value.ts'
import type { TableDefinition } from './definition.ts'
import { columnNodes, columnOf, placeholders, sql, tableNode } from './statement-nodes.ts'

/** The form of an insert: which columns, and where their values come from. */
export type InsertForm = {
  /** Columns of the rows, in the order of the values. */
  readonly columns: readonly string[]
  /** Columns of the written rows that the statement answers with. Absent: none. */
  readonly returning?: readonly string[]
  /** `system`: values of identity columns that are GENERATED ALWAYS are taken too (PostgreSQL). */
  readonly overriding?: 'system'
} & (
  | {
      /** How many rows of placeholders, at least 1. */
      readonly rows: number
      readonly source?: never
    }
  | {
      /** The text of a query that gives the rows, with its placeholders in it. In SQLite it has to end in a WHERE. */
      readonly source: string
      readonly rows?: never
    }
)

/** What of an insert is not the same for every database with `ON CONFLICT`. */
export interface InsertDialect {
  /** The expression for the rule `merge`. Absent: the database has none, and the rule is refused. */
  readonly mergeOf?: MergeOf
}

/** The text of `INSERT … VALUES …`, or `INSERT … SELECT …`, with `ON CONFLICT (columns)`, for databases that have that
 * (PostgreSQL, SQLite).
 *
 * Always with the configured conflict columns, so that no other unique index is ignored or overwritten by accident;
 * never `INSERT OR IGNORE` or `INSERT OR REPLACE`, which swallow bad rows and delete good ones. Only columns of this
 * form are updated: one that the rows lack keeps its value.
 *
 * @throws RangeError when a column has the rule `merge` and the dialect none
 * @example
 * ```ts
 * insertStatement(new PostgresQueryCompiler(), users, {
 *   columns: ['id', 'name'],
 *   source: 'select * from unnest($1::int8[], $2::text[])',
 * })
 * ``` */
export function insertStatement(
  compiler: QueryCompiler,
  table: TableDefinition,
  form: InsertForm,
  dialect: InsertDialect = {},
): string {
  const { columns, returning } = form
  const insert = InsertQueryNode.cloneWith(InsertQueryNode.create(tableNode(table)), {
    columns: columnNodes(columns),
    values: valuesOf(form),
    ...(table.conflict && { onConflict: onConflict(table, columns, dialect) }),
    ...(returning && { returning: returningNode(returning) }),
  })
  return compiler.compileQuery(insert, createQueryId()).sql
}

function valuesOf(form: InsertForm): OperationNode {
  const values =
    form.source === undefined
      ? placeholders(form.columns.length, form.rows)
      : RawNode.createWithSql(form.source)
  return form.overriding === 'system' ? sql`overriding system value ${values}` : values
}

function returningNode(columns: readonly string[]): ReturningNode {
  return ReturningNode.create(
    columnNodes(columns).map((column) => SelectionNode.create(ReferenceNode.create(column))),
  )
}

function onConflict(
  table: TableDefinition,
  present: readonly string[],
  { mergeOf }: InsertDialect,
): OnConflictNode {
  const { columns = [], where } = table.conflict ?? {}
  const updates = columnChanges(table, present, {
    valuesOf: (column) => ({
      // Without its schema: that is how both databases name the row that is there.
      stored: columnOf(table.name, column),
      given: columnOf('excluded', column),
    }),
    mergeOf,
  })
  return OnConflictNode.cloneWith(OnConflictNode.create(), {
    columns: columnNodes(columns),
    ...(updates.length === 0
      ? { doNothing: true }
      : {
          updates,
          ...(where !== undefined && { updateWhere: WhereNode.create(RawNode.createWithSql(where)) }),
        }),
  })
}
