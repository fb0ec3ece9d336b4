import type { RowOutcome } from '@batchflow/core'
import { commandNamed } from './command-names.ts'
import type { RedisArgument, RedisCommand } from './command.ts'
import { RedisReplyError } from './driver-error.ts'
import { failed, failedForGood } from './outcomes.ts'
import type { ProtocolWriter } from './protocol.ts'
import { keyBit, type Script } from './scripts.ts'

/** A row of a call. */
export interface ScriptedRow {
  /** The row itself, which stays the same when it is tried again. */
  readonly copy: object
  readonly commands: readonly RedisCommand[]
}

/** Rows that one call of a script carries out. What goes out under a marker must never change: the server knows it by that
 * name. */
export interface ScriptedCall {
  readonly rows: readonly ScriptedRow[]
  /** Absent: nothing is kept. */
  readonly marker?: { readonly key: string; readonly ttlMs: number }
}

/** Writes a call: `EVALSHA sha keys… arguments…`. */
export function writeCall(writer: ProtocolWriter, { rows, marker }: ScriptedCall, { sha }: Script): void {
  const commands = rows.flatMap((row) => row.commands)
  const counts = Buffer.alloc(2 * commands.length)
  const keys: RedisArgument[] = marker === undefined ? [] : [marker.key]
  let words = 0
  for (const [place, command] of commands.entries()) {
    const hasKey = hasKeyFirst(command)
    if (hasKey) keys.push(command[1] as RedisArgument)
    else words++
    words += command.length - 1
    counts.writeUInt16BE(hasKey ? command.length | keyBit : command.length, 2 * place)
  }
  const settings = marker === undefined ? [counts] : [marker.ttlMs, counts]
  writer.head(3 + keys.length + settings.length + words)
  for (const word of ['EVALSHA', sha, keys.length, ...keys, ...settings]) writer.word(word)
  for (const command of commands) {
    writer.name(command[0])
    for (let index = hasKeyFirst(command) ? 2 : 1; index < command.length; index++)
      writer.word(command[index] as RedisArgument)
  }
}

function hasKeyFirst(command: RedisCommand): boolean {
  return command.length > 1 && commandNamed(command[0]).firstKey === 0
}

/** Hands on the outcomes of the rows that are not written, from what the script has said: nothing, or the places of the
 * commands that failed, each with its error. */
export function readCall(
  { rows }: ScriptedCall,
  said: string,
  settle: (copy: object, outcome: RowOutcome) => void,
): void {
  if (said === '') return
  const failures = JSON.parse(said) as readonly (number | string)[]
  const errors = new Map<number, string>()
  for (let index = 0; index < failures.length; index += 2)
    errors.set(failures[index] as number, failures[index + 1] as string)
  let place = 0
  for (const { copy, commands } of rows) {
    const own = commands.map(() => errors.get(place++)).filter((error) => error !== undefined)
    const [first] = own
    if (first === undefined) continue
    const error = new RedisReplyError(first)
    // Where none of the row's commands was carried out it can be tried again.
    settle(copy, own.length === commands.length ? failed(error) : failedForGood(error))
  }
}
