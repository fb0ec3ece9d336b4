import { insertStatement, type InsertForm, type SqlTable } from '@batchflow/sql'
import { SqliteQueryCompiler } from 'kysely'

/** Variables of one statement (SQLITE_MAX_VARIABLE_NUMBER since 3.32). */
const maxVariables = 32_766

/** Rows of one statement. Against one row a statement it is a third faster; with more the program that SQLite makes of it
 * no longer stays in the processor's caches, and a hundred take an eighth longer. */
const maxRowsPerStatement = 20

/** Rows of the statement for what is left of them. */
const remainderRows = 5

/** The row counts for which statements exist, the largest first: three texts write any number of rows. */
export function rowCounts(columns: number): readonly number[] {
  const largest = Math.min(maxRowsPerStatement, Math.floor(maxVariables / columns))
  return [...new Set([largest, Math.min(remainderRows, largest), 1])]
}

/** The text of an insert in SQLite's SQL. */
export function statementText(table: SqlTable, form: InsertForm): string {
  return insertStatement(new SqliteQueryCompiler(), table, form)
}
