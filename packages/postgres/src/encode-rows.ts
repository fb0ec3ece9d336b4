import type { ColumnSet } from '@batchflow/sql'
import { columnArrays } from './column-arrays.ts'
import type { TablePlan } from './plan.ts'
import { type Members, refuse, type Refused } from './refused.ts'
import type { RowForm } from './row-form.ts'
import { sortByKey } from './sort-rows.ts'
import type { ByteWriter } from './types/index.ts'
import type { Statement } from './wire/session.ts'

type Row = Readonly<Record<string, unknown>>

/** Rows that go into one statement, or into a few of fixed size. */
export interface RowGroup {
  readonly form: RowForm
  /** Their places in the batch, in the order in which they are written. */
  readonly indices: readonly number[]
  readonly statements: readonly Statement[]
  /** Holds their parameters; goes back to the plan's writers when the statements are answered. */
  readonly writer?: ByteWriter
}

/** Encodes the rows at some places of a batch as inserts: sorted by key, one group for each set of columns. Rows that a
 * column does not take are left out and added to `refused`. */
export function encodeRows(
  plan: TablePlan,
  rows: readonly Row[],
  indices: readonly number[],
  refused: Refused,
): readonly RowGroup[] {
  const groups: RowGroup[] = []
  for (const wave of sortByKey(plan.key, rows, indices))
    for (const [set, members] of bySet(plan, rows, wave)) {
      const group = encodeGroup(plan, plan.form(set), { rows, indices: members, refused })
      if (group.indices.length > 0) groups.push(group)
    }
  return groups
}

/** Rows by the columns that they have; nearly always all of them in one. */
function bySet(
  plan: TablePlan,
  rows: readonly Row[],
  indices: readonly number[],
): ReadonlyMap<ColumnSet, readonly number[]> {
  const sets = new Map<ColumnSet, number[]>()
  let lastSet: ColumnSet | undefined
  let last: number[] = []
  for (const index of indices) {
    const set = plan.setOf(rows[index] as Row)
    if (set !== lastSet) {
      last = sets.get(set) ?? []
      sets.set(set, last)
      lastSet = set
    }
    last.push(index)
  }
  return sets
}

function encodeGroup(plan: TablePlan, form: RowForm, members: Members): RowGroup {
  const { indices, refused } = members
  const before = refused.size
  const group = form.rowCounts === undefined ? arrays(plan, form, members) : byValues(plan, form, members)
  if (refused.size === before) return group
  if (group.writer !== undefined) plan.writers.give(group.writer)
  // Their places in the arrays have to go.
  return encodeGroup(plan, form, { ...members, indices: indices.filter((index) => !refused.has(index)) })
}

function arrays(plan: TablePlan, form: RowForm, members: Members): RowGroup {
  const writer = plan.writers.take()
  const statement = {
    text: form.text,
    values: columnArrays(plan.table.name, form.columns, members, writer),
    ...(form.name !== undefined && { name: form.name }),
    ...(plan.returning && { returns: true }),
  }
  return { form, indices: members.indices, statements: [statement], writer }
}

function byValues(plan: TablePlan, form: RowForm, { rows, indices, refused }: Members): RowGroup {
  const statements: Statement[] = []
  let next = 0
  for (const count of form.rowCounts ?? [])
    for (; indices.length - next >= count; next += count) {
      const values = indices.slice(next, next + count).flatMap((index) =>
        form.columns.map(({ name, encoder }) => {
          const value = (rows[index] as Row)[name]
          if (value === undefined || value === null) return null
          try {
            return encoder.text(value)
          } catch (error) {
            refuse(plan.table.name, name, { index, error, refused })
            return null
          }
        }),
      )
      statements.push({ text: form.valuesText(count), values })
    }
  return { form, indices, statements }
}
