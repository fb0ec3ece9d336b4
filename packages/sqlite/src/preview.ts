import type { Preview } from '@batchflow/core'
import { columnSetReader, columnsOf, type SqlTable } from '@batchflow/sql'
import { createHash } from 'node:crypto'
import { rowCounts, statementText } from './dialect.ts'

type Row = Readonly<Record<string, unknown>>

/** The statements for some rows, in the order in which they are run; a batch is first tried with `INSERT OR ROLLBACK` in the
 * place of `INSERT`. The fingerprint covers the table, the mode and the column sets, whatever the number of rows. Values are
 * those of the rows, before encoding. */
export function previewRows(table: SqlTable, rows: readonly Row[], withValues: boolean): Preview {
  const setOf = columnSetReader(table.columns)
  const sets = rows.map(setOf)
  const statements: { readonly text: string; readonly values?: readonly unknown[] }[] = []
  const rowTexts = new Set<string>()
  let values = 0
  for (let first = 0; first < rows.length;) {
    const columns = columnsOf(table.columns, sets[first] ?? 0)
    let end = first
    while (end < rows.length && sets[end] === sets[first]) end++
    rowTexts.add(statementText(table, { columns, rows: 1 }))
    for (const count of rowCounts(columns.length)) {
      for (; end - first >= count; first += count) {
        const part = rows.slice(first, first + count)
        const text = statementText(table, { columns, rows: count })
        statements.push(
          withValues
            ? { text, values: part.flatMap((row) => columns.map((column) => row[column])) }
            : { text },
        )
        values += count * columns.length
      }
    }
  }
  const fingerprint = createHash('sha256')
    .update([...rowTexts].join('\n'))
    .digest('hex')
    .slice(0, 16)
  return {
    statements,
    fingerprint,
    rows: rows.length,
    values,
    ...(table.conflict && { conflictColumns: table.conflict.columns }),
  }
}
