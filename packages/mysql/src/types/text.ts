import { refuse, Refusal, isWellFormed } from '@batchflow/sql'
import { textBinding } from './binding.ts'
import type { ColumnType } from './column-type.ts'
import { asItIs, type Encoder } from './encoder.ts'

const rule = 'a string without lone surrogates'

/** The characters that can be sent: the client would send U+FFFD for half a character. */
export function checkedText(value: unknown): string {
  return typeof value === 'string' && isWellFormed(value) ? value : refuse(rule, value)
}

/** CHAR, VARCHAR and TEXT of every size. A string that is too long is refused here, because the server cuts blanks at its
 * end off without an error. */
export function textOf(type: ColumnType): Encoder {
  const encode = textEncoder(type)
  return { encode, binding: textBinding(encode), orderOf: textOrder(type.collation) }
}

function textEncoder({ name, maxCharacters = 2 ** 32, maxBytes = 2 ** 32, charset }: ColumnType) {
  const isCounted = name === 'char' || name === 'varchar'
  const limit = isCounted ? maxCharacters : maxBytes
  const measure = isCounted ? characters : byteCounter(charset)
  // A UTF-16 unit is a character at most, and three bytes at most.
  const surelyFits = isCounted ? limit : Math.floor(limit / 3)
  const tooLong = `${rule}, of at most ${limit} ${isCounted ? 'characters' : 'bytes'}`
  return (value: unknown): string => {
    const text = checkedText(value)
    if (text.length > surelyFits && measure(text) > limit) throw new Refusal(tooLong, 'a longer string')
    return text
  }
}

function characters(text: string): number {
  let count = 0
  for (let index = 0; index < text.length; index++) {
    // The second half of a pair is no character of its own.
    const unit = text.charCodeAt(index)
    if (unit < 0xdc00 || unit > 0xdfff) count++
  }
  return count
}

/** Exact for Unicode, and the least that it can be for other character sets: those have blanks of one byte, and the server
 * counts the rest. */
function byteCounter(charset: string | undefined): (text: string) => number {
  switch (charset) {
    case 'utf8mb4':
    case 'utf8mb3':
    case 'utf8':
      return (text) => Buffer.byteLength(text, 'utf8')
    case 'ucs2':
    case 'utf16':
    case 'utf16le':
      return (text) => 2 * text.length
    case 'utf32':
      return (text) => 4 * characters(text)
    default:
      return characters
  }
}

/** Texts that collations hold for equal differ in case, accents and blanks at the end, as a rule; those of binary
 * collations do not. */
export function textOrder(collation: string | undefined): Encoder['orderOf'] {
  if (collation === undefined || collation === 'binary' || collation.endsWith('_bin')) return asItIs
  return (value) => folded(String(value))
}

/** Digits, signs and small letters of ASCII. */
const isPlain = /^[\u0020-\u0040\u005b-\u007e]*$/

function folded(text: string): string {
  if (isPlain.test(text) && !text.endsWith(' ')) return text
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replace(/ +$/, '')
}

/** A type whose texts only the server can read: INET6, for instance. */
export const otherText: Encoder = {
  encode: checkedText,
  binding: textBinding(checkedText),
  orderOf: asItIs,
}
