import type { Target } from '@batchflow/core'

/** Kind of database behind a driver, as the catalogue's `backend` label has it. */
export type Backend = 'sql' | 'redis' | 'custom'

/** What a batch of one target does, for the opt-in details. */
export interface Operation {
  readonly backend: Backend
  /** `insert`, `upsert`, `command`, or `write` where nobody said what the target is. */
  readonly name: string
  /** Values that one row binds. `undefined`: not known. */
  readonly argsPerRow?: number
  /** Conflict strategy of the table, and what becomes of rows that are joined under it. */
  readonly joined?: { readonly strategy: string; readonly kind: 'deduplicated' | 'merged' }
}

const sqlDrivers = ['postgres', 'mysql', 'sqlite']

/** The backend of a driver by its name; a driver of the user's own is `custom`. */
export function backendOf(driver: string): Backend {
  if (sqlDrivers.includes(driver)) return 'sql'
  return driver === 'redis' ? 'redis' : 'custom'
}

/** What batches of a target do. Events name their target and nothing else of it: without the definition a table's
 * operation is only known to be a `write`. */
export function operationOf(backend: Backend, target: Target | undefined): Operation {
  if (backend === 'redis') return { backend, name: 'command' }
  if (backend === 'custom') return { backend, name: 'custom' }
  const { columns, strategy, coalesce } = tableParts(target)
  if (columns === undefined) return { backend, name: 'write' }
  const argsPerRow = columns
  if (strategy === undefined) return { backend, name: 'insert', argsPerRow }
  // `first` throws the later row away; the other policies join the two column by column.
  const kind = coalesce === 'first' ? 'deduplicated' : 'merged'
  const name = strategy === 'ignore' ? 'insert' : 'upsert'
  return { backend, name, argsPerRow, joined: { strategy, kind } }
}

/** The parts of a table made by `tableOf`, read by structure: this package knows no SQL. */
function tableParts(target: unknown): {
  readonly columns?: number
  readonly strategy?: string
  readonly coalesce?: unknown
} {
  if (typeof target !== 'object' || target === null || !('columns' in target)) return {}
  if (!Array.isArray(target.columns)) return {}
  const columns = target.columns.length
  const conflict = 'conflict' in target ? target.conflict : undefined
  if (typeof conflict !== 'object' || conflict === null || !('strategy' in conflict)) return { columns }
  const coalesce = 'coalesce' in target ? target.coalesce : undefined
  return { columns, strategy: String(conflict.strategy), coalesce }
}
