import { mysqlInsertStatement, type SqlTable } from '@batchflow/sql'
import { quotedName } from './quote.ts'
import type { ServerFacts } from './wire/server-facts.ts'

/** An insert around its rows: `insert into … values (?, ?), (?, ?) on duplicate key update …`. */
export interface InsertText {
  /** What stands before the rows. */
  readonly head: string
  /** One row of placeholders. */
  readonly row: string
  /** What stands behind the rows: the conflict policy. */
  readonly tail: string
}

export interface InsertOptions {
  readonly newRow: 'alias' | 'values'
  /** The table has another unique index that a row could meet. */
  readonly guarded: boolean
}

/** The text of an insert of these columns, with the table's conflict policy. */
export function insertText(
  table: SqlTable,
  columns: readonly string[],
  { newRow, guarded }: InsertOptions,
): InsertText {
  const form = { columns, rows: 1, newRow }
  const { conflict, ...plainTable } = table
  const plain = mysqlInsertStatement(plainTable, form)
  const row = `(${columns.map(() => '?').join(', ')})`
  const head = plain.slice(0, plain.length - row.length)
  if (conflict === undefined) return { head, row, tail: '' }
  const tail = mysqlInsertStatement(table, form).slice(plain.length)
  return { head, row, tail: guarded ? guardedTail(table, tail) : tail }
}

const onConflict = ' on duplicate key update '

/** MySQL cannot be told which unique index is meant: the first that has a row like the new one names the row to change. The
 * first assignment therefore leaves the key of the right row as it is, and fails on the wrong one, by a subquery with two
 * rows where one can be: an error that nothing else in the statement raises, and that takes back all of it. */
function guardedTail(table: SqlTable, tail: string): string {
  const at = tail.indexOf(onConflict) + onConflict.length
  const alias = tail.slice(0, at - onConflict.length).replace(/^ as /, '')
  const [key = '', ...others] = table.conflict?.columns ?? []
  const stored = (name: string) => `${quotedName(table.name)}.${quotedName(name)}`
  const given = (name: string) =>
    alias === '' ? `values(${quotedName(name)})` : `${alias}.${quotedName(name)}`
  const same = [key, ...others].map((name) => `${stored(name)} <=> ${given(name)}`).join(' and ')
  const fails = `(select ${stored(key)} union all select ${stored(key)})`
  return `${tail.slice(0, at)}${quotedName(key)} = if(${same}, ${stored(key)}, ${fails}), ${tail.slice(at)}`
}

/** How a server names the new row where it meets a stored one. */
export function newRowOf({ flavour }: Pick<ServerFacts, 'flavour'>): 'alias' | 'values' {
  return flavour === 'mysql' ? 'alias' : 'values'
}
