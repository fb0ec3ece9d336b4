import type { SqlTable } from '@batchflow/sql'
import { type ColumnType, literalOf } from './types/index.ts'
import type { Session, Statement } from './wire/session.ts'

/** What information_schema says about a table. */
export interface TableDescription {
  /** `BASE TABLE`, `VIEW`, … */
  readonly kind: string
  /** Its storage engine; empty for a view. */
  readonly engine: string
  /** The engine has transactions and savepoints. */
  readonly isTransactional: boolean
  /** A BEFORE INSERT trigger may give values to columns that rows lack. */
  readonly hasTrigger: boolean
  readonly columns: readonly ColumnDescription[]
  /** Unique indexes, the primary key first. */
  readonly keys: readonly UniqueKey[]
}

export interface ColumnDescription {
  readonly name: string
  readonly type: ColumnType
  readonly notNull: boolean
  readonly hasDefault: boolean
  readonly generated: boolean
}

export interface UniqueKey {
  readonly name: string
  readonly columns: readonly string[]
  /** Of whole columns: neither of their beginnings only, nor of expressions. */
  readonly isWhole: boolean
}

type CatalogRow = Readonly<Record<string, unknown>>

/** Reads what information_schema says; undefined: there is no such table. */
export async function describeTable(
  session: Session,
  table: SqlTable,
): Promise<TableDescription | undefined> {
  const { flavour, hasCasedNames } = session.server
  const isMeant = (row: CatalogRow) => !hasCasedNames || text(row, 'table_name') === table.name
  const read = async (statement: Statement) => {
    const [answer] = await session.run([statement], { commits: false })
    return answer?.rows.filter(isMeant) ?? []
  }
  const [itself] = await read(tableQuery(table))
  if (itself === undefined) return undefined
  const jsonColumns = flavour === 'mariadb' ? await read(jsonQuery(table)) : []
  return {
    kind: text(itself, 'table_type'),
    engine: text(itself, 'engine'),
    isTransactional: text(itself, 'transactions') === 'YES' && text(itself, 'savepoints') === 'YES',
    hasTrigger: (await read(triggerQuery(table))).length > 0,
    columns: columnsOf(
      await read(columnQuery(table)),
      new Set(jsonColumns.map((row) => text(row, 'clause'))),
    ),
    keys: keysOf(await read(keyQuery(table))),
  }
}

// Every column is named by an alias: MySQL 8 gives them names in capitals else.

function tableQuery(table: SqlTable): Statement {
  return {
    text:
      'select t.table_name as table_name, t.table_type as table_type, t.engine as engine, ' +
      'e.transactions as transactions, e.savepoints as savepoints from information_schema.tables t ' +
      `left join information_schema.engines e on e.engine = t.engine where ${isTable(table, 't.table_schema', 't.table_name')}`,
  }
}

function columnQuery(table: SqlTable): Statement {
  return {
    text:
      'select table_name as table_name, column_name as name, data_type as type, column_type as declared, ' +
      'is_nullable as nullable, column_default as default_value, extra as extra, ' +
      'character_maximum_length as characters, character_octet_length as bytes, numeric_precision as digits, ' +
      'datetime_precision as fraction, character_set_name as charset, collation_name as collation_name ' +
      `from information_schema.columns where ${isTable(table)} order by ordinal_position`,
  }
}

function keyQuery(table: SqlTable): Statement {
  return {
    text:
      'select table_name as table_name, index_name as name, column_name as column_name, sub_part as sub_part ' +
      `from information_schema.statistics where non_unique = 0 and ${isTable(table)} ` +
      `order by index_name <> 'PRIMARY', index_name, seq_in_index`,
  }
}

/** MariaDB's JSON is LONGTEXT with this check. */
function jsonQuery(table: SqlTable): Statement {
  return {
    text:
      'select table_name as table_name, check_clause as clause from information_schema.check_constraints ' +
      `where ${isTable(table, 'constraint_schema')} and check_clause like 'json_valid(%'`,
  }
}

function triggerQuery(table: SqlTable): Statement {
  return {
    text:
      'select event_object_table as table_name from information_schema.triggers ' +
      `where ${isTable(table, 'event_object_schema', 'event_object_table')} ` +
      `and action_timing = 'BEFORE' and event_manipulation = 'INSERT'`,
  }
}

function isTable(
  { schema, name }: SqlTable,
  schemaColumn = 'table_schema',
  nameColumn = 'table_name',
): string {
  const wanted = schema === undefined ? 'database()' : literalOf(schema)
  return `${schemaColumn} = ${wanted} and ${nameColumn} = ${literalOf(name)}`
}

function columnsOf(
  rows: readonly CatalogRow[],
  jsonClauses: ReadonlySet<string>,
): readonly ColumnDescription[] {
  return rows.map((row) => {
    const name = text(row, 'name')
    const extra = text(row, 'extra').toLowerCase()
    const counts = extra.includes('auto_increment')
    const isJson = jsonClauses.has(`json_valid(\`${name.replaceAll('`', '``')}\`)`)
    const type = isJson ? 'json' : text(row, 'type').toLowerCase()
    return {
      name,
      type: typeOf(row, type, counts),
      notNull: text(row, 'nullable') === 'NO',
      // The first label is the default of an ENUM that has no other.
      hasDefault: row['default_value'] !== null || counts || type === 'enum',
      generated: /(virtual|stored|persistent) generated/.test(extra),
    }
  })
}

function typeOf(row: CatalogRow, name: string, counts: boolean): ColumnType {
  const declared = text(row, 'declared')
  return {
    name,
    declared,
    ...(row['characters'] !== null && { maxCharacters: Number(row['characters']) }),
    ...(row['bytes'] !== null && { maxBytes: Number(row['bytes']) }),
    ...(name === 'bit' && { bits: Number(row['digits']) }),
    ...(row['fraction'] !== null && { fraction: Number(row['fraction']) }),
    ...(row['charset'] !== null && { charset: text(row, 'charset') }),
    ...(row['collation_name'] !== null && { collation: text(row, 'collation_name') }),
    counts,
  }
}

function keysOf(rows: readonly CatalogRow[]): readonly UniqueKey[] {
  const keys = new Map<string, CatalogRow[]>()
  for (const row of rows) {
    const name = text(row, 'name')
    keys.set(name, [...(keys.get(name) ?? []), row])
  }
  return [...keys].map(([name, parts]) => ({
    name,
    columns: parts.flatMap((part) => (part['column_name'] === null ? [] : [text(part, 'column_name')])),
    isWhole: parts.every((part) => part['column_name'] !== null && part['sub_part'] === null),
  }))
}

/** A text of information_schema, of which a client may make bytes; empty for NULL. */
function text(row: CatalogRow, name: string): string {
  const value = row[name]
  if (typeof value === 'string') return value
  return Buffer.isBuffer(value) ? value.toString('utf8') : ''
}
