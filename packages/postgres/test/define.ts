import { type SqlTable, type TableOptions, tableOf } from '@batchflow/postgres'

/** Rows of whatever a test puts into them. */
export type Cells = Readonly<Record<string, unknown>>

/** Defines a table whose columns and conflicts are made by the test, not written out. */
export function define(
  name: string,
  options: TableOptions<Record<string, unknown>, string>,
): SqlTable<Cells> {
  return tableOf<Record<string, unknown>>()(name, options) as SqlTable<Cells>
}
