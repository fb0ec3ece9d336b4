import { BatchFlowError } from '@batchflow/core'
import { generate, isInherited, readOwn } from './generated-code.ts'

/** Which of a table's columns a row has: a mask (bit i for column i) for up to 31 columns, a text of `0` and `1`
 * beyond. */
export type ColumnSet = number | string

/** The most column sets of one table: each has statements of its own, in our cache and in the database's. */
export const maxColumnSets = 16

/** Columns that fit into a mask without touching the sign bit. */
const maxMaskColumns = 31

/** The set of a row that has every column. */
export function fullColumnSet(columns: readonly string[]): ColumnSet {
  return columns.length <= maxMaskColumns ? 2 ** columns.length - 1 : '1'.repeat(columns.length)
}

/** The columns of a set, in the order of the table. */
export function columnsOf(columns: readonly string[], set: ColumnSet): readonly string[] {
  return columns.filter((_, index) =>
    typeof set === 'string' ? set[index] === '1' : (set & (1 << index)) !== 0,
  )
}

/** Code for the set of the columns in the variables `v0`, `v1`, … */
export function setExpression(columns: readonly string[]): string {
  return columns.length <= maxMaskColumns
    ? columns.map((_, index) => `(v${index} === undefined ? 0 : ${2 ** index})`).join(' | ')
    : columns.map((_, index) => `(v${index} === undefined ? '0' : '1')`).join(' + ')
}

/** The set of some values, by a loop; `values[i]` belongs to `columns[i]`. */
export function setOfValues(values: readonly unknown[]): ColumnSet {
  if (values.length > maxMaskColumns) return values.map((value) => (value === undefined ? '0' : '1')).join('')
  let set = 0
  for (let index = 0; index < values.length; index++) if (values[index] !== undefined) set |= 1 << index
  return set
}

/** Gives a function that says which columns a row has; cheap for a row that has all of them. */
export function columnSetReader(
  columns: readonly string[],
): (row: Readonly<Record<string, unknown>>) => ColumnSet {
  const reads = columns.map((column, index) => {
    const read = isInherited(column) ? readOwn(column) : `row[${JSON.stringify(column)}]`
    return `const v${index} = ${read};`
  })
  const complete = columns.map((_, index) => `v${index} !== undefined`).join(' && ')
  const full = JSON.stringify(fullColumnSet(columns))
  return (
    generate<(row: Readonly<Record<string, unknown>>) => ColumnSet>(
      { hasOwn: Object.hasOwn },
      `function (row) { ${reads.join(' ')} return ${complete} ? ${full} : ${setExpression(columns)} }`,
    ) ?? columnSetLoop(columns)
  )
}

/** {@link columnSetReader} without generated code. */
export function columnSetLoop(
  columns: readonly string[],
): (row: Readonly<Record<string, unknown>>) => ColumnSet {
  return (row) => setOfValues(columns.map((column) => (Object.hasOwn(row, column) ? row[column] : undefined)))
}

/** Admits the first {@link maxColumnSets} sets of a table and refuses every other, each time, so that a stray row
 * costs nobody else anything.
 *
 * Merging two rows can make a set that was never admitted; a driver's statement cache has a bound of its own. */
export function columnSetGate(table: string, columns: readonly string[]): (set: ColumnSet) => void {
  const admitted = new Set<ColumnSet>()
  return (set) => {
    if (admitted.has(set)) return
    if (columnsOf(columns, set).length === 0)
      throw new BatchFlowError('BATCHFLOW_INVALID_ROW', `${table}: a row needs at least one declared column`)
    if (admitted.size === maxColumnSets)
      throw new BatchFlowError(
        'BATCHFLOW_INVALID_ROW',
        `${table}: rows come in more than ${maxColumnSets} column sets; give every row the same columns, ` +
          `use missing: 'null', or define a second table`,
      )
    admitted.add(set)
  }
}
