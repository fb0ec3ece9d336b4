import type { ColumnRule, TableDefinition } from './definition.ts'

/** What a conflict does to each column that it changes, in the order of the table: one reading of `update` as a list,
 * `update` as rules, and `replace`. Columns that keep their value are not in it; `ignore` changes none. */
export function conflictRules(table: TableDefinition): ReadonlyMap<string, ColumnRule> {
  const { conflict, columns } = table
  const changed = new Map<string, ColumnRule>()
  if (!conflict || conflict.strategy === 'ignore') return changed
  for (const column of columns) {
    const rule = ruleOf(
      conflict.strategy === 'update' ? conflict.update : undefined,
      column,
      conflict.columns,
    )
    if (rule !== undefined && rule !== 'keep') changed.set(column, rule)
  }
  return changed
}

function ruleOf(
  update: readonly string[] | { readonly [column: string]: ColumnRule | undefined } | undefined,
  column: string,
  keys: readonly string[],
): ColumnRule | undefined {
  if (update === undefined) return keys.includes(column) ? undefined : 'overwrite'
  if (Array.isArray(update)) return update.includes(column) ? 'overwrite' : undefined
  return (update as { readonly [column: string]: ColumnRule | undefined })[column]
}
