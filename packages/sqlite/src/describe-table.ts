import type Database from 'better-sqlite3'
import type { ColumnDescription, TableDescription } from './protocol.ts'

/** Reads what SQLite knows of a table; undefined when there is none. SQLite compares names without regard to the case
 * of ASCII letters. */
export function describeTable(
  db: Database.Database,
  table: string,
  schema: string | undefined,
): TableDescription | undefined {
  const found = db
    .prepare(
      `select schema, name, type, strict from pragma_table_list where name = ? collate nocase
       and (? is null or schema = ? collate nocase)
       order by schema = 'temp' desc, schema = 'main' desc limit 1`,
    )
    .get(table, schema ?? null, schema ?? null) as
    { schema: string; name: string; type: string; strict: number } | undefined
  if (!found) return undefined
  const columns = db
    .prepare('select name, type, hidden, pk from pragma_table_xinfo(?, ?)')
    .all(found.name, found.schema) as { name: string; type: string; hidden: number; pk: number }[]
  const primaryKey = columns.filter(({ pk }) => pk > 0).map(({ name }) => name)
  return {
    kind: found.type,
    strict: found.strict === 1,
    // hidden: 2 and 3 are generated columns, 1 is a hidden one of a virtual table, which can be written.
    columns: columns.map(({ name, type, hidden }): ColumnDescription => ({
      name,
      type,
      generated: hidden >= 2,
    })),
    keys: [...(primaryKey.length > 0 ? [primaryKey] : []), ...uniqueIndexes(db, found)],
  }
}

/** Partial indexes and those over expressions cannot be named by a list of columns. */
function uniqueIndexes(
  db: Database.Database,
  table: { readonly schema: string; readonly name: string },
): readonly (readonly string[])[] {
  const indexes = db
    .prepare('select name from pragma_index_list(?, ?) where "unique" = 1 and partial = 0')
    .all(table.name, table.schema) as { name: string }[]
  const columns = db.prepare('select name from pragma_index_info(?, ?) order by seqno')
  return indexes
    .map(({ name }) => (columns.all(name, table.schema) as { name: string | null }[]).map((row) => row.name))
    .filter((names): names is string[] => names.every((name) => name !== null))
}
