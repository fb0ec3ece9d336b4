import { BatchFlowError } from '@batchflow/core'
import type { ColumnSet } from '@batchflow/sql'
import { constants } from 'node:buffer'
import { kindOf } from './kind-of.ts'
import { SqliteDriverError } from './driver-error.ts'
import { packColumn, tooLong } from './pack-column.ts'
import { batchTooLarge, type EncodedRows } from './protocol.ts'
import type { RowForm, TablePlan } from './table-plan.ts'

type Row = Readonly<Record<string, unknown>>

/** A batch ready for the worker, and the rows that are not in it. */
export interface EncodedBatch {
  readonly rows: EncodedRows
  /** Rows that were refused, by their index in the batch. */
  readonly refused: ReadonlyMap<number, BatchFlowError>
}

/** Encodes rows in their order, column by column. Those with a value that is refused are left out: then the others are
 * encoded again.
 *
 * @param options `maxTextLength`: characters that the texts of a batch may have together; as many as V8 puts into one
 * string. JSON can have several times the characters that its estimate allows for.
 * @throws SqliteDriverError classified as split, when they have more: its halves are tried instead. */
export function encodeRows(
  plan: TablePlan,
  rows: readonly Row[],
  { maxTextLength = constants.MAX_STRING_LENGTH }: { readonly maxTextLength?: number } = {},
): EncodedBatch {
  const refused = new Map<number, BatchFlowError>()
  let left = plan.hasInheritedNames ? rows.map(withoutPrototype) : rows
  let places: readonly number[] | undefined
  for (;;) {
    const before = refused.size
    const encoded = encodeColumns(plan, left, maxTextLength, (index, message) => {
      const place = places?.[index] ?? index
      if (!refused.has(place)) refused.set(place, new BatchFlowError('BATCHFLOW_INVALID_ROW', message))
    })
    if (refused.size === before) return { rows: encoded, refused }
    const kept = [...left.keys()].filter((index) => !refused.has(places?.[index] ?? index))
    left = kept.map((index) => left[index] as Row)
    places = kept.map((index) => places?.[index] ?? index)
  }
}

/** A row that lacks a column named like what every object inherits would seem to have it. */
function withoutPrototype(row: Row): Row {
  return Object.assign(Object.create(null) as object, row)
}

function encodeColumns(
  plan: TablePlan,
  rows: readonly Row[],
  maxTextLength: number,
  refuse: (row: number, message: string) => void,
): EncodedRows {
  const { name } = plan.table
  const runs = runsOf(plan, rows, (index) =>
    refuse(index, `${name}: a row needs at least one declared column`),
  )
  const cells = new Float64Array(rows.length * plan.columns.length)
  let textLength = maxTextLength
  const columns = plan.columns.map((column, place) => {
    const { encoder } = column
    const room = { cells, first: place * rows.length, textLength }
    const packed = packColumn(rows, column, room, (index) => {
      const kind = (encoder.kindOf ?? kindOf)(rows[index]?.[column.name])
      refuse(index, `${name}.${column.name} must be ${encoder.rule}, got ${kind}`)
    })
    if (packed === tooLong) throw tooLarge(name)
    if (typeof packed === 'string') textLength -= packed.length
    return packed
  })
  return { ...runs, values: { cells, columns } }
}

function tooLarge(table: string): SqliteDriverError {
  const message = `${table}: the texts of a batch must fit into one string, got more characters than that`
  return new SqliteDriverError({ name: 'RangeError', message, code: batchTooLarge })
}

/** Which rows have which form, in order. */
function runsOf(
  plan: TablePlan,
  rows: readonly Row[],
  refuseEmpty: (row: number) => void,
): Pick<EncodedRows, 'forms' | 'runs'> {
  const forms: RowForm[] = []
  const runs: number[] = []
  for (let begin = 0, end = 0; begin < rows.length; begin = end) {
    const set = plan.setOf(rows[begin] as Row)
    end = endOfRun(plan, rows, begin, set)
    const form = plan.form(set)
    if (form.columns.length === 0) for (let row = begin; row < end; row++) refuseEmpty(row)
    let place = forms.indexOf(form)
    if (place === -1) place = forms.push(form) - 1
    runs.push(place, end - begin)
  }
  return { forms: forms.map((form, place) => form.statements(longestRun(runs, place))), runs }
}

/** Where rows with other columns begin. */
function endOfRun(plan: TablePlan, rows: readonly Row[], begin: number, set: ColumnSet): number {
  let end = begin + 1
  while (end < rows.length && plan.setOf(rows[end] as Row) === set) end++
  return end
}

function longestRun(runs: readonly number[], form: number): number {
  let longest = 0
  for (let pair = 0; pair < runs.length; pair += 2)
    if (runs[pair] === form) longest = Math.max(longest, runs[pair + 1] as number)
  return longest
}
