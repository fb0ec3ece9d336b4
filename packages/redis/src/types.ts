import { BatchFlowError } from '@batchflow/core'
import { types } from 'node:util'
import { commandNamed } from './command-names.ts'
import { isWellFormed, kindOf } from './kind-of.ts'

const nameRule = 'a text of letters, digits, points and the like'
const argumentRule =
  'a string without lone surrogates, a finite number with integers within 2^53, a bigint or a Buffer'
/** Checks the commands of a row, and answers their estimated bytes. What Redis would take for something else (`undefined`
 * for an empty text, an object for `[object Object]`) never gets there.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_ROW` */
export function checkCommands(target: string, given: unknown): number {
  if (!Array.isArray(given)) return refuse(target, 'what toCommands returns', 'an array of commands', given)
  if (given.length === 0)
    throw new BatchFlowError(
      'BATCHFLOW_INVALID_ROW',
      `${target}: a row must have at least one command, got none`,
    )
  let bytes = 0
  // Not by `for … of`: with an iterator there is nearly twice as much to compile.
  for (let index = 0; index < given.length; index++) bytes += checkCommand(target, given[index])
  return bytes
}

function checkCommand(target: string, command: unknown): number {
  if (!Array.isArray(command))
    return refuse(target, 'a command', 'an array of its name and its arguments', command)
  const words = command as readonly unknown[]
  checkName(target, words[0])
  let bytes = objectBytes + slotBytes + bytesOfArgument(words[0])
  for (let index = 1; index < words.length; index++) {
    const value = words[index]
    if (!isArgument(value)) return refuseArgument(target, { name: words[0] as string, index, value })
    bytes += slotBytes + bytesOfArgument(value)
  }
  return bytes
}

function checkName(target: string, name: unknown): void {
  if (typeof name !== 'string') return refuse(target, 'the name of a command', nameRule, name)
  const { isName, refusal } = commandNamed(name)
  if (!isName) return refuse(target, 'the name of a command', nameRule, name)
  if (refusal !== undefined)
    throw new BatchFlowError('BATCHFLOW_INVALID_ROW', `${target}: ${shown(name)} must be ${refusal}`)
}

function isArgument(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return isWellFormed(value)
    case 'number':
      return Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value))
    case 'bigint':
      return true
    default:
      return types.isUint8Array(value)
  }
}

/** Estimated bytes of an object or an array without what is in it, and of a place in it. */
export const objectBytes = 48
export const slotBytes = 8
const stringBytes = 16
const otherBytes = 24
const bufferBytes = 96

/** Estimated bytes of a value beyond the slot that refers to it: two a character, which is what V8 takes for texts beyond
 * Latin-1. */
export function bytesOfArgument(value: unknown): number {
  if (typeof value === 'string') return stringBytes + 2 * value.length
  return ArrayBuffer.isView(value) ? bufferBytes + value.byteLength : otherBytes
}

function refuse(target: string, what: string, rule: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_ROW', `${target}: ${what} must be ${rule}, got ${kindOf(got)}`)
}

function refuseArgument(
  target: string,
  { name, index, value }: { readonly name: string; readonly index: number; readonly value: unknown },
): never {
  return refuse(target, `argument ${index} of ${shown(name)}`, argumentRule, value)
}

/** The name of a command for a message. A name made from a row could be a value of it. */
function shown(name: string): string {
  return /^[A-Za-z][A-Za-z.]{0,31}$/.test(name) ? name.toUpperCase() : 'a command'
}
