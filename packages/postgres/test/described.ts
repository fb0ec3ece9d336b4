import type { ColumnDescription, TableDescription } from '../src/catalog.ts'

/** OIDs of PostgreSQL's own types. */
const oids = {
  boolean: 16,
  bigint: 20,
  integer: 23,
  text: 25,
  json: 114,
  real: 700,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
  'timestamp with time zone': 1184,
} as const

/** A column of a described table: its type, or more about it. `money` stands for a type without a binary form here. */
export type Described = keyof typeof oids | 'money' | 'integer[]' | ColumnDescription

export function columnOf(
  name: string,
  type: Exclude<Described, ColumnDescription>,
  more: Partial<ColumnDescription> = {},
): ColumnDescription {
  const oid = type === 'money' ? 790 : type === 'integer[]' ? 1007 : oids[type]
  const element = { oid: 23, name: 'integer', kind: 'b' }
  return {
    name,
    type: { oid, name: type, kind: 'b', ...(type === 'integer[]' && { element }) },
    declaredType: oid,
    notNull: false,
    generated: false,
    identity: '',
    ...more,
  }
}

/** What the catalogs would say of a table. */
export function described(
  columns: Readonly<Record<string, Described>>,
  more: Partial<TableDescription> = {},
): TableDescription {
  return {
    kind: 'r',
    schema: 'public',
    file: 16_384,
    rowSecurity: false,
    hasRules: false,
    watchesStatements: false,
    readsAsMeant: true,
    keys: [],
    columns: Object.entries(columns).map(([name, column]) =>
      typeof column === 'string' ? columnOf(name, column) : column,
    ),
    ...more,
  }
}
