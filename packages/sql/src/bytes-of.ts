import { types } from 'node:util'
import { generate, isInherited, readOwn } from './generated-code.ts'

/** Estimates the bytes that a snapshot holds on to. */
export type BytesOf = (row: Readonly<Record<string, unknown>>) => number

const objectBytes = 24
const slotBytes = 8
const stringBytes = 16
const bigintBytes = 16
const dateBytes = 24

/** Nesting that is looked into; drivers refuse what is deeper. */
const maxDepth = 1_000

/** Gives the function that estimates a snapshot's bytes: 24 for the row, 8 a column, 16 and two a character for
 * strings (the most that V8 takes), and the length of buffers. */
export function bytesOfColumns(columns: readonly string[]): BytesOf {
  const terms = columns.map((column) => {
    const read = isInherited(column) ? readOwn(column) : `row[${JSON.stringify(column)}]`
    return `v = ${read};
      if (typeof v === 'string') bytes += ${stringBytes} + 2 * v.length;
      else if (typeof v !== 'number' && v !== null && v !== undefined) bytes += bytesOfValue(v);`
  })
  return (
    generate<BytesOf>(
      { bytesOfValue, hasOwn: Object.hasOwn },
      `function (row) { let v; let bytes = ${fixedBytes(columns)}; ${terms.join('\n')} return bytes; }`,
    ) ?? bytesOfLoop(columns)
  )
}

/** {@link bytesOfColumns} without generated code. */
export function bytesOfLoop(columns: readonly string[]): BytesOf {
  return (row) => {
    let bytes = fixedBytes(columns)
    for (const column of columns) bytes += bytesOfValue(Object.hasOwn(row, column) ? row[column] : undefined)
    return bytes
  }
}

function fixedBytes(columns: readonly string[]): number {
  return objectBytes + slotBytes * columns.length
}

/** Bytes of a value beyond the slot that refers to it. */
export function bytesOfValue(value: unknown): number {
  if (typeof value === 'string') return stringBytes + 2 * value.length
  if (typeof value === 'bigint') return bigintBytes
  if (typeof value !== 'object' || value === null) return 0
  if (types.isDate(value)) return dateBytes
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return value.byteLength
  return nestedBytes(value, new Set(), 0)
}

/** Adds up a nested value, each object once: all of it, because a bound on memory that a large value can slip through is
 * none. It costs less than the JSON that will be made of the value. */
function nestedBytes(value: object, seen: Set<object>, depth: number): number {
  if (seen.has(value) || depth === maxDepth) return 0
  seen.add(value)
  let bytes = objectBytes
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    bytes += slotBytes + (Array.isArray(value) ? 0 : stringBytes + 2 * key.length)
    bytes += isContainer(member) ? nestedBytes(member, seen, depth + 1) : bytesOfValue(member)
  }
  return bytes
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return !types.isDate(value) && !ArrayBuffer.isView(value) && !types.isAnyArrayBuffer(value)
}
