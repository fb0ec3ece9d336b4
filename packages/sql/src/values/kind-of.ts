import { types } from 'node:util'
import { isWellFormed } from './well-formed.ts'

/** Objects that are asked for in vain, by what they are. */
const objectKinds: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ['a Buffer', types.isUint8Array],
  ['an ArrayBuffer view', (value) => ArrayBuffer.isView(value)],
  ['an ArrayBuffer', types.isAnyArrayBuffer],
  ['a Map', types.isMap],
  ['a Set', types.isSet],
  ['a Promise', types.isPromise],
  ['a RegExp', types.isRegExp],
  ['an Error', types.isNativeError],
  ['an array', Array.isArray],
  ['an object', (value) => isPlainObject(value as object)],
]

/** What a value is, for messages: its kind, never the value. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'number') return kindOfNumber(value)
  if (typeof value === 'string') return kindOfString(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  if (types.isDate(value)) return isInvalid(value) ? 'an invalid Date' : 'a Date'
  return objectKinds.find(([, isKind]) => isKind(value))?.[0] ?? 'an instance of a class'
}

/** True for `{}` and `Object.create(null)`, also those of another realm (`vm`, Jest): whose prototype is an
 * Object.prototype or null. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

function isInvalid(date: Date): boolean {
  return Number.isNaN(Date.prototype.getTime.call(date))
}

function kindOfNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'Infinity'
  if (!Number.isInteger(value)) return 'a fraction'
  return Number.isSafeInteger(value) ? 'an integer' : 'an integer beyond 2^53 as a number'
}

function kindOfString(value: string): string {
  if (value.includes('\0')) return 'a string with NUL'
  return isWellFormed(value) ? 'a string' : 'a string with a lone surrogate'
}
