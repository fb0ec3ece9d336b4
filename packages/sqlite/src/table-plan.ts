import { BatchFlowError } from '@batchflow/core'
import {
  type ColumnSet,
  columnSetReader,
  columnsOf,
  conflictRules,
  fullColumnSet,
  type SqlTable,
} from '@batchflow/sql'
import { rowCounts, statementText } from './dialect.ts'
import type { PlannedColumn } from './pack-column.ts'
import type { StatementForm, TableDescription } from './protocol.ts'
import { encoderOf } from './types.ts'

/** Column sets kept with their texts; merged rows can make more sets than a table admits. */
const maxForms = 64

/** What rows with the same columns have in common. */
export interface RowForm {
  /** Their places among the columns of the table. */
  readonly columns: readonly number[]
  /** Its statements for so many rows at most, the largest first; compiled at their first use. A text is copied to the worker
   * with each batch, so larger ones stay away. */
  statements(most: number): StatementForm
}

/** How rows of one table are encoded and written, after a look at the database. */
export interface TablePlan {
  readonly table: SqlTable
  /** What it was made for. */
  readonly description: TableDescription | undefined
  readonly columns: readonly PlannedColumn[]
  /** A column is named like something that every object inherits (`constructor`). */
  readonly hasInheritedNames: boolean
  setOf(row: Readonly<Record<string, unknown>>): ColumnSet
  form(set: ColumnSet): RowForm
}

/** Fits a table's definition to what the database says about it.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, classified as configuration, when they do not fit */
export function planTable(table: SqlTable, description: TableDescription | undefined): TablePlan {
  checkSupport(table)
  const columns = plannedColumns(table, description)
  const forms = new Map<ColumnSet, RowForm>()
  const full = fullColumnSet(table.columns)
  const fullForm = formOf(table, table.columns)
  return {
    table,
    description,
    columns,
    hasInheritedNames: table.columns.some((name) => name in Object.prototype),
    setOf: columnSetReader(table.columns),
    form(set) {
      if (set === full) return fullForm
      const known = forms.get(set)
      if (known) return known
      const form = formOf(table, columnsOf(table.columns, set))
      if (forms.size === maxForms) forms.clear()
      forms.set(set, form)
      return form
    },
  }
}

function formOf(table: SqlTable, names: readonly string[]): RowForm {
  const columns = names.map((name) => table.columns.indexOf(name))
  const counts = rowCounts(names.length)
  const known = new Map<number | undefined, StatementForm>()
  return {
    columns,
    statements(most) {
      const largest = counts.find((rows) => rows <= most)
      let statements = known.get(largest)
      if (statements === undefined) {
        const fitting = counts.filter((rows) => rows <= most)
        const texts = fitting.map((rows) => ({ rows, text: statementText(table, { columns: names, rows }) }))
        statements = { columns, texts }
        known.set(largest, statements)
      }
      return statements
    },
  }
}

function checkSupport(table: SqlTable): void {
  if (table.returning) refuse(table, 'returning is not supported by the sqlite driver')
  for (const [column, rule] of conflictRules(table))
    if (rule === 'merge')
      refuse(table, `rule merge of column ${column} is not supported by the sqlite driver`)
  // Outside of texts and quoted names: a placeholder would have no value, and every row would look bad.
  if (/[?]|[:@$]\w/.test((table.conflict?.where ?? '').replaceAll(/'[^']*'|"[^"]*"/g, '')))
    refuse(table, 'conflict.where must not have placeholders')
}

function plannedColumns(
  table: SqlTable,
  description: TableDescription | undefined,
): readonly PlannedColumn[] {
  if (!description) return refuse(table, 'there is no such table in the database')
  if (description.kind === 'view') return refuse(table, 'it is a view; rows go into tables only')
  const found = new Map(description.columns.map((column) => [folded(column.name), column]))
  const columns = table.columns.map((name): PlannedColumn => {
    const column = found.get(folded(name))
    if (!column) return refuse(table, `the table has no column ${name}`)
    if (column.generated) return refuse(table, `column ${name} is generated and cannot be written`)
    const encoder = encoderOf({ type: column.type, strict: description.strict }, table.types?.[name])
    if (typeof encoder === 'string') return refuse(table, `column ${name}: ${encoder}`)
    return { name, encoder }
  })
  if (new Set(table.columns.map(folded)).size !== table.columns.length)
    return refuse(table, 'two of its columns differ only in case, which SQLite does not tell apart')
  checkConflictColumns(table, description)
  return columns
}

function checkConflictColumns(table: SqlTable, description: TableDescription): void {
  if (!table.conflict) return
  const wanted = new Set(table.conflict.columns.map(folded))
  const isKey = (key: readonly string[]) =>
    key.length === wanted.size && key.every((name) => wanted.has(folded(name)))
  if (!description.keys.some(isKey))
    refuse(
      table,
      `conflict.columns must be the primary key or a unique index without WHERE, got ${table.conflict.columns.join(', ')}`,
    )
}

/** SQLite's names differ in more than the case of ASCII letters. */
function folded(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function refuse(table: SqlTable, problem: string): never {
  const name = table.schema === undefined ? table.name : `${table.schema}.${table.name}`
  throw new BatchFlowError('BATCHFLOW_INVALID_TARGET', `table ${name}: ${problem}`)
}
