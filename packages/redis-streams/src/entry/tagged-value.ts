import { types } from 'node:util'

/** What JSON has no form for stands in an object with this member; objects that have it themselves are wrapped. */
const tag = '$'

/** A value that no form is known for; the message names its kind. */
export class UnknownValueError extends TypeError {
  constructor(kind: string) {
    super(`must be something that a database takes, got ${kind}`)
    this.name = 'UnknownValueError'
  }
}

/** Gives a value that JSON carries, and from which {@link untagged} makes the same value again: bigints, Dates, bytes, NaN,
 * the infinities, -0 and undefined have a form of their own, at any depth. Objects with `toJSON` are what that answers.
 *
 * @throws UnknownValueError for functions, symbols, Maps, Sets and instances of classes without `toJSON` */
export function tagged(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : form('f', Object.is(value, -0) ? '-0' : `${value}`)
    case 'bigint':
      return form('n', `${value}`)
    case 'undefined':
      return form('u', null)
    case 'object':
      return value === null ? null : taggedObject(value)
    case 'function':
    case 'symbol':
      throw new UnknownValueError(`a ${typeof value}`)
  }
}

/** The value from which {@link tagged} made this. */
export function untagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(untagged)
  if (!Object.hasOwn(value, tag)) return mapObject(value, untagged)
  const { [tag]: kind, v } = value as { readonly [tag]: unknown; readonly v?: unknown }
  switch (kind) {
    case 'f':
      return Number(v)
    case 'n':
      return BigInt(v as string)
    case 'u':
      return undefined
    case 'd':
      return new Date(v === null ? Number.NaN : (v as number))
    case 'b':
      return Buffer.from(v as string, 'base64')
    case 'o':
      return mapObject(v as object, untagged)
    default:
      throw new TypeError('a value has a form that is not known here')
  }
}

function taggedObject(value: object): unknown {
  if (types.isDate(value)) {
    const time = value.getTime()
    return form('d', Number.isNaN(time) ? null : time)
  }
  if (types.isUint8Array(value)) return form('b', base64(value))
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return tagged((value.toJSON as (key: string) => unknown)(''))
  // A hole is nothing that JSON knows, and nothing that a database takes.
  if (Array.isArray(value)) return Array.from(value, tagged)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new UnknownValueError('an instance of a class')
  const copy = mapObject(value, tagged)
  return Object.hasOwn(value, tag) ? form('o', copy) : copy
}

/** Bytes as text. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function form(kind: string, v: unknown): object {
  return { [tag]: kind, v }
}

function mapObject(object: object, change: (value: unknown) => unknown): object {
  const copy: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(object)) assignOwn(copy, name, change(value))
  return copy
}

/** Assigning to `__proto__` would change the prototype. */
export function assignOwn(object: object, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
  else (object as Record<string, unknown>)[name] = value
}
