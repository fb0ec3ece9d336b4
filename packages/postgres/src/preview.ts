import type { Preview } from '@batchflow/core'
import { createHash } from 'node:crypto'
import { columnSetReader, columnsOf, insertStatement, type SqlTable } from '@batchflow/sql'
import { PostgresQueryCompiler } from 'kysely'
import { copiesOf } from './encode-copy.ts'
import { encodeRows } from './encode-rows.ts'
import type { TablePlan } from './plan.ts'
import type { Refused } from './refused.ts'

type Row = Readonly<Record<string, unknown>>

/** The statements for some rows of a table that was looked at: arrays and COPY with the values of each column, as the rows
 * have them. The fingerprint covers the texts, whatever the rows. */
export function previewRows(plan: TablePlan, rows: readonly Row[], withValues: boolean): Preview {
  const refused: Refused = new Map()
  const groups = encodeRows(plan, rows, [...rows.keys()], refused)
  const statements = groups.flatMap(({ form, indices, statements: sent }): Preview['statements'] => {
    if (form.rowCounts !== undefined)
      return sent.map(({ text, values = [] }) => ({ text, ...(withValues && { values }) }))
    const valuesOf = (members: readonly number[]) =>
      withValues && { values: form.columns.map(({ name }) => members.map((index) => rows[index]?.[name])) }
    const { copyText } = form
    if (copyText === undefined || groups.length > 1) return [{ text: form.text, ...valuesOf(indices) }]
    const { count, size } = refused.size > 0 ? { count: 1, size: rows.length } : copiesOf(plan, rows.length)
    return Array.from({ length: count }, (_, copy) => ({
      text: copyText,
      ...valuesOf(indices.slice(copy * size, (copy + 1) * size)),
    }))
  })
  const values = groups.reduce((sum, { form, indices }) => sum + form.columns.length * indices.length, 0)
  return previewOf(plan.table, statements, { rows: rows.length, values })
}

/** Before the database was asked, the types of the columns are not known: one row's insert in its VALUES form, for each
 * set of columns. */
export function previewUnseen(table: SqlTable, rows: readonly Row[], withValues: boolean): Preview {
  const setOf = columnSetReader(table.columns)
  const bySet = groupedBy(rows, setOf)
  const compiler = new PostgresQueryCompiler()
  let values = 0
  const statements = [...bySet].map(([set, members]) => {
    const columns = columnsOf(table.columns, set)
    values += columns.length * members.length
    return {
      text: insertStatement(compiler, table, { columns, rows: 1 }),
      ...(withValues && { values: members.flatMap((row) => columns.map((column) => row[column])) }),
    }
  })
  return previewOf(table, statements, { rows: rows.length, values })
}

function previewOf(
  table: SqlTable,
  statements: Preview['statements'],
  counts: { readonly rows: number; readonly values: number },
): Preview {
  const texts = [...new Set(statements.map(({ text }) => text))]
  return {
    statements,
    fingerprint: createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16),
    ...counts,
    ...(table.conflict && { conflictColumns: table.conflict.columns }),
  }
}

function groupedBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
