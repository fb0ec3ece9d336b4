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
import type { TableDescription } from './protocol.ts'
import { type Encoder, encoderOf } from './types.ts'

/** Column sets kept with their texts; merged rows can make more sets than a table admits. */
const maxForms = 64

/** A column of some rows: its name, and how its values are encoded. */
export interface PlannedColumn {
  readonly name: string
  readonly encoder: Encoder
}

/** What rows with the same columns have in common. */
export interface RowForm {
  readonly columns: readonly PlannedColumn[]
  /** Row counts of its statements, the largest first, 1 at the end. */
  readonly rowCounts: readonly number[]
  /** The statement for one of those counts; compiled at its first use. */
  text(rows: number): string
}

/** How rows of one table are encoded and written, after a look at the database. */
export interface TablePlan {
  readonly table: SqlTable
  setOf(row: Readonly<Record<string, unknown>>): ColumnSet
  form(set: ColumnSet): RowForm
}

/** Fits a table's definition to what the database says about it.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, classified as configuration, when they do not fit */
export function planTable(table: SqlTable, description: TableDescription | undefined): TablePlan {
  checkSupport(table)
  const encoders = encodersOf(table, description)
  const forms = new Map<ColumnSet, RowForm>()
  const full = fullColumnSet(table.columns)
  const fullForm = formOf(table, table.columns, encoders)
  return {
    table,
    setOf: columnSetReader(table.columns),
    form(set) {
      if (set === full) return fullForm
      const known = forms.get(set)
      if (known) return known
      const form = formOf(table, columnsOf(table.columns, set), encoders)
      if (forms.size === maxForms) forms.clear()
      forms.set(set, form)
      return form
    },
  }
}

function formOf(table: SqlTable, names: readonly string[], encoders: ReadonlyMap<string, Encoder>): RowForm {
  const texts = new Map<number, string>()
  return {
    columns: names.map((name) => ({ name, encoder: encoders.get(name) as Encoder })),
    rowCounts: rowCounts(names.length),
    text(rows) {
      let text = texts.get(rows)
      if (text === undefined) {
        text = statementText(table, { columns: names, rows })
        texts.set(rows, text)
      }
      return text
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

function encodersOf(
  table: SqlTable,
  description: TableDescription | undefined,
): ReadonlyMap<string, Encoder> {
  if (!description) return refuse(table, 'there is no such table in the database')
  if (description.kind === 'view') return refuse(table, 'it is a view; rows go into tables only')
  const found = new Map(description.columns.map((column) => [folded(column.name), column]))
  const encoders = new Map<string, Encoder>()
  for (const name of table.columns) {
    const column = found.get(folded(name))
    if (!column) return refuse(table, `the table has no column ${name}`)
    if (column.generated) return refuse(table, `column ${name} is generated and cannot be written`)
    const encoder = encoderOf({ type: column.type, strict: description.strict }, table.types?.[name])
    if (typeof encoder === 'string') return refuse(table, `column ${name}: ${encoder}`)
    encoders.set(name, encoder)
  }
  if (new Set(table.columns.map(folded)).size !== table.columns.length)
    return refuse(table, 'two of its columns differ only in case, which SQLite does not tell apart')
  checkConflictColumns(table, description)
  return encoders
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
