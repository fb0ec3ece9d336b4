import { BatchFlowError } from '@batchflow/core'
import type { RedisArgument, RedisCommand } from '../command.ts'
import { checkKnown, checkName, refuse } from '../commands.ts'
import { kindOf } from '../kind-of.ts'

/** A text, the same for all rows or read from each.
 *
 * @example
 * ```ts
 * const key: TextOf<Visit> = ({ day }) => `visits:${day}`
 * ``` */
export type TextOf<Row> = string | ((row: Row) => string)

/** Whole milliseconds from 1, the same for all rows or read from each; `undefined` for a row whose key stays.
 *
 * @example
 * ```ts
 * const ttlMs: LifetimeOf<Session> = ({ isGuest }) => (isGuest ? 600_000 : undefined)
 * ``` */
export type LifetimeOf<Row> = number | ((row: Row) => number | undefined)

/** Checks the name and the options that a kind of target has.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET` */
export function checkTarget(name: unknown, options: unknown, known: Known): void {
  checkName(name)
  checkKnown(options, [...new Set([...known.texts, ...known.functions, ...(known.others ?? [])])])
  const given = options as Readonly<Record<string, unknown>>
  for (const option of known.texts)
    if (typeof given[option] !== 'function' && (typeof given[option] !== 'string' || given[option] === ''))
      refuse(option, 'a text or a function', given[option])
  for (const option of known.functions)
    if (typeof given[option] !== 'function') refuse(option, 'a function', given[option])
  if (given['ttlMs'] !== undefined && typeof given['ttlMs'] !== 'function')
    checkCount('ttlMs', given['ttlMs'])
  if (given['maxLength'] !== undefined) checkCount('maxLength', given['maxLength'])
}

interface Known {
  readonly texts: readonly string[]
  readonly functions: readonly string[]
  readonly others?: readonly string[]
}

function checkCount(option: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    refuse(option, 'an integer from 1', value)
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_TARGET` */
export function checkWord(option: string, value: unknown, words: readonly string[]): void {
  if (!words.includes(value as string)) refuse(option, words.map((word) => `'${word}'`).join(' or '), value)
}

export function textReader<Row>(text: TextOf<Row>): (row: Row) => string {
  return typeof text === 'function' ? text : () => text
}

/** Reads the lifetime of a row's key: a number of whole milliseconds, or none. */
export function lifetimeReader<Row>(
  target: string,
  ttlMs: LifetimeOf<Row> | undefined,
): (row: Row) => number | undefined {
  if (typeof ttlMs !== 'function') return () => ttlMs
  return (row) => {
    const lifetime = ttlMs(row)
    if (lifetime !== undefined && (!Number.isSafeInteger(lifetime) || lifetime < 1))
      refuseRow(`${target}: ttlMs`, 'an integer from 1', lifetime)
    return lifetime
  }
}

/** Adds the command that lets a key live for so long from now on. */
export function withLifetime(
  commands: readonly RedisCommand[],
  key: string,
  lifetimeMs: number | undefined,
): readonly RedisCommand[] {
  return lifetimeMs === undefined ? commands : [...commands, ['PEXPIRE', key, lifetimeMs]]
}

/** The fields of a hash or of a stream's entry, one after the other; those that are undefined are left out. */
export function fieldWords(
  target: string,
  fields: Readonly<Record<string, RedisArgument | undefined>>,
): readonly RedisArgument[] {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    return refuseRow(`${target}: what fields returns`, 'an object', fields)
  const words: RedisArgument[] = []
  for (const [field, value] of Object.entries(fields)) if (value !== undefined) words.push(field, value)
  return words.length > 0
    ? words
    : refuseRow(`${target}: what fields returns`, 'an object with a field at least', fields)
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_ROW` */
export function refuseRow(field: string, rule: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_ROW', `${field} must be ${rule}, got ${kindOf(got)}`)
}
