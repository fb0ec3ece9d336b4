import { BatchFlowError } from '@batchflow/core'
import {
  type ColumnSet,
  columnSetReader,
  columnsOf,
  conflictRules,
  fullColumnSet,
  type SqlTable,
} from '@batchflow/sql'
import { ByteWriters } from './byte-writers.ts'
import type { ColumnDescription, TableDescription } from './catalog.ts'
import type { Strategy } from './options.ts'
import type { PlannedColumn } from './planned-column.ts'
import { quoted } from './quote.ts'
import { type ReturningPlan, returningPlan } from './returning.ts'
import { type RowForm, rowForm } from './row-form.ts'
import { encoderOf } from './types/index.ts'

/** Column sets kept with their texts; merged rows can make more sets than a table admits. */
const maxForms = 64

/** PostgreSQL cuts longer names off without a word (NAMEDATALEN - 1). */
const maxNameBytes = 63

/** How rows of one table are encoded and written, after a look at the catalogs. */
export interface TablePlan {
  readonly table: SqlTable
  /** Columns of the conflict key; rows are sorted by them. Empty without a conflict policy. */
  readonly key: readonly PlannedColumn[]
  readonly returning: ReturningPlan | undefined
  /** Somebody looks at all rows of a statement: those of a batch stay in one. */
  readonly watchesStatements: boolean
  readonly writers: ByteWriters
  /** When the types of its columns were last looked at, in milliseconds of `performance.now()`. */
  checkedAtMs: number
  setOf(row: Readonly<Record<string, unknown>>): ColumnSet
  form(set: ColumnSet): RowForm
}

/** What a plan depends on beside the table. */
export interface PlanOptions {
  readonly strategy: Strategy
  readonly prepared: boolean
  /** The driver speaks the protocol itself: COPY, and parameters in binary form. */
  readonly canCopy: boolean
}

/** Fits a table's definition to what the database says about it.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, classified as configuration, when they do not fit */
export function planTable(
  table: SqlTable,
  description: TableDescription | undefined,
  options: PlanOptions,
): TablePlan {
  if (description === undefined) return refuse(table, 'there is no such table in the database')
  const columns = plannedColumns(table, description, options)
  const returning = table.returning && returningPlan(table, description, (problem) => refuse(table, problem))
  const mayCopy =
    options.canCopy &&
    (options.strategy === 'auto' || options.strategy === 'copy') &&
    table.conflict === undefined &&
    returning === undefined &&
    !description.rowSecurity &&
    !description.hasRules &&
    (description.kind === 'r' || description.kind === 'p')
  const forms = new Map<ColumnSet, RowForm>()
  const formOptions = {
    schema: description.schema,
    file: description.file,
    mayCopy,
    byValues: options.strategy === 'values',
    prepared: options.prepared,
    returning,
  }
  const formOf = (set: ColumnSet) =>
    rowForm(
      table,
      columnsOf(table.columns, set).map((name) => columns.get(name) as PlannedColumn),
      formOptions,
    )
  const full = fullColumnSet(table.columns)
  const fullForm = formOf(full)
  return {
    table,
    key: (table.conflict?.columns ?? []).map((name) => columns.get(name) as PlannedColumn),
    returning,
    watchesStatements: description.watchesStatements,
    writers: new ByteWriters(),
    checkedAtMs: performance.now(),
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

function plannedColumns(
  table: SqlTable,
  description: TableDescription,
  { canCopy }: PlanOptions,
): ReadonlyMap<string, PlannedColumn> {
  checkNames(table)
  if (!description.readsAsMeant)
    return refuse(table, 'the connection must have array_nulls on and client_encoding UTF8')
  if (!'rpvf'.includes(description.kind))
    return refuse(table, 'it is no table that rows can be inserted into')
  const found = new Map(description.columns.map((column) => [column.name, column]))
  const columns = new Map<string, PlannedColumn>()
  for (const name of table.columns) {
    const column = found.get(name)
    if (column === undefined) return refuse(table, `the table has no column ${name}`)
    if (column.generated) return refuse(table, `column ${name} is generated and cannot be written`)
    if (column.identity === 'a')
      return refuse(table, `column ${name} is GENERATED ALWAYS AS IDENTITY and cannot be written`)
    const encoder = encoderOf(column.type)
    const isBinary = canCopy && encoder.binary !== undefined && encoder.castTo === undefined
    const { declaredType } = column
    columns.set(name, { name, encoder, declaredType, ...(isBinary && { binaryElement: column.type.oid }) })
  }
  for (const column of description.columns) if (isOwed(column, table)) refuse(table, owed(column))
  checkConflict(table, description)
  return columns
}

function checkNames(table: SqlTable): void {
  for (const name of [table.schema, table.name, ...table.columns, ...(table.returning ?? [])])
    if (name !== undefined && (Buffer.byteLength(name) > maxNameBytes || name.includes('\0')))
      refuse(table, `names must be of at most ${maxNameBytes} bytes without NUL, and one of its names is not`)
}

function isOwed(
  { name, notNull, default: value, generated, identity }: ColumnDescription,
  table: SqlTable,
): boolean {
  return notNull && value === undefined && !generated && identity === '' && !table.columns.includes(name)
}

function owed({ name }: ColumnDescription): string {
  return `column ${name} is NOT NULL without a default, and is not among the columns`
}

function checkConflict(table: SqlTable, { kind, keys }: TableDescription): void {
  const { conflict } = table
  if (conflict === undefined) return
  // Outside of texts and quoted names: a parameter would stand for an array of ours.
  if (/\$\d/.test((conflict.where ?? '').replaceAll(/'[^']*'|"[^"]*"/g, '')))
    refuse(table, 'conflict.where must not have parameters')
  // The rules apply to what is written; a view's or a foreign table's keys are elsewhere.
  if (kind === 'v') return
  const wanted = new Set(conflict.columns)
  if (!keys.some((key) => key.length === wanted.size && key.every((name) => wanted.has(name))))
    refuse(
      table,
      'conflict.columns must be the primary key or a unique index (immediate, without expressions and WHERE), ' +
        `got ${conflict.columns.join(', ')}`,
    )
  for (const [column, rule] of conflictRules(table))
    if (rule === 'add' && wanted.has(column))
      refuse(table, `rule add of column ${column} would change its key`)
}

function refuse(table: SqlTable, problem: string): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_TARGET', `table ${quoted(table)}: ${problem}`)
}
