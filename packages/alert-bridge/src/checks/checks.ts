import { BridgeError } from '../bridge-error.ts'
import { kindOf } from './kind-of.ts'

/** Any JSON object, its fields not looked at yet. Fields are read with `Object.hasOwn` or by destructuring into names
 * that no prototype has, so a payload with `__proto__` changes nothing. */
export type JsonObject = Readonly<Record<string, unknown>>

/** @throws BridgeError `BRIDGE_INVALID_FIELD` */
export function refuse(field: string, rule: string, got: string): never {
  throw new BridgeError('BRIDGE_INVALID_FIELD', `${field} must be ${rule}, got ${got}`)
}

export function object(field: string, value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(field, 'an object', kindOf(value))
  return value as JsonObject
}

/** An object of which every name is known: a misspelt one must not be passed over in silence. */
export function objectOf(field: string, value: unknown, names: readonly string[]): JsonObject {
  const given = object(field, value)
  for (const name of Object.keys(given))
    if (!names.includes(name))
      refuse(
        `each name in ${field === '' ? 'the configuration' : field}`,
        `one of ${names.join(', ')}`,
        within('', name),
      )
  return given
}

export function array(field: string, value: unknown, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max)
    refuse(field, `an array of at most ${max} values`, Array.isArray(value) ? 'a longer one' : kindOf(value))
  return value
}

export function string(field: string, value: unknown): string {
  if (typeof value !== 'string') refuse(field, 'a string', kindOf(value))
  return value
}

/** A string that matches; `rule` says in words what it has to match. */
export function matching(field: string, value: unknown, pattern: RegExp, rule: string): string {
  if (typeof value !== 'string' || !pattern.test(value))
    refuse(field, rule, typeof value === 'string' && value !== '' ? 'another string' : kindOf(value))
  return value
}

export function integer(
  field: string,
  value: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    refuse(
      field,
      `an integer from ${min} to ${max}`,
      typeof value === 'number' ? 'another number' : kindOf(value),
    )
  return value
}

export function boolean(field: string, value: unknown): boolean {
  if (typeof value !== 'boolean') refuse(field, 'true or false', kindOf(value))
  return value
}

export function oneOf<const W extends string>(field: string, value: unknown, words: readonly W[]): W {
  const word = words.find((candidate) => candidate === value)
  if (word === undefined)
    refuse(field, `one of ${words.join(', ')}`, typeof value === 'string' ? 'another string' : kindOf(value))
  return word
}

/** The full name of a field: `targets.oncall` and `url` make `targets.oncall.url`. Names from outside are shown only
 * when they are plain words. */
export function within(field: string, name: string): string {
  const shown = /^[\w-]{1,60}$/.test(name) ? name : '?'
  return field === '' ? shown : `${field}.${shown}`
}
