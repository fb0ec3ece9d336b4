import { types } from 'node:util'
import type { RowKey } from '@batchflow/core'
import { canonicalOf, FineInstant } from './canonical-value.ts'
import type { ColumnType } from './definition.ts'

/** Marks keys made of something else than one string or number. A string that begins with it gets one more. */
const mark = '\u0000'

/** Gives the function for the conflict key of a snapshot. Two keys are equal only if every database holds the two rows
 * for the same: an integer equals the bigint of its value and nothing else; Dates compare by instant, Buffers by
 * content. NULL, NaN and objects give no key, for they are never the same as another.
 *
 * In a column with a type more values are equal: with `bigint` and `boolean` an integer, its text and the boolean that is
 * stored as it; with `date` a Date, the ISO text of its instant and its milliseconds.
 *
 * One integer is its own key, and one string nearly always, so that the common cases build nothing. */
export function rowKeyOf(
  columns: readonly string[],
  columnTypes: Readonly<Record<string, ColumnType>> = {},
): (row: Row) => RowKey {
  const keys = columns.map((column) => ({
    column,
    canonical: canonicalOf(columnTypes[column]),
  }))
  const [key] = keys
  if (keys.length !== 1 || key === undefined) return (row) => compositeKey(keys, row)
  const { column, canonical } = key
  return (row) => {
    const value = ownValue(row, column)
    if (typeof value === 'number' && (value | 0) === value && canonical === undefined) return value | 0
    return singleKey(canonical === undefined ? value : canonical(value))
  }
}

type Row = Readonly<Record<string, unknown>>

/** A column of the key. */
interface KeyColumn {
  readonly column: string
  readonly canonical: ReturnType<typeof canonicalOf>
}

function singleKey(value: unknown): RowKey {
  switch (typeof value) {
    case 'string':
      return value.charCodeAt(0) === 0 ? mark + value : value
    case 'number':
      if (Number.isNaN(value)) return undefined
      // Beyond 2^53 the number stands for one integer, and so does a bigint. `+ 0` makes -0 and 0 the same.
      return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value + 0
    case 'bigint':
      return isSafe(value) ? Number(value) : value
    default: {
      const part = taggedPart(value)
      return part === undefined ? undefined : mark + part
    }
  }
}

function compositeKey(columns: readonly KeyColumn[], row: Row): RowKey {
  let key = ''
  for (const { column, canonical } of columns) {
    const value = ownValue(row, column)
    const part = taggedPart(canonical === undefined ? value : canonical(value))
    if (part === undefined) return undefined
    key += part
  }
  return key
}

/** A column in a form that no other value has and that ends where it says: parts can be joined. */
function taggedPart(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`
    case 'number':
      if (Number.isNaN(value)) return undefined
      return Number.isInteger(value)
        ? `i${Number.isSafeInteger(value) ? value + 0 : BigInt(value)};`
        : `f${value};`
    case 'bigint':
      return `i${value};`
    case 'boolean':
      return value ? 'T;' : 'F;'
    case 'object':
      return value === null ? undefined : taggedObject(value)
    default:
      return undefined
  }
}

function taggedObject(value: object): string | undefined {
  if (types.isDate(value)) {
    const time = value.getTime()
    return Number.isNaN(time) ? undefined : `d${time};`
  }
  if (value instanceof FineInstant) return `d${value.ms}.${value.digits};`
  if (!types.isUint8Array(value)) return undefined
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return `b${bytes.length}:${bytes.toString('latin1')}`
}

function ownValue(row: Row, column: string): unknown {
  const value = row[column]
  // Only a name like `constructor` can be inherited, and only as something that is no key column's value.
  return typeof value === 'function' || (column === '__proto__' && !Object.hasOwn(row, column))
    ? undefined
    : value
}

function isSafe(value: bigint): boolean {
  return value >= -9007199254740991n && value <= 9007199254740991n
}
