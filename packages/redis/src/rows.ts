import { type Batch, BatchFlowError, type RowKey, type RowOutcome, rowSemantics } from '@batchflow/core'
import type { RedisCommand } from './command.ts'
import { commandsOfRow, type RedisTarget } from './commands.ts'
import { slotOf } from './key-slot.ts'
import { failed, written } from './outcomes.ts'
import { slotOfRow } from './row-slot.ts'
import { maxScriptedWords } from './scripts.ts'

/** The rows of a batch on their way, by their places in it. In columns: an object per row would be garbage by the
 * thousand. */
export interface Rows {
  /** The rows themselves, which stay the same when they are tried again. */
  readonly copies: readonly unknown[]
  /** What each is written by; empty where the row cannot be written. */
  readonly commands: readonly (readonly RedisCommand[])[]
  /** In a cluster: the hash slot of each; `undefined`: any server will do. */
  readonly slots: readonly (number | undefined)[] | undefined
  /** Rows with equal keys stay in order; `undefined`: this one is never the same as another. */
  readonly keys: readonly RowKey[] | undefined
  /** What became of each; filled in as it is known. */
  readonly outcomes: RowOutcome[]
  /** Places of the rows that can be written. */
  readonly places: readonly number[]
}

/** How rows have to be looked at. */
export interface Routing {
  /** Rows have hash slots. */
  readonly isCluster: boolean
  /** Rows are carried out by a script, which has limits. */
  readonly isScripted: boolean
}

const none: readonly RedisCommand[] = []

/** Reads the rows of a batch. One that cannot be written has failed already; the others are written for now. */
export function readRows(batch: Batch<RedisTarget>, routing: Routing): Rows {
  const { target, rows } = batch
  const { length } = rows
  const key = target[rowSemantics]?.key
  const read = {
    copies: rows as readonly unknown[],
    commands: new Array<readonly RedisCommand[]>(length),
    slots: routing.isCluster ? new Array<number | undefined>(length) : undefined,
    keys: key === undefined ? undefined : rows.map((row) => keyOf(row, key)),
    outcomes: new Array<RowOutcome>(length),
    places: new Array<number>(length),
  }
  readEach(batch, routing, read)
  return read
}

/** {@link Rows} that are being filled in. */
interface Reading {
  readonly commands: (readonly RedisCommand[])[]
  readonly slots: (number | undefined)[] | undefined
  readonly outcomes: RowOutcome[]
  readonly places: number[]
}

function readEach({ id, target, rows }: Batch<RedisTarget>, { isScripted }: Routing, into: Reading): void {
  const { commands, slots, outcomes, places } = into
  const commandsOf = reader(target)
  let writable = 0
  for (let place = 0; place < rows.length; place++) {
    try {
      const its = commandsOf(rows[place])
      if (isScripted) checkLengths(target.name, its)
      // A call of a script has to be somewhere.
      if (slots !== undefined)
        slots[place] = slotOfRow(target.name, its) ?? (isScripted ? slotOf(id) : undefined)
      commands[place] = its
      outcomes[place] = written
      places[writable++] = place
    } catch (error) {
      commands[place] = none
      outcomes[place] = failed(error)
    }
  }
  places.length = writable
}

/** What says by which commands rows of a target are written.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`: the target is none of this package's */
export function reader(target: RedisTarget): (row: unknown) => readonly RedisCommand[] {
  const read = target[commandsOfRow]
  if (target.kind !== 'redis-commands' || read === undefined)
    throw new BatchFlowError(
      'BATCHFLOW_INVALID_TARGET',
      `target ${target.name} must be made by commandsOf or one of its relatives`,
    )
  return read
}

/** A key that cannot be read is none, as it is to the engine. */
function keyOf(row: unknown, key: (row: unknown) => RowKey): RowKey {
  try {
    return key(row)
  } catch {
    return undefined
  }
}

function checkLengths(target: string, commands: readonly RedisCommand[]): void {
  for (const { length } of commands)
    if (length > maxScriptedWords)
      throw new BatchFlowError(
        'BATCHFLOW_INVALID_ROW',
        `${target}: a command must have at most ${maxScriptedWords} words with atomic or ledger, got ${length}`,
      )
}
