import type { OperationNode } from 'kysely'
import type { ColumnValues } from './changed-value.ts'
import { sql } from './statement-nodes.ts'

/** The rule `merge` in PostgreSQL's SQL, for a column of either JSON type. Written out because `||` alone makes arrays of
 * what are no objects, and NULL of NULL. A `json` column loses the spelling of a document that is merged (blanks, the
 * order of members), as `jsonb` always does.
 *
 * @example
 * ```ts
 * insertStatement(compiler, table, form, {
 *   mergeOf: (column, values) => mergeJsonb(values, typeOf(column)),
 * })
 * ``` */
export function mergeJsonb({ stored, given }: ColumnValues, type: 'json' | 'jsonb'): OperationNode {
  return type === 'jsonb'
    ? sql`case when ${given} is null then ${stored} when jsonb_typeof(${stored}) = 'object' and jsonb_typeof(${given}) = 'object' then ${stored} || ${given} else ${given} end`
    : sql`case when ${given} is null then ${stored} when json_typeof(${stored}) = 'object' and json_typeof(${given}) = 'object' then (${stored}::jsonb || ${given}::jsonb)::json else ${given} end`
}
