import type { ColumnRule, TableDefinition } from './definition.ts'
import { conflictRules } from './conflict-rules.ts'
import { assignOwn, generate, property } from './generated-code.ts'
import { joinsByRule } from './join-values.ts'
import { rowKeyOf } from './row-key.ts'

type Row = Readonly<Record<string, unknown>>
type Rules = ReadonlyMap<string, ColumnRule>

/** One row in place of two with the same key; `undefined`: no row can stand for both. */
export type Coalesce = (earlier: Row, later: Row) => Row | undefined

/** Gives the function that joins two snapshots with the same key into one that leaves the same in the database as both
 * in order would have, whatever is stored. It is absent where no two rows of the table can be joined, or the table says
 * that none shall. A row that is not joined goes with a later batch. */
export function coalesceOf(table: TableDefinition): Coalesce | undefined {
  const { conflict, coalesce } = table
  if (!conflict || coalesce === undefined || coalesce === false) return undefined
  // The condition looks at the stored row, which is not the same for the later one.
  if (conflict.where !== undefined) return undefined
  const rules = conflictRules(table)
  // A key that changes with each row leads the later one to another row.
  if (conflict.columns.some((column) => ['add', 'merge'].includes(rules.get(column) ?? 'keep')))
    return undefined
  const join = joinOf(table, rules)
  return join && whereKeysAreAlike(table, join)
}

function joinOf({ conflict, coalesce, columns }: TableDefinition, rules: Rules): Coalesce | undefined {
  const isPlain = [...rules.values()].every((rule) => rule === 'overwrite')
  // `first` drops the later row, which a sum or a maximum may not lose.
  if (coalesce === 'first') return isPlain ? (earlier) => earlier : undefined
  if (conflict?.strategy === 'ignore') return coalesce === 'last' ? (_, later) => later : (earlier) => earlier
  return columnWise(columns, rules)
}

/** Keys of columns with a type are equal for values that some databases tell apart (1 and '1', two spellings of an
 * instant), or of which they refuse one. That keeps such rows in order; joined are only those that are surely one. */
function whereKeysAreAlike({ conflict, types }: TableDefinition, join: Coalesce): Coalesce {
  const typed = conflict?.columns.filter((column) => types?.[column] !== undefined) ?? []
  if (typed.length === 0) return join
  const keyOf = rowKeyOf(typed)
  return (earlier, later) => (keyOf(earlier) === keyOf(later) ? join(earlier, later) : undefined)
}

function columnWise(columns: readonly string[], rules: Rules): Coalesce {
  const steps: string[] = []
  const members = columns.map((column, index) => {
    const name = JSON.stringify(column)
    const rule = rules.get(column)
    if (rule === undefined || rule === 'keep') return property(column, `earlier[${name}]`)
    if (rule === 'overwrite')
      return property(column, `later[${name}] !== undefined ? later[${name}] : earlier[${name}]`)
    steps.push(`let v${index} = earlier[${name}];
      if (later[${name}] !== undefined) {
        if (v${index} !== undefined) v${index} = ${rule}(v${index}, later[${name}]);
        if (v${index} === undefined) return undefined;
      }`)
    return property(column, `v${index}`)
  })
  const code = `function (earlier, later) { ${steps.join('\n')} return { ${members.join(', ')} } }`
  return generate<Coalesce>(joinsByRule, code) ?? coalesceLoop(columns, rules)
}

/** The column-wise function without generated code. */
export function coalesceLoop(columns: readonly string[], rules: Rules): Coalesce {
  return (earlier, later) => {
    const row: Record<string, unknown> = {}
    for (const column of columns) {
      const given = later[column]
      const value = given === undefined ? earlier[column] : joined(rules.get(column), earlier[column], given)
      if (value === undefined && given !== undefined && rules.has(column)) return undefined
      assignOwn(row, column, value)
    }
    return row
  }
}

/** A column that the earlier row lacks is the database's default after it, which only `overwrite` can do without. */
function joined(rule: ColumnRule | undefined, earlier: unknown, later: unknown): unknown {
  if (rule === undefined || rule === 'keep') return earlier
  if (rule === 'overwrite') return later
  return earlier === undefined ? undefined : joinsByRule[rule](earlier, later)
}
