/** A value in the form in which better-sqlite3 binds it. */
export type Bound = string | number | bigint | Uint8Array | null

/** The values of rows, column by column, in the form that crosses to the worker fastest: a string is copied, checked and made
 * once for a whole column, and a number takes no object of its own. */
export interface PackedValues {
  /** As many cells for each column as there are rows, used from the first on: its numbers, or the lengths of its texts. NaN
   * is NULL: no column takes a NaN, which SQLite itself would turn into NULL. */
  readonly cells: Float64Array
  readonly columns: readonly PackedColumn[]
}

/** The values of one column, of the rows that have it:
 *
 * - a string: all are texts or NULL; the texts, one after the other
 * - undefined: all are numbers or NULL
 * - an array: the values themselves */
export type PackedColumn = string | readonly Bound[] | undefined

/** Values of some consecutive rows, row by row. */
export interface RowValues {
  /** Places of their columns among those of the table. */
  readonly columns: readonly number[]
  /** As many as there are; filled column by column. */
  readonly values: Bound[]
}

/** Puts packed values into the places of all rows, which are given in their order. */
export function unpack({ cells, columns }: PackedValues, parts: readonly RowValues[]): void {
  const rows = cells.length / columns.length
  for (let column = 0; column < columns.length; column++) {
    const packed = columns[column]
    const room = { cells, cell: column * rows, column }
    if (typeof packed === 'string') unpackTexts(packed, room, parts)
    else if (packed === undefined) unpackNumbers(room, parts)
    else unpackValues(packed, column, parts)
  }
}

interface Cells {
  readonly cells: Float64Array
  /** The column's first one. */
  readonly cell: number
  readonly column: number
}

function unpackTexts(texts: string, { cells, cell, column }: Cells, parts: readonly RowValues[]): void {
  let next = cell
  let from = 0
  for (const { columns, values } of parts) {
    const place = columns.indexOf(column)
    if (place === -1) continue
    for (let at = place; at < values.length; at += columns.length) {
      const length = cells[next++] as number
      values[at] = Number.isNaN(length) ? null : texts.substring(from, (from += length))
    }
  }
}

function unpackNumbers({ cells, cell, column }: Cells, parts: readonly RowValues[]): void {
  let next = cell
  for (const { columns, values } of parts) {
    const place = columns.indexOf(column)
    if (place === -1) continue
    for (let at = place; at < values.length; at += columns.length) {
      const number = cells[next++] as number
      values[at] = Number.isNaN(number) ? null : number
    }
  }
}

function unpackValues(packed: readonly Bound[], column: number, parts: readonly RowValues[]): void {
  let next = 0
  for (const { columns, values } of parts) {
    const place = columns.indexOf(column)
    if (place === -1) continue
    for (let at = place; at < values.length; at += columns.length) values[at] = packed[next++] as Bound
  }
}
