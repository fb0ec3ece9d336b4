import { type MysqlDriverError, statementOf } from './driver-error.ts'
import type { TablePlan } from './plan.ts'
import type { Bound } from './types/index.ts'

type Row = Readonly<Record<string, unknown>>

/** Errors whose message ends with the row's number in the statement, in whatever language it is. */
const numbered = new Set([1264, 1265, 1292, 1366, 1367, 1406, 1411])

/** The place in the batch of the row that an error is about, where the server says so: by its number, else by the key or
 * the column that it quotes. A guess: the search tries that row on its own. */
export function hintOf(error: MysqlDriverError, plan: TablePlan, rows: readonly Row[]): number | undefined {
  const indices = statementOf(error)?.rows
  const { errno, original } = error
  const { message } = original as { readonly message?: unknown }
  if (indices === undefined || errno === undefined || typeof message !== 'string') return undefined
  if (numbered.has(errno)) {
    const number = /(\d+)\D*$/.exec(message)?.[1]
    return number === undefined ? undefined : indices[Number(number) - 1]
  }
  if (errno === 1062) return rowWithKey(message, error.key, { plan, rows, indices })
  if (errno === 1048) {
    const column = /'([^']+)'/.exec(message)?.[1]
    return column === undefined ? undefined : indices.find((index) => rows[index]?.[column] === null)
  }
  return undefined
}

interface Sent {
  readonly plan: TablePlan
  readonly rows: readonly Row[]
  readonly indices: readonly number[]
}

/** `Duplicate entry '1-x' for key …`. The last such row: of two with one key the earlier one is to be written. */
function rowWithKey(
  message: string,
  name: string | undefined,
  { plan, rows, indices }: Sent,
): number | undefined {
  const entry = /'(.*)'[^']*'[^']+'[^']*$/s.exec(message)?.[1]
  const key = plan.uniqueKeys.find((known) => known.name === name)
  if (entry === undefined || key === undefined) return undefined
  const { columns } = plan.form(plan.setOf(rows[indices[0] ?? 0] ?? {}))
  const parts = key.columns.map((wanted) => columns.find((column) => column.name === wanted))
  return indices.findLast((index) => {
    const texts = parts.map((column) => {
      const value = column === undefined ? undefined : rows[index]?.[column.name]
      if (column === undefined || value === null || value === undefined) return ''
      return textOf(column.encoder.encode(value))
    })
    return texts.join('-') === entry
  })
}

function textOf(value: Bound): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value)
}
