import { BatchFlowError } from '@batchflow/core'
import {
  type ColumnSet,
  columnSetReader,
  columnsOf,
  conflictRules,
  fullColumnSet,
  type SqlTable,
} from '@batchflow/sql'
import type { ColumnDescription, TableDescription, UniqueKey } from './catalog.ts'
import { newRowOf } from './dialect.ts'
import type { PlannedColumn } from './planned-column.ts'
import { quoted } from './quote.ts'
import { type RowForm, rowForm } from './row-form.ts'
import { encoderOf } from './types/index.ts'
import type { ServerFacts } from './wire/server-facts.ts'

/** Column sets kept with their texts; merged rows can make more sets than a table admits. */
const maxForms = 64

/** Longer names are an error to the server. */
const maxNameCharacters = 64

/** How rows of one table are encoded and written, after a look at information_schema. */
export interface TablePlan {
  readonly table: SqlTable
  /** Columns of the conflict key; rows are sorted by them. Empty without a conflict policy. */
  readonly key: readonly PlannedColumn[]
  /** Unique indexes of the table, which errors name. */
  readonly uniqueKeys: readonly UniqueKey[]
  /** Every column of the table, for a look at what is stored. */
  readonly description: TableDescription
  setOf(row: Readonly<Record<string, unknown>>): ColumnSet
  form(set: ColumnSet): RowForm
}

/** Fits a table's definition to what the database says about it.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, classified as configuration, when they do not fit */
export function planTable(
  table: SqlTable,
  description: TableDescription | undefined,
  server: ServerFacts,
): TablePlan {
  checkPolicy(table)
  if (description === undefined) return refuse(table, 'there is no such table in the database')
  checkTable(table, description)
  const columns = plannedColumns(table, description, server)
  const options = { newRow: newRowOf(server), guarded: hasOtherKeys(table, description) }
  const planned = (name: string) => columns.get(name) as PlannedColumn & { readonly isTimestamp: boolean }
  const formOf = (set: ColumnSet) => rowForm(table, columnsOf(table.columns, set).map(planned), options)
  const full = fullColumnSet(table.columns)
  const fullForm = formOf(full)
  const forms = new Map<ColumnSet, RowForm>()
  return {
    table,
    key: (table.conflict?.columns ?? []).map(planned),
    uniqueKeys: description.keys,
    description,
    setOf: columnSetReader(table.columns),
    form(set) {
      if (set === full) return fullForm
      let form = forms.get(set)
      if (form === undefined) {
        form = formOf(set)
        if (forms.size === maxForms) forms.clear()
        forms.set(set, form)
      }
      return form
    },
  }
}

/** Refuses what MySQL has no statement for. */
function checkPolicy(table: SqlTable): void {
  const { conflict, returning } = table
  if (returning !== undefined) refuse(table, 'returning is not supported by the mysql driver')
  if (conflict?.where !== undefined) refuse(table, 'conflict.where is not supported by the mysql driver')
  for (const [column, rule] of conflictRules(table)) {
    if (rule === 'merge') refuse(table, `rule merge of column ${column} is not supported by the mysql driver`)
    if (rule === 'add' && conflict?.columns.includes(column) === true)
      refuse(table, `rule add of column ${column} would change its key`)
  }
  for (const name of [table.schema, table.name, ...table.columns])
    if (name !== undefined && (Array.from(name).length > maxNameCharacters || name.includes('\0')))
      refuse(
        table,
        `names must be of at most ${maxNameCharacters} characters without NUL, and one of its names is not`,
      )
}

function checkTable(table: SqlTable, description: TableDescription): void {
  const { kind, engine, isTransactional, hasTrigger, columns } = description
  if (kind !== 'BASE TABLE' && kind !== 'SYSTEM VERSIONED')
    refuse(table, 'it is no table that rows can be inserted into')
  if (!isTransactional)
    refuse(
      table,
      `its engine ${engine} has no transactions, so that a batch that fails would be written in part`,
    )
  checkKey(table, description)
  if (hasTrigger) return
  for (const column of columns)
    if (isOwed(column, table))
      refuse(table, `column ${column.name} is NOT NULL without a default, and is not among the columns`)
}

function isOwed({ name, notNull, hasDefault, generated }: ColumnDescription, table: SqlTable): boolean {
  return notNull && !hasDefault && !generated && !table.columns.includes(name)
}

function checkKey(table: SqlTable, { keys }: TableDescription): void {
  const wanted = table.conflict?.columns
  if (wanted === undefined || keys.some((key) => isKeyOf(key, wanted))) return
  refuse(
    table,
    'conflict.columns must be the primary key or a unique index (of whole columns), ' +
      `got ${wanted.join(', ')}`,
  )
}

function isKeyOf({ columns, isWhole }: UniqueKey, wanted: readonly string[]): boolean {
  return isWhole && columns.length === wanted.length && columns.every((name) => wanted.includes(name))
}

/** Whether a row could meet a stored one by another unique index. One that has all columns of the key, and more, finds only
 * rows that the key finds too; one with a column that counts up, and is not written, finds none. */
function hasOtherKeys(table: SqlTable, { keys, columns }: TableDescription): boolean {
  const { conflict } = table
  if (conflict === undefined) return false
  const isCounted = (name: string) =>
    !table.columns.includes(name) &&
    columns.some((column) => column.name === name && column.type.counts === true)
  return keys.some(
    (key) =>
      !key.columns.some(isCounted) &&
      !(key.isWhole && conflict.columns.every((name) => key.columns.includes(name))),
  )
}

function plannedColumns(
  table: SqlTable,
  description: TableDescription,
  server: ServerFacts,
): ReadonlyMap<string, PlannedColumn & { readonly isTimestamp: boolean }> {
  const found = new Map(description.columns.map((column) => [column.name, column]))
  const rules = {
    timestampOffset: server.flavour === 'mysql' ? ('+00:00' as const) : ('' as const),
    nullIsNow: server.nullIsNow,
    zeroIsNext: server.zeroIsNext,
  }
  return new Map(
    table.columns.map((name) => {
      const column = found.get(name)
      if (column === undefined) return refuse(table, `the table has no column ${name}`)
      if (column.generated) return refuse(table, `column ${name} is generated and cannot be written`)
      const given = table.types?.[name]
      const encoder = encoderOf({ ...column.type, notNull: column.notNull }, given, rules)
      if (typeof encoder === 'string') return refuse(table, `column ${name} ${encoder}`)
      return [name, { name, encoder, isTimestamp: column.type.name === 'timestamp' }]
    }),
  )
}

function refuse(table: SqlTable, problem: string): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_TARGET', `table ${quoted(table)}: ${problem}`)
}
