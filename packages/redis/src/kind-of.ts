import { types } from 'node:util'

const objectKinds: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ['a Date', types.isDate],
  ['a Map', types.isMap],
  ['a Set', types.isSet],
  ['a Promise', types.isPromise],
  ['an ArrayBuffer view', (value) => ArrayBuffer.isView(value)],
  ['an ArrayBuffer', types.isAnyArrayBuffer],
  ['an array', Array.isArray],
]

/** What a value of a row is, for messages: its kind, never the value. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'number') return kindOfNumber(value)
  if (typeof value === 'string') return isWellFormed(value) ? 'a string' : 'a string with a lone surrogate'
  if (typeof value !== 'object') return `a ${typeof value}`
  return objectKinds.find(([, isKind]) => isKind(value))?.[0] ?? 'an object'
}

function kindOfNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return 'Infinity'
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? 'an integer beyond 2^53 as a number'
    : 'a number'
}

/** False for a string that UTF-8 cannot hold: a surrogate lacks its other half. */
export function isWellFormed(value: string): boolean {
  // In Node since 20; TypeScript has it in its ES2024 library.
  return (value as string & { isWellFormed(): boolean }).isWellFormed()
}
