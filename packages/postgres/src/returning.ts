import { insertStatement, type SqlTable } from '@batchflow/sql'
import { PostgresQueryCompiler } from 'kysely'
import type { ColumnDescription, TableDescription } from './catalog.ts'
import { insertDialect, selectList, unnestCall } from './dialect.ts'
import type { PlannedColumn } from './planned-column.ts'
import { quotedName } from './quote.ts'

/** The column that carries a row's place through the statement; 1 is the first. */
export const placeColumn = 'batchflow_place'

/** How written rows come back, each to the row that it was made of. */
export interface ReturningPlan {
  readonly columns: readonly string[]
  /** The statement for rows of some columns. */
  text(columns: readonly PlannedColumn[]): string
}

/** RETURNING promises no order, so a row is found again by a key: the conflict columns, or the primary key, whose
 * defaults (a sequence, as a rule) are then evaluated before the insert instead of by it. */
export function returningPlan(
  table: SqlTable,
  description: TableDescription,
  refuse: (problem: string) => never,
): ReturningPlan {
  const columns = table.returning ?? []
  const found = new Map(description.columns.map((column) => [column.name, column]))
  for (const name of columns)
    if (!found.has(name)) refuse(`returning names column ${name}, which the table does not have`)
  const key = table.conflict?.columns ?? description.keys[0]
  if (key === undefined)
    return refuse(
      'returning must have a primary key or conflict.columns to find rows by, and the table has neither',
    )
  const keyColumns = key.map((name) => found.get(name) as ColumnDescription)
  for (const column of keyColumns)
    if (!table.columns.includes(column.name) && column.default === undefined)
      refuse(
        `returning must find rows by ${key.join(', ')}, and column ${column.name} has neither value nor default`,
      )
  return {
    columns,
    text(written) {
      const isWritten = new Set(written.map(({ name }) => name))
      return returningText(table, {
        written,
        key,
        made: keyColumns.filter(({ name }) => !isWritten.has(name)),
      })
    },
  }
}

interface ReturningText {
  readonly written: readonly PlannedColumn[]
  readonly key: readonly string[]
  /** Columns of the key that the rows lack. */
  readonly made: readonly ColumnDescription[]
}

function returningText(table: SqlTable, { written, key, made }: ReturningText): string {
  const place = quotedName(placeColumn)
  const defaults = made.map((column) => `, ${column.default as string} as ${quotedName(column.name)}`)
  const names = [...written, ...made].map(({ name }) => name)
  const form = {
    columns: names,
    source: `select ${names.map(quotedName).join(', ')} from batchflow_input order by ${place}`,
    returning: [...new Set([...key, ...(table.returning ?? [])])],
    ...(made.some(({ identity }) => identity === 'a') && { overriding: 'system' as const }),
  }
  const insert = insertStatement(new PostgresQueryCompiler(), table, form, insertDialect(written))
  const same = key.map((name) => `w.${quotedName(name)} = i.${quotedName(name)}`).join(' and ')
  const returned = (table.returning ?? []).map((name) => `w.${quotedName(name)}`).join(', ')
  return (
    `with batchflow_input as materialized (select ${selectList(written)}${defaults.join('')}, u.${place} ` +
    `from ${unnestCall(written, place)}), batchflow_written as (${insert}) ` +
    `select i.${place}, ${returned} from batchflow_written w join batchflow_input i on ${same}`
  )
}
