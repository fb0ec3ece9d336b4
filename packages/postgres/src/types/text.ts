import { refuse, Refusal, isWellFormed } from '@batchflow/sql'
import { byCodeUnit, type ValueEncoder } from './encoder.ts'

const rule = 'a string without NUL or lone surrogates'

/** The characters that PostgreSQL can store: it has no NUL, and the client would send U+FFFD for half a character. */
export function checkedText(value: unknown): string {
  return typeof value === 'string' && isWellFormed(value) && !value.includes('\0')
    ? value
    : refuse(rule, value)
}

/** text and varchar. Nothing else than a string is made one by accident. */
export const text: Required<ValueEncoder> = {
  plain: false,
  text: checkedText,
  binary: (value, out) => out.utf8(checkedText(value)),
  compare: byCodeUnit,
}

/** Texts that differ in spaces at the end are equal. */
export const bpchar: ValueEncoder = {
  ...text,
  compare: (a, b) => byCodeUnit(withoutEndSpaces(a), withoutEndSpaces(b)),
}

/** Texts that differ in case are equal. */
export const citext: ValueEncoder = {
  ...text,
  compare: (a, b) => byCodeUnit(a.toLowerCase(), b.toLowerCase()),
}

/** A type that nobody here knows, of an extension for instance: its text form, which the server reads. It has no bytes
 * here. */
export const otherText: ValueEncoder = { plain: false, text: checkedText, compare: byCodeUnit }

/** `name` cuts what is longer than 63 bytes in silence. */
export const name: ValueEncoder = {
  plain: false,
  text: checkedName,
  binary: (value, out) => out.utf8(checkedName(value)),
  compare: byCodeUnit,
}

function checkedName(value: unknown): string {
  const checked = checkedText(value)
  if (checked.length * 3 > 63 && Buffer.byteLength(checked) > 63)
    throw new Refusal(`${rule}, of at most 63 bytes`, 'a longer string')
  return checked
}

/** `"char"` keeps one byte of what it gets. */
export const char: ValueEncoder = {
  plain: false,
  text: checkedChar,
  binary(value, out) {
    const checked = checkedChar(value)
    out.int32(1)
    out.int8(checked === '' ? 0 : checked.charCodeAt(0))
  },
  compare: byCodeUnit,
}

function checkedChar(value: unknown): string {
  if (typeof value === 'string' && value.length <= 1 && isAsciiOrNothing(value.charCodeAt(0))) return value
  return refuse('a string of at most one ASCII character', value)
}

function isAsciiOrNothing(unit: number): boolean {
  return Number.isNaN(unit) || (unit > 0 && unit < 128)
}

function withoutEndSpaces(value: string): string {
  return value.replace(/ +$/, '')
}
