import { type ColumnType, isWellFormed, jsonMisfit, jsonText } from '@batchflow/sql'
import { types } from 'node:util'
import type { Bound } from './packed-values.ts'
import { isInt64, isoText } from './value-text.ts'

/** Turns the values of one column into what SQLite stores, or refuses them: nothing is stored as something else. */
export interface Encoder {
  /** What a value must be, to follow `must be`. */
  readonly rule: string
  /** undefined: refused. */
  encode(value: unknown): Bound | undefined
  /** Every string is stored as it is, but for those with a NUL or half a character, which are refused. */
  readonly takesTexts?: true
  /** What a refused value is, where its own kind does not say it. */
  readonly kindOf?: (value: unknown) => string
}

/** How SQLite treats the values of a column (https://www.sqlite.org/datatype3.html#determination_of_column_affinity);
 * `none` is a column without a type, and ANY in a STRICT table: stored as bound. */
export type Affinity = 'text' | 'integer' | 'real' | 'numeric' | 'blob' | 'none'

/** The affinity of a declared type. */
export function affinityOf(declared: string, strict: boolean): Affinity {
  const type = declared.toUpperCase()
  if (type === '' || (strict && type === 'ANY')) return 'none'
  if (type.includes('INT')) return 'integer'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text'
  if (type.includes('BLOB')) return 'blob'
  return /REAL|FLOA|DOUB/.test(type) ? 'real' : 'numeric'
}

/** The encoder of a column by its declared type and the table's `types`. A text instead: why the two do not fit. */
export function encoderOf(
  column: { readonly type: string; readonly strict: boolean },
  given: ColumnType | undefined,
): Encoder | string {
  const affinity = affinityOf(column.type, column.strict)
  const type = column.type.toUpperCase()
  const isDateColumn = affinity === 'numeric' && /DATE|TIME/.test(type)
  if (given === 'json' || (given === undefined && affinity === 'numeric' && type.includes('JSON')))
    return affinity === 'integer' || affinity === 'real' ? misfit('json', column.type) : json
  const base = isDateColumn ? dateColumn : isNamedNumeric(type, affinity) ? byAffinity[affinity] : ownType
  switch (given) {
    case 'date':
      if (affinity === 'real' || affinity === 'blob') return misfit('date', column.type)
      if (isDateColumn || affinity === 'text') return base
      return withDates(base, affinity === 'none' ? isoText : (date) => milliseconds(date))
    case 'boolean':
      if (affinity === 'integer' || affinity === 'numeric') return base
      return affinity === 'none' ? withBooleans(base) : misfit('boolean', column.type)
    case 'bigint':
      if (affinity === 'text' || affinity === 'real' || affinity === 'blob')
        return misfit('bigint', column.type)
      return bigint
    default:
      return base
  }
}

function misfit(given: ColumnType, declared: string): string {
  return `types '${given}' does not fit a column declared ${declared === '' ? 'without a type' : declared}`
}

// better-sqlite3 binds every number as REAL. INTEGER and NUMERIC columns turn it back into an integer; a column
// without affinity keeps what is bound, so integers go there as bigint.

const text: Encoder = {
  rule: 'a string without NUL or lone surrogates, or a Date of the years 0 to 9999',
  takesTexts: true,
  encode(value) {
    if (typeof value === 'string') return isStorable(value) ? value : undefined
    if (value === null) return null
    return types.isDate(value) ? isoText(value) : undefined
  },
}

const integer: Encoder = {
  rule: 'an integer within 2^53 as a number or within 64 bits as a bigint, or a boolean',
  encode(value) {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
    if (value === null) return null
    if (typeof value === 'bigint') return isInt64(value) ? value : undefined
    return typeof value === 'boolean' ? Number(value) : undefined
  },
}

const real: Encoder = {
  rule: 'a number other than NaN, or a bigint within 2^53',
  encode(value) {
    if (typeof value === 'number') return Number.isNaN(value) ? undefined : value
    if (value === null) return null
    if (typeof value !== 'bigint') return undefined
    return Number.isSafeInteger(Number(value)) ? Number(value) : undefined
  },
}

const numeric: Encoder = {
  rule: 'a finite number, a bigint within 64 bits, or a boolean',
  encode(value) {
    if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
    return integer.encode(value)
  },
}

const blob: Encoder = {
  rule: 'a Buffer or Uint8Array',
  encode: (value) => (value === null ? null : types.isUint8Array(value) ? ownBytes(value) : undefined),
}

const none: Encoder = {
  rule: 'a string, a finite number, a bigint within 64 bits, or a Buffer',
  encode(value) {
    if (typeof value === 'string') return isStorable(value) ? value : undefined
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : numeric.encode(value)
    if (typeof value === 'bigint') return isInt64(value) ? value : undefined
    return blob.encode(value)
  },
}

const dateColumn: Encoder = {
  rule: 'a Date of the years 0 to 9999, a string that is no number, a finite number, or a bigint within 64 bits',
  encode(value) {
    if (types.isDate(value)) return isoText(value)
    // NUMERIC affinity would store '2024' as the integer.
    if (typeof value === 'string') return isStorable(value) && !looksNumeric(value) ? value : undefined
    return numeric.encode(value)
  },
}

const bigint: Encoder = {
  rule: 'an integer within 2^53 as a number or within 64 bits as a bigint',
  encode(value) {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
    if (value === null) return null
    return typeof value === 'bigint' && isInt64(value) ? value : undefined
  },
}

const ownType: Encoder = {
  rule: 'a string that is no number, a finite number, a bigint within 64 bits, or a boolean',
  encode: (value) => (types.isDate(value) ? undefined : dateColumn.encode(value)),
}

const json: Encoder = {
  rule: 'what JSON can hold without a change, at any depth',
  encode: (value) => (value === null ? null : jsonText(value)),
  kindOf: jsonMisfit,
}

const byAffinity: Readonly<Record<Affinity, Encoder>> = { text, integer, real, numeric, blob, none }

/** False for a type that SQLite does not know (UUID, STRING): it treats the column as numeric, but nobody meant that. */
function isNamedNumeric(type: string, affinity: Affinity): boolean {
  return affinity !== 'numeric' || /NUM|DEC|BOOL/.test(type)
}

function withDates(base: Encoder, encode: (date: Date) => Bound | undefined): Encoder {
  return {
    rule: `${base.rule}, or a valid Date`,
    encode: (value) => (types.isDate(value) ? encode(value) : base.encode(value)),
  }
}

function withBooleans(base: Encoder): Encoder {
  return {
    rule: `${base.rule}, or a boolean`,
    encode: (value) => (typeof value === 'boolean' ? BigInt(value) : base.encode(value)),
  }
}

function milliseconds(date: Date): number | undefined {
  const time = date.getTime()
  return Number.isNaN(time) ? undefined : time
}

function isStorable(value: string): boolean {
  // length() and most clients stop at a NUL; a lone surrogate has no UTF-8.
  return isWellFormed(value) && !value.includes('\0')
}

/** NUMERIC affinity would store such a text as a number. Blank text is none to SQLite, though it is to `Number`. */
function looksNumeric(value: string): boolean {
  return value.trim() !== '' && !Number.isNaN(Number(value))
}

/** A view into a larger buffer would take all of it to the worker, and a shared one could still change. A buffer that was
 * transferred is empty, and cannot be read: `undefined`. */
function ownBytes(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.byteLength === 0) {
    try {
      return new Uint8Array(bytes.buffer, 0, 0)
    } catch {
      return undefined
    }
  }
  return bytes.byteLength === bytes.buffer.byteLength && !types.isSharedArrayBuffer(bytes.buffer)
    ? bytes
    : new Uint8Array(bytes)
}
