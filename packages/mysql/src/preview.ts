import type { Preview } from '@batchflow/core'
import { columnSetReader, columnsOf, type SqlTable } from '@batchflow/sql'
import { createHash } from 'node:crypto'
import { insertText } from './dialect.ts'
import type { TablePlan } from './plan.ts'

type Row = Readonly<Record<string, unknown>>

/** What some rows of one form would be sent as. */
interface FormPreview {
  /** The statement for so many rows. */
  readonly text: (rows: number) => string
  readonly values: unknown[]
  rows: number
}

/** The statements for some rows of a table that was looked at: one for each set of columns, with placeholders, as if there
 * were no limit to its size. The fingerprint covers the texts for one row, whatever the rows. */
export function previewRows(plan: TablePlan, rows: readonly Row[], withValues: boolean): Preview {
  const forms = new Map<unknown, FormPreview>()
  for (const row of rows) {
    const { columns, text } = plan.form(plan.setOf(row))
    const values = columns.map(({ name, encoder }) => {
      const value = row[name]
      return value === undefined || value === null ? null : encoder.encode(value)
    })
    add(forms, plan.setOf(row), { text, values })
  }
  return previewOf(plan.table, [...forms.values()], { rows: rows.length, withValues })
}

/** Before the database was asked, neither the types of the columns nor the server's kind is known: the text is MariaDB's,
 * the values are as they came. */
export function previewUnseen(table: SqlTable, rows: readonly Row[], withValues: boolean): Preview {
  const setOf = columnSetReader(table.columns)
  const forms = new Map<unknown, FormPreview>()
  for (const row of rows) {
    const columns = columnsOf(table.columns, setOf(row))
    const insert = insertText(table, columns, { newRow: 'values', guarded: false })
    const text = (count: number) =>
      `${insert.head}${Array<string>(count).fill(insert.row).join(', ')}${insert.tail}`
    add(forms, setOf(row), { text, values: columns.map((name) => row[name]) })
  }
  return previewOf(table, [...forms.values()], { rows: rows.length, withValues })
}

function add(
  forms: Map<unknown, FormPreview>,
  set: unknown,
  row: Pick<FormPreview, 'text' | 'values'>,
): void {
  const form = forms.get(set)
  if (form === undefined) forms.set(set, { ...row, rows: 1 })
  else {
    form.values.push(...row.values)
    form.rows++
  }
}

function previewOf(
  table: SqlTable,
  forms: readonly FormPreview[],
  { rows, withValues }: { readonly rows: number; readonly withValues: boolean },
): Preview {
  const texts = [...new Set(forms.map(({ text }) => text(1)))]
  return {
    statements: forms.map(({ text, values, rows: count }) => ({
      text: text(count),
      ...(withValues && { values }),
    })),
    fingerprint: createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16),
    rows,
    values: forms.reduce((sum, { values }) => sum + values.length, 0),
    ...(table.conflict && { conflictColumns: table.conflict.columns }),
  }
}
