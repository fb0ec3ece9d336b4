import type { ColumnForm } from './encode-rows.ts'
import type { Row } from './row.ts'
import { assignOwn, untagged } from './tagged-value.ts'

/** Makes rows of the text that `encodeRows` wrote. A column that a row lacked is no property of it.
 *
 * @throws TypeError or SyntaxError when it is not such a text with so many rows */
export function decodeRows(text: string, count: number): readonly Row[] {
  const columns: unknown = JSON.parse(text)
  if (!Array.isArray(columns)) throw new TypeError('rows are not a list of columns')
  const rows = Array.from({ length: count }, (): Record<string, unknown> => ({}))
  for (const column of columns as readonly unknown[]) {
    const [name, form, values] = columnOf(column, count)
    const read = Object.hasOwn(readers, form) ? readers[form] : undefined
    if (form !== 'j' && read === undefined) throw new TypeError('a column has a form that is not known here')
    for (let index = 0; index < count; index++) {
      const value = values[index]
      const given = read === undefined || value === null ? value : read(value)
      if (given === undefined) continue
      const row = rows[index] as Record<string, unknown>
      if (name === '__proto__') assignOwn(row, name, given)
      else row[name] = given
    }
  }
  return rows
}

function columnOf(column: unknown, count: number): readonly [string, ColumnForm, readonly unknown[]] {
  if (!Array.isArray(column)) throw new TypeError('a column is not a list')
  const [name, form, values] = column as readonly unknown[]
  if (
    typeof name !== 'string' ||
    typeof form !== 'string' ||
    !Array.isArray(values) ||
    values.length !== count
  )
    throw new TypeError('a column is not its name, its form and a value per row')
  return [name, form as ColumnForm, values]
}

const readers: Readonly<Partial<Record<ColumnForm, (value: unknown) => unknown>>> = {
  d: (value) => {
    if (typeof value !== 'number') throw new TypeError('a date is not a number of milliseconds')
    return new Date(value)
  },
  n: (value) => BigInt(value as string),
  b: (value) => Buffer.from(value as string, 'base64'),
  v: untagged,
}
