import type { RowSemantics } from '@batchflow/core'
import { bytesOfColumns } from './bytes-of.ts'
import type { TableDefinition } from './definition.ts'
import { coalesceOf } from './coalesce.ts'
import { rowKeyOf } from './row-key.ts'
import { snapshotOf } from './snapshot.ts'

/** What the engine has to know of a table's rows: how they are copied, measured, keyed and joined. */
export function tableSemantics<Row>(table: TableDefinition): RowSemantics<Row> {
  const coalesce = coalesceOf(table)
  const semantics = {
    definition: definitionText(table),
    snapshot: snapshotOf(table),
    bytesOf: bytesOfColumns(table.columns),
    ...(table.conflict && { key: rowKeyOf(table.conflict.columns, table.types) }),
    ...(coalesce && { coalesce }),
  }
  // The functions work on records of columns; that those are `Row`s is what tableOf's type promises.
  return Object.freeze(semantics) as unknown as RowSemantics<Row>
}

/** A text that is equal for equal definitions, in whatever order their rules were written. */
function definitionText(table: TableDefinition): string {
  const { conflict } = table
  return JSON.stringify([
    table.schema ?? null,
    table.name,
    table.columns,
    conflict ? [conflict.strategy, conflict.columns, sorted(conflict.update), conflict.where ?? null] : null,
    table.coalesce ?? null,
    table.missing,
    sorted(table.types),
    table.returning ?? null,
  ])
}

function sorted(rules: readonly string[] | Readonly<Record<string, unknown>> | undefined): unknown {
  if (rules === undefined || Array.isArray(rules)) return rules ?? null
  return Object.entries(rules).sort(([one], [other]) => (one < other ? -1 : 1))
}
