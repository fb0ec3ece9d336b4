import {
  ColumnNode,
  type OperationNode,
  PrimitiveValueListNode,
  RawNode,
  ReferenceNode,
  TableNode,
  ValuesNode,
} from 'kysely'
import type { TableDefinition } from './definition.ts'

// Statements are built of nodes, not by Kysely's builders, which would split a name at its dots.

/** SQL text with nodes in it. */
export function sql(fragments: TemplateStringsArray, ...nodes: readonly OperationNode[]): RawNode {
  return RawNode.create(fragments, nodes)
}

/** The table as a statement names it. */
export function tableNode({ schema, name }: TableDefinition): TableNode {
  return schema === undefined ? TableNode.create(name) : TableNode.createWithSchema(schema, name)
}

/** Columns as a list of names. */
export function columnNodes(columns: readonly string[]): readonly ColumnNode[] {
  return columns.map((column) => ColumnNode.create(column))
}

/** A column of a table or of what stands for one. */
export function columnOf(table: string, column: string): ReferenceNode {
  return ReferenceNode.create(ColumnNode.create(column), TableNode.create(table))
}

/** `values (?, …), …`: placeholders for rows of so many columns. */
export function placeholders(columns: number, rows: number): ValuesNode {
  const row = Array.from({ length: columns }, () => 0)
  return ValuesNode.create(Array.from({ length: rows }, () => PrimitiveValueListNode.create(row)))
}
