import {
  rowSemantics,
  type Batch,
  type Driver,
  type Failure,
  type RowOutcome,
  type Target,
} from '@batchflow/core'
import { ClassifiedError, type ContractRow, type ContractStore } from '../../src/index.ts'

type Mode = 'insert' | 'ignore' | 'update'
type Table = Map<number, ContractRow>

/** What a driver that is broken on purpose does differently. */
export interface Breakage {
  /** Instead of the rows of a batch. */
  readonly rows?: (rows: readonly ContractRow[]) => readonly ContractRow[]
  readonly store?: (row: ContractRow) => ContractRow
  readonly conflict?: (mode: Mode, there: ContractRow, row: ContractRow) => ContractRow | 'duplicate'
  readonly isBad?: (row: ContractRow) => boolean
  /** Writes row by row instead of all or nothing. */
  readonly inPieces?: boolean
  /** Says written for whatever failed. */
  readonly optimistic?: boolean
  readonly outcomes?: (outcomes: readonly RowOutcome[]) => readonly RowOutcome[]
  readonly classify?: (error: unknown, sound: (error: unknown) => Failure | undefined) => Failure | undefined
  readonly message?: (row: ContractRow) => string
  readonly closeAtOnce?: boolean
  readonly neverCloses?: boolean
}

/** A database in memory that keeps the contract, or breaks it in one way. Its writes take a turn of the event loop. */
export async function openMemoryStore(breakage: Breakage = {}): Promise<ContractStore> {
  const tables = new Map<string, Table>([['table', new Map()]])
  const modes = new Map<string, Mode>()
  const target = (table: string, mode: Mode): Target<ContractRow> => {
    const name = `${table} ${mode}`
    modes.set(name, mode)
    return {
      name,
      [rowSemantics]: {
        definition: name,
        snapshot: (row: ContractRow) => ({ ...row }),
        bytesOf: () => 64,
        ...(mode === 'insert' ? {} : { key: (row: ContractRow) => row.id }),
      },
    }
  }
  const isBad = breakage.isBad ?? ((row: ContractRow) => typeof row.name === 'number')
  let closed = false

  function apply(table: Table, mode: Mode, row: ContractRow): void {
    if (isBad(row)) {
      throw Object.assign(new ClassifiedError('poison', 'invalid_row'), {
        message: breakage.message?.(row) ?? 'name must be a text',
      })
    }
    const there = table.get(row.id)
    const stored = breakage.store?.(row) ?? { note: 'none', ...row }
    if (there === undefined) {
      table.set(row.id, stored)
      return
    }
    const sound = () =>
      mode === 'insert'
        ? 'duplicate'
        : mode === 'ignore'
          ? there
          : { ...there, name: row.name === undefined ? there.name : row.name }
    const result = breakage.conflict?.(mode, there, row) ?? sound()
    if (result === 'duplicate') throw new ClassifiedError('poison', 'duplicate_key')
    table.set(row.id, result)
  }

  const sound = (error: unknown) => (error instanceof ClassifiedError ? error.failure : undefined)

  const driver: Driver<Target<ContractRow>> = {
    name: 'memory-table',
    capabilities: breakage.outcomes === undefined ? {} : { perRowOutcomes: true, isolatesRows: true },
    async write(batch: Batch<Target<ContractRow>>) {
      await new Promise((resolve) => setImmediate(resolve))
      const [name = '', mode = ''] = batch.target.name.split(' ')
      const table = tables.get(name)
      if (table === undefined) throw new ClassifiedError('configuration', 'schema')
      if (closed) throw new ClassifiedError('configuration', 'io')
      const rows = breakage.rows?.(batch.rows) ?? batch.rows
      const next = breakage.inPieces === true ? table : new Map(table)
      try {
        const outcomes = rows.map((row): RowOutcome => {
          try {
            apply(next, mode as Mode, row)
          } catch (error) {
            if (breakage.outcomes === undefined) throw error
            return { outcome: 'failed', failure: (error as ClassifiedError).failure, cause: error }
          }
          return { outcome: 'written' }
        })
        tables.set(name, next)
        return breakage.outcomes?.(outcomes)
      } catch (error) {
        if (breakage.optimistic === true) return
        throw error
      }
    },
    classify: (error) => (breakage.classify === undefined ? sound(error) : breakage.classify(error, sound)),
    async close() {
      if (breakage.closeAtOnce === true) closed = true
      await new Promise((resolve) => setImmediate(resolve))
      if (breakage.neverCloses !== true) closed = true
    },
  }

  await Promise.resolve()
  return {
    driver,
    insert: target('table', 'insert'),
    ignore: target('table', 'ignore'),
    update: target('table', 'update'),
    missing: target('missing', 'insert'),
    createMissing: async () => {
      tables.set('missing', new Map())
      await Promise.resolve()
    },
    bad: (id) => ({ id, name: 42 as unknown as string }),
    read: async (name) => {
      await Promise.resolve()
      return [...(tables.get(name)?.values() ?? [])].sort((a, b) => a.id - b.id)
    },
    dispose: async () => await driver.close?.(),
  }
}
