import { ColumnNode, ColumnUpdateNode, type OperationNode } from 'kysely'
import { conflictRules } from './conflict-rules.ts'
import type { ColumnRule, TableDefinition } from './definition.ts'
import { sql } from './statement-nodes.ts'

/** A column of the row that the database has, and of the row that is written. */
export interface ColumnValues {
  readonly stored: OperationNode
  readonly given: OperationNode
}

/** Gives the expression for the rule `merge` of a column: two JSON objects are joined at their top level, where the given
 * members win; a NULL that is given changes nothing; else the given document replaces the stored one. */
export type MergeOf = (column: string, values: ColumnValues) => OperationNode

/** The assignments of a conflict to those of its columns that the rows have, in the order of `present`.
 *
 * @throws RangeError when a column has the rule `merge` and the database has no expression for it */
export function columnChanges(
  table: TableDefinition,
  present: readonly string[],
  expressions: { readonly valuesOf: (column: string) => ColumnValues; readonly mergeOf: MergeOf | undefined },
): readonly ColumnUpdateNode[] {
  const rules = conflictRules(table)
  const { valuesOf, mergeOf } = expressions
  return present.flatMap((column) => {
    const rule = rules.get(column)
    if (rule === undefined) return []
    const values = valuesOf(column)
    const value = rule === 'merge' ? mergeOf?.(column, values) : changedValue(rule, values)
    if (value === undefined) throw new RangeError(`rule merge of column ${column} is not supported`)
    return [ColumnUpdateNode.create(ColumnNode.create(column), value)]
  })
}

/** The new value of a column. A NULL adds nothing and is never the largest or the smallest; what is given beside a stored
 * NULL is taken as it is. The other half of each rule is its value in memory, in `join-values.ts`. */
function changedValue(rule: Exclude<ColumnRule, 'merge'>, { stored, given }: ColumnValues): OperationNode {
  switch (rule) {
    case 'add':
      return sql`case when ${given} is null then ${stored} when ${stored} is null then ${given} else ${stored} + ${given} end`
    case 'max':
      return sql`case when ${stored} is null or ${given} > ${stored} then ${given} else ${stored} end`
    case 'min':
      return sql`case when ${stored} is null or ${given} < ${stored} then ${given} else ${stored} end`
    case 'coalesce':
      return sql`coalesce(${given}, ${stored})`
    case 'keep':
      return stored
    case 'overwrite':
      return given
  }
}
