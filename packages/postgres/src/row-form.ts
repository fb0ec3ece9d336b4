import type { SqlTable } from '@batchflow/sql'
import { createHash } from 'node:crypto'
import { copyText, fileCheck, typeCheck, unnestText, valuesText } from './dialect.ts'
import type { PlannedColumn } from './planned-column.ts'
import type { ReturningPlan } from './returning.ts'

/** Parameters of one statement: their number is two bytes on the wire. */
const maxParameters = 65_535

/** What rows with the same columns have in common. */
export interface RowForm {
  readonly columns: readonly PlannedColumn[]
  /** The statement for rows given as one array per column, whatever their number. */
  readonly text: string
  /** Its name, where statements are prepared. */
  readonly name?: string
  /** The COPY statement, where these columns can be copied. */
  readonly copyText?: string
  /** Fails when a column has changed its type since the table was looked at. */
  readonly typeCheck: string
  /** Fails when a column has come to read COPY's bytes in another way. */
  readonly copyCheck: string
  /** Row counts of the statements that have a parameter per value, the largest first; absent: the columns go as arrays. */
  readonly rowCounts?: readonly number[]
  /** The statement for one of those counts. */
  valuesText(rows: number): string
}

export interface RowFormOptions {
  /** Where the table was found. */
  readonly schema: string
  readonly file: number
  readonly mayCopy: boolean
  readonly byValues: boolean
  readonly prepared: boolean
  readonly returning: ReturningPlan | undefined
}

export function rowForm(
  table: SqlTable,
  columns: readonly PlannedColumn[],
  { schema, file, mayCopy, byValues, prepared, returning }: RowFormOptions,
): RowForm {
  const text = returning ? returning.text(columns) : unnestText(table, columns)
  const types = typeCheck({ schema, name: table.name }, columns)
  const texts = new Map<number, string>()
  return {
    columns,
    text,
    typeCheck: types,
    copyCheck: file === 0 ? types : fileCheck({ schema, name: table.name }, file),
    ...(prepared && { name: nameOf(text) }),
    ...(mayCopy &&
      columns.every(({ encoder }) => encoder.binary !== undefined) && { copyText: copyText(table, columns) }),
    ...(byValues && returning === undefined && { rowCounts: rowCounts(columns.length) }),
    valuesText(rows) {
      let known = texts.get(rows)
      if (known === undefined) {
        known = valuesText(table, columns, rows)
        texts.set(rows, known)
      }
      return known
    },
  }
}

/** Three texts write any number of rows. */
function rowCounts(columns: number): readonly number[] {
  const largest = Math.min(100, Math.floor(maxParameters / columns))
  return [...new Set([largest, Math.min(10, largest), 1])]
}

/** Equal texts share a name, whatever flow or process they are from. */
function nameOf(text: string): string {
  return `batchflow_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
}
