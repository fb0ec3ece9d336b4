export { tableOf, tablesOf } from './table.ts'
export type {
  CoalescePolicy,
  ColumnRule,
  ColumnType,
  Conflict,
  MissingPolicy,
  TableDefinition,
} from './definition.ts'
export type {
  DefineTable,
  DefineTableOf,
  RequiredColumnsAreLeftOut,
  SqlTable,
  TableOptions,
} from './table.ts'
// For drivers.
export { columnSetReader, columnsOf, fullColumnSet, maxColumnSets } from './column-sets.ts'
export type { ColumnSet } from './column-sets.ts'
export { conflictRules } from './conflict-rules.ts'
export { insertStatement } from './insert-statement.ts'
export type { InsertDialect, InsertForm } from './insert-statement.ts'
export type { ColumnValues, MergeOf } from './changed-value.ts'
export { mergeJsonb } from './merge-jsonb.ts'
export { mysqlInsertStatement } from './mysql-insert-statement.ts'
export type { MysqlInsertForm } from './mysql-insert-statement.ts'
export { isolate } from './isolate.ts'
export type { IsolateOptions, PartFailure } from './isolate.ts'
export { keyOrder } from './key-order.ts'
export { jsonMisfit, jsonText } from './values/json-text.ts'
export { isPlainObject, kindOf } from './values/kind-of.ts'
export { refuse, Refusal } from './values/refusal.ts'
export { isWellFormed } from './values/well-formed.ts'
