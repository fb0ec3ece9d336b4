import { BatchFlowError } from '@batchflow/core'
import { types } from 'node:util'
import type { RedisCommand } from './command.ts'
import { kindOf } from './kind-of.ts'
import { bytesOfArgument, checkCommands, objectBytes, slotBytes } from './types.ts'

/** A constructor that answers the object it is given, so that a class built on it puts its private fields there. */
const Given = function (object: object) {
  return object
} as unknown as new (object: object) => object

/** Puts commands into a private field of an object: nobody sees them, copies them or compares them, and it costs a tenth
 * of a WeakMap. */
class Carrier extends Given {
  #commands: readonly RedisCommand[]

  constructor(object: object, commands: readonly RedisCommand[]) {
    super(object)
    this.#commands = commands
  }

  static read(object: object): readonly RedisCommand[] | undefined {
    return #commands in object ? object.#commands : undefined
  }
}

/** Copies a row, one level deep, and lets the copy carry the row's commands.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_ROW` */
export function copyRow<Row>(target: string, row: Row, toCommands: (row: Row) => unknown): Row {
  if (typeof row !== 'object' || row === null) return refuseRow(target, row)
  const commands = toCommands(row)
  const bytes = checkCommands(target, commands)
  // The field first: V8 is slow to add one to an object that has its properties already (70 ns against 600).
  const carrier = new Carrier(emptyCopy(target, row), commands as readonly RedisCommand[])
  const copy = Object.hasOwn(row, '__proto__') ? copyWithProto(carrier, row) : Object.assign(carrier, row)
  lastCopy = copy
  lastBytes = bytes
  return copy as Row
}

/** The commands that a copy carries; `undefined`: it is none of {@link copyRow}. */
export function commandsOfCopy(row: unknown): readonly RedisCommand[] | undefined {
  return typeof row === 'object' && row !== null ? Carrier.read(row) : undefined
}

function emptyCopy(target: string, row: object): object {
  if (Array.isArray(row)) return []
  const prototype = Object.getPrototypeOf(row) as object | null
  if (prototype === Object.prototype) return {}
  // What these are is not in their properties.
  const isOpaque =
    ArrayBuffer.isView(row) ||
    types.isMap(row) ||
    types.isSet(row) ||
    types.isDate(row) ||
    types.isPromise(row)
  return isOpaque ? refuseRow(target, row) : (Object.create(prototype) as object)
}

/** Assigning to `__proto__` would change the prototype of the copy. */
function copyWithProto(copy: object, row: object): object {
  for (const [name, value] of Object.entries(row) as [string, unknown][])
    Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true })
  return copy
}

function refuseRow(target: string, row: unknown): never {
  throw new BatchFlowError(
    'BATCHFLOW_INVALID_ROW',
    `${target}: a row must be a plain object, an array or an instance of a class, got ${kindOf(row)}`,
  )
}

/** The copy that was made last, until its bytes are asked for, which the engine does right away; and the bytes of its
 * commands. */
let lastCopy: object | undefined
let lastBytes = 0

/** Estimated bytes of a copy and of the commands that it carries; texts count for both, though they may share them. What is
 * nested in the row belongs to the caller. */
export function bytesOfCopy(copy: unknown): number {
  let bytes = objectBytes
  for (const name in copy as object) {
    const value: unknown = (copy as Readonly<Record<string, unknown>>)[name]
    bytes += slotBytes + bytesOfArgument(value)
  }
  if (copy !== lastCopy) return bytes + bytesOfCommands(commandsOfCopy(copy) ?? [])
  lastCopy = undefined
  return bytes + lastBytes
}

function bytesOfCommands(commands: readonly RedisCommand[]): number {
  let bytes = 0
  for (const command of commands) {
    bytes += objectBytes
    for (const word of command) bytes += slotBytes + bytesOfArgument(word)
  }
  return bytes
}
