import type { SqlTable } from '@batchflow/sql'
import { type InsertOptions, insertText } from './dialect.ts'
import type { PlannedColumn } from './planned-column.ts'
import { UsualCounts } from './usual-counts.ts'

/** Placeholders of one statement: their number is two bytes on the wire. */
const maxPlaceholders = 65_535

/** Texts kept of one form: those of its usual numbers of rows, and some for parts of batches. */
const maxTexts = 8

/** What rows with the same columns have in common. */
export interface RowForm {
  readonly columns: readonly PlannedColumn[]
  /** The types of one row's parameters. */
  readonly types: readonly number[]
  /** What stands before and behind the rows. */
  readonly head: string
  readonly tail: string
  /** The most rows of one prepared statement. */
  readonly maxRows: number
  /** It has a TIMESTAMP among its columns. */
  readonly hasTimestamps: boolean
  /** Which numbers of rows are worth a prepared statement. */
  readonly counts: UsualCounts
  /** The statement for so many rows, with a placeholder per value, behind what stands before it. */
  readonly text: (rows: number, scope?: string) => string
}

export function rowForm(
  table: SqlTable,
  columns: readonly (PlannedColumn & { readonly isTimestamp: boolean })[],
  options: InsertOptions,
): RowForm {
  const { head, row, tail } = insertText(
    table,
    columns.map(({ name }) => name),
    options,
  )
  const texts = new Map<string, string>()
  return {
    columns,
    types: columns.map(({ encoder }) => encoder.binding.type),
    head,
    tail,
    maxRows: Math.floor(maxPlaceholders / columns.length),
    hasTimestamps: columns.some(({ isTimestamp }) => isTimestamp),
    counts: new UsualCounts(),
    text(rows, scope = '') {
      const key = `${scope}${rows}`
      let text = texts.get(key)
      if (text === undefined) {
        text = `${scope}${head}${Array<string>(rows).fill(row).join(', ')}${tail}`
        if (texts.size === maxTexts) texts.clear()
        texts.set(key, text)
      }
      return text
    },
  }
}
