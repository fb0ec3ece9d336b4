import { types } from 'node:util'
import { Prepared, type Row } from './row.ts'
import { base64, tagged } from './tagged-value.ts'

/** How the values of a column are written:
 *
 * - `j`: as JSON has them: strings, booleans, finite numbers
 * - `d`: Dates, as milliseconds
 * - `n`: bigints, as digits
 * - `b`: bytes, as base64
 * - `v`: anything, as {@link tagged} writes it; what a row lacks is an undefined here
 *
 * A null is a null in each of them. */
export type ColumnForm = 'j' | 'd' | 'n' | 'b' | 'v'

/** Rows of one target as one text: `[["id","j",[1,2]],["at","d",[1767225600000,null]]]`, a list per column. Against rows of
 * their own it takes a third of the time and of the bytes, because names and kinds are said once. */
export function encodeRows(rows: readonly Row[]): string {
  return JSON.stringify([...columnsOf(rows)].map((column) => encodeColumn(column, rows)))
}

function columnsOf(rows: readonly Row[]): ReadonlySet<string> {
  const columns = new Set<string>()
  for (const row of rows) for (const column in row) if (row[column] !== undefined) columns.add(column)
  return columns
}

function encodeColumn(
  column: string,
  rows: readonly Row[],
): readonly [string, ColumnForm, readonly unknown[]] {
  const values: unknown[] = new Array(rows.length)
  let form: ColumnForm | undefined
  for (let index = 0; index < rows.length; index++) {
    const value = (rows[index] as Row)[column]
    values[index] = value
    if (value === null || form === 'v') continue
    const own = formOf(value)
    if (form === undefined) form = own
    else if (form !== own) form = 'v'
  }
  return [column, form ?? 'j', form === undefined || form === 'j' ? values : values.map(writers[form])]
}

function formOf(value: unknown): ColumnForm {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return 'j'
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? 'j' : 'v'
    case 'bigint':
      return 'n'
    case 'object':
      if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'v' : 'd'
      return types.isUint8Array(value) ? 'b' : 'v'
    default:
      return 'v'
  }
}

const writers: Readonly<Record<Exclude<ColumnForm, 'j'>, (value: unknown) => unknown>> = {
  d: (value) => (value === null ? null : (value as Date).getTime()),
  n: (value) => (value === null ? null : `${value as bigint}`),
  b: (value) => (value === null ? null : base64(value as Uint8Array)),
  v: (value) =>
    Prepared.prototype.isPrototypeOf(value as object) ? (value as Prepared).form : tagged(value),
}
