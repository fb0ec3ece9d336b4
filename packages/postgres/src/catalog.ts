import type { SqlTable } from '@batchflow/sql'
import type { ColumnType } from './types/column-type.ts'
import { quoted } from './quote.ts'
import type { Session } from './wire/session.ts'

/** What the catalogs say about a table. */
export interface TableDescription {
  /** `r` table, `p` partitioned table, `v` view, `f` foreign table, … (pg_class.relkind). */
  readonly kind: string
  /** The schema in which the table was found. */
  readonly schema: string
  /** The number of its file, another one after each change of a type that rewrites it; 0 where it has none of its own. */
  readonly file: number
  /** Row-level security applies to this user: COPY is refused then. */
  readonly rowSecurity: boolean
  /** The session reads texts and NULLs in arrays as they are meant. */
  readonly readsAsMeant: boolean
  /** It has rewrite rules, or had some: COPY passes them by. */
  readonly hasRules: boolean
  /** At the end of a statement somebody looks at all of its rows: a trigger for each statement or behind each row, or a
   * foreign key from the table to itself. */
  readonly watchesStatements: boolean
  readonly columns: readonly ColumnDescription[]
  /** Unique indexes that ON CONFLICT can name, the primary key first. */
  readonly keys: readonly (readonly string[])[]
}

export interface ColumnDescription {
  readonly name: string
  readonly type: ColumnType
  /** OID of the type that it was declared with, a domain perhaps. */
  readonly declaredType: number
  readonly notNull: boolean
  /** The expression of its default, as SQL; an identity column's is the next number of its sequence. */
  readonly default?: string
  readonly generated: boolean
  /** Identity: `a` always, `d` by default, empty: none (pg_attribute.attidentity). */
  readonly identity: string
}

interface CatalogRow {
  readonly kind: string
  readonly schema: string
  readonly file: number
  readonly rowSecurity: boolean
  readonly hasRules: boolean
  readonly watchesStatements: boolean
  readonly readsAsMeant: boolean
  readonly columns: readonly {
    readonly name: string
    readonly type: number
    readonly notNull: boolean
    readonly default: string | null
    readonly generated: boolean
    readonly identity: string
  }[]
  readonly types: readonly {
    readonly oid: number
    readonly name: string
    readonly kind: string
    readonly base: number
    readonly element: number
    readonly delimiter: string
  }[]
  readonly keys: readonly (readonly string[])[]
}

/** One reading of a table: triggers and foreign keys of it and of its partitions (in `tgtype` 1 means for each row, 2 before,
 * 4 on INSERT), columns, the types that they lead to (of a domain its base, of an array its element), and the unique indexes
 * that a conflict can name: whole, immediate, without expressions and conditions. */
const catalogQuery = `
with recursive target as (
  select c.oid, c.relkind, c.relhasrules, n.nspname, row_security_active(c.oid) as row_security
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = pg_catalog.to_regclass($1)
), tree(oid) as (
  select oid from target union select relid from target cross join lateral pg_catalog.pg_partition_tree(target.oid)
), attribute as (
  select a.attname, a.atttypid, a.attnum, a.attnotnull, a.attidentity, a.attgenerated,
    pg_catalog.pg_get_expr(d.adbin, d.adrelid) as attdefault,
    pg_catalog.pg_get_serial_sequence($1, a.attname) as attsequence
  from target join pg_catalog.pg_attribute a on a.attrelid = target.oid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped
), type_oid(oid) as (
  select atttypid from attribute
  union
  select next.oid from type_oid
  join pg_catalog.pg_type t on t.oid = type_oid.oid
  cross join lateral (values (t.typbasetype), (t.typelem)) next(oid)
  where next.oid <> 0
)
select pg_catalog.json_build_object(
  'kind', target.relkind,
  'schema', target.nspname,
  'file', coalesce(pg_catalog.pg_relation_filenode(target.oid), 0)::bigint,
  'rowSecurity', target.row_security,
  'hasRules', target.relhasrules,
  'watchesStatements', exists (
    select from tree join pg_catalog.pg_trigger t on t.tgrelid = tree.oid
    where not t.tgisinternal and t.tgtype & 4 <> 0 and t.tgtype & 3 <> 3 and t.tgenabled <> 'D'
  ) or exists (
    select from tree join pg_catalog.pg_constraint k on k.conrelid = tree.oid
    where k.contype = 'f' and coalesce(pg_catalog.pg_partition_root(k.confrelid), k.confrelid)
      = coalesce(pg_catalog.pg_partition_root(target.oid), target.oid)
  ),
  'readsAsMeant', current_setting('array_nulls') = 'on' and current_setting('client_encoding') = 'UTF8',
  'columns', (
    select pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', attname, 'type', atttypid::bigint, 'notNull', attnotnull, 'generated', attgenerated <> '',
      'identity', attidentity,
      'default', case when attidentity <> '' then pg_catalog.format('nextval(%L)', attsequence) else attdefault end
    ) order by attnum) from attribute
  ),
  'types', (
    select pg_catalog.json_agg(pg_catalog.json_build_object(
      'oid', t.oid::bigint, 'name', pg_catalog.format_type(t.oid, -1), 'kind', t.typtype, 'base', t.typbasetype::bigint,
      'element', case when e.typarray = t.oid then e.oid::bigint else 0 end, 'delimiter', t.typdelim
    )) from type_oid join pg_catalog.pg_type t on t.oid = type_oid.oid
    left join pg_catalog.pg_type e on e.oid = t.typelem
  ),
  'keys', (
    select coalesce(pg_catalog.json_agg(key.columns order by key.is_primary desc, key.oid), '[]')
    from (
      select i.indexrelid as oid, i.indisprimary as is_primary,
        pg_catalog.json_agg(a.attname order by k.place) as columns
      from target join pg_catalog.pg_index i on i.indrelid = target.oid
      cross join lateral unnest(i.indkey) with ordinality as k(attnum, place)
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      where i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
        and k.place <= i.indnkeyatts
      group by i.indexrelid, i.indisprimary
    ) key
  )
)::pg_catalog.text as description
from target`

/** Reads what the catalogs say; undefined: there is no such table. */
export async function describeTable(
  session: Session,
  table: SqlTable,
): Promise<TableDescription | undefined> {
  const [answer] = await session.run([{ text: catalogQuery, values: [quoted(table)], returns: true }], {
    commits: false,
  })
  const row = answer?.rows[0]
  return row === undefined ? undefined : descriptionOf(JSON.parse(String(row['description'])) as CatalogRow)
}

function descriptionOf({ columns, types, ...rest }: CatalogRow): TableDescription {
  const typeOf = (oid: number): ColumnType => {
    const type = types.find((known) => known.oid === oid)
    if (type === undefined) throw new Error(`catalog: type ${oid} was not read`)
    if (type.kind === 'd') return typeOf(type.base)
    return {
      oid,
      name: type.name,
      kind: type.kind,
      delimiter: type.delimiter,
      ...(type.element !== 0 && { element: typeOf(type.element) }),
    }
  }
  return {
    ...rest,
    columns: columns.map((column) => ({
      name: column.name,
      type: typeOf(column.type),
      declaredType: column.type,
      notNull: column.notNull,
      generated: column.generated,
      identity: column.identity,
      ...(column.default !== null && { default: column.default }),
    })),
  }
}
