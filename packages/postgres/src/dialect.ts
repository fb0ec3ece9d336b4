import { insertStatement, type InsertDialect, mergeJsonb, type SqlTable } from '@batchflow/sql'
import { PostgresQueryCompiler } from 'kysely'
import type { PlannedColumn } from './planned-column.ts'
import { type Qualified, quoted, quotedName, quotedText } from './quote.ts'

/** `INSERT … SELECT … FROM unnest($1::T1[], …)`: one text whatever the number of rows. */
export function unnestText(table: SqlTable, columns: readonly PlannedColumn[]): string {
  return insertText(table, columns, `select ${selectList(columns)} from ${unnestCall(columns)}`)
}

/** `INSERT … VALUES ($1, …), …`: a text for each number of rows. */
export function valuesText(table: SqlTable, columns: readonly PlannedColumn[], rows: number): string {
  return insertStatement(
    new PostgresQueryCompiler(),
    table,
    { columns: namesOf(columns), rows },
    insertDialect(columns),
  )
}

/** An insert of what `source` selects, with the table's conflict policy. */
function insertText(table: SqlTable, columns: readonly PlannedColumn[], source: string): string {
  return insertStatement(
    new PostgresQueryCompiler(),
    table,
    { columns: namesOf(columns), source },
    insertDialect(columns),
  )
}

/** How JSON documents are joined: as jsonb, whatever the column's own type. */
export function insertDialect(columns: readonly PlannedColumn[]): InsertDialect {
  const types = new Map(columns.map(({ name, encoder }) => [name, encoder.arrayOf]))
  return { mergeOf: (column, values) => mergeJsonb(values, types.get(column) === 'json' ? 'json' : 'jsonb') }
}

export function copyText(table: SqlTable, columns: readonly PlannedColumn[]): string {
  return `copy ${quoted(table)} (${namesOf(columns).map(quotedName).join(', ')}) from stdin (format binary)`
}

/** Fails when a column has another type than when its table was looked at. Behind an insert of the same transaction,
 * which keeps the table from being altered until its end. */
export function typeCheck(table: Qualified, columns: readonly PlannedColumn[]): string {
  const found = columns.map(
    ({ name }) => `pg_catalog.pg_typeof((null::${quoted(table)}).${quotedName(name)})`,
  )
  const known = columns.map(({ declaredType }) => declaredType)
  return failUnless(`array[${found.join(', ')}]::pg_catalog.oid[] = '{${known.join(',')}}'`)
}

/** The same behind a COPY, whose binary form has no types: an int4 that has become a float4 would take the bytes of the one
 * for the other. At a third of the cost, for a table that was not written anew since (TRUNCATE does that, too) has no
 * column that reads bytes in another way. */
export function fileCheck(table: Qualified, file: number): string {
  return failUnless(`pg_catalog.pg_relation_filenode(${quotedText(quoted(table))}) = ${file}`)
}

/** With 42P01: somebody has to look at the table again. */
function failUnless(condition: string): string {
  return (
    `select (case when ${condition} then 'pg_catalog.pg_class' ` +
    `else '"the type of a column has changed"' end)::pg_catalog.regclass`
  )
}

/** The arrays as a table `u`. The casts are to types without modifiers, which would cut long values off. */
export function unnestCall(columns: readonly PlannedColumn[], ordinality = ''): string {
  const arrays = columns.map(({ encoder }, index) => `$${index + 1}::${encoder.arrayOf}[]`)
  const names = columns.map(({ name }) => quotedName(name))
  return ordinality === ''
    ? `unnest(${arrays.join(', ')}) as u(${names.join(', ')})`
    : `unnest(${arrays.join(', ')}) with ordinality as u(${[...names, ordinality].join(', ')})`
}

/** The columns of `u`, cast where an array could not carry them as what they are. */
export function selectList(columns: readonly PlannedColumn[]): string {
  return columns
    .map(
      ({ name, encoder: { castTo } }) => `u.${quotedName(name)}${castTo === undefined ? '' : `::${castTo}`}`,
    )
    .join(', ')
}

function namesOf(columns: readonly { readonly name: string }[]): readonly string[] {
  return columns.map(({ name }) => name)
}
