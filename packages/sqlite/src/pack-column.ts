import type { Bound, PackedColumn } from './packed-values.ts'
import type { Encoder } from './types.ts'

type Row = Readonly<Record<string, unknown>>

/** A column of a table: its name, and how its values are encoded. */
export interface PlannedColumn {
  readonly name: string
  readonly encoder: Encoder
}

/** Texts that have no room. */
export const tooLong: unique symbol = Symbol('too long')

/** Where the numbers of a column go, and how long its texts may be together. */
export interface Room {
  readonly cells: Float64Array
  /** The column's first cell. */
  readonly first: number
  readonly textLength: number
}

/** Packs the values of one column, of the rows that have it. A column is expected to be of one kind; where it is not, the
 * next form is tried from its first row on, and the last one takes everything.
 *
 * @param refuse Is told of a row whose value the column does not take; what is packed is then of no use. */
export function packColumn(
  rows: readonly Row[],
  column: PlannedColumn,
  room: Room,
  refuse: (row: number) => void,
): PackedColumn | typeof tooLong {
  const asTheyAre = column.encoder.takesTexts === true ? packTexts(rows, column, room, true) : undefined
  if (asTheyAre === tooLong || (asTheyAre !== undefined && isPlain(asTheyAre))) return asTheyAre
  const texts = packTexts(rows, column, room, false)
  if (texts !== undefined) return texts
  return packNumbers(rows, column, room) ? undefined : packValues(rows, column, refuse)
}

/** @param asTheyAre Texts are not looked at one by one; the caller looks at all of them together. */
function packTexts(
  rows: readonly Row[],
  { name, encoder }: PlannedColumn,
  { cells, first, textLength }: Room,
  asTheyAre: boolean,
): string | typeof tooLong | undefined {
  let text = ''
  let cell = first
  for (const row of rows) {
    const value = row[name]
    if (value === undefined) continue
    const bound = asTheyAre && typeof value === 'string' ? value : encoder.encode(value)
    if (typeof bound === 'string') {
      if (text.length + bound.length > textLength) return tooLong
      cells[cell++] = bound.length
      text += bound
    } else if (bound === null) cells[cell++] = Number.NaN
    else return undefined
  }
  return text
}

const surrogate = /[\ud800-\udfff]/

/** Texts of which each is one that SQLite stores: without a NUL, and without half a character. One look at all of them
 * costs a fraction of a look at each; where there are surrogates, it does not say enough. */
function isPlain(texts: string): boolean {
  return !texts.includes('\0') && !surrogate.test(texts)
}

/** False: not all of them are numbers. */
function packNumbers(
  rows: readonly Row[],
  { name, encoder }: PlannedColumn,
  { cells, first }: Room,
): boolean {
  let cell = first
  for (const row of rows) {
    const value = row[name]
    if (value === undefined) continue
    const bound = encoder.encode(value)
    if (typeof bound === 'number') cells[cell++] = bound
    else if (bound === null) cells[cell++] = Number.NaN
    else return false
  }
  return true
}

function packValues(
  rows: readonly Row[],
  { name, encoder }: PlannedColumn,
  refuse: (row: number) => void,
): readonly Bound[] {
  const values: Bound[] = []
  for (const [index, row] of rows.entries()) {
    const value = row[name]
    if (value === undefined) continue
    const bound = encoder.encode(value)
    if (bound === undefined) refuse(index)
    else values.push(bound)
  }
  return values
}
