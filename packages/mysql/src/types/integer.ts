import { kindOf, Refusal } from '@batchflow/sql'
import { bigintBinding, integerBinding } from './binding.ts'
import type { Bound } from './bound.ts'
import { asItIs, type Encoder } from './encoder.ts'

const digits = /^-?\d+$/

/** Bits of the integer types (https://mariadb.com/kb/en/int/). */
const widths: Readonly<Record<string, number>> = {
  tinyint: 8,
  smallint: 16,
  mediumint: 24,
  int: 32,
  bigint: 64,
}

/** The encoder of an integer type; undefined for any other. The server rounds fractions and, outside of strict modes, cuts
 * what is out of range: neither gets there. */
export function integerOf(name: string, unsigned: boolean): Encoder | undefined {
  const bits = Object.hasOwn(widths, name) ? widths[name] : undefined
  if (bits === undefined) return undefined
  const min = unsigned ? 0n : -(1n << BigInt(bits - 1))
  const max = unsigned ? (1n << BigInt(bits)) - 1n : (1n << BigInt(bits - 1)) - 1n
  return bits === 64 ? wide(min, max) : narrow(Number(min), Number(max))
}

/** What a JavaScript number holds. */
function narrow(min: number, max: number): Encoder {
  const rule = `an integer from ${min} to ${max}, as a number, a bigint, a string of digits or a boolean`
  const encode = (value: unknown): number => {
    if (typeof value === 'number') {
      if (Number.isInteger(value) && value >= min && value <= max) return value
    } else if (typeof value === 'boolean') return Number(value)
    else if (typeof value === 'bigint' || (typeof value === 'string' && digits.test(value))) {
      const number = Number(value)
      if (number >= min && number <= max) return number
    }
    throw new Refusal(rule, kindOfInteger(value))
  }
  return { encode, binding: integerBinding(encode, min === 0), orderOf: asItIs }
}

function wide(min: bigint, max: bigint): Encoder {
  const rule = `an integer from ${min} to ${max}, as a bigint or a string of digits, or as a number or boolean within 2^53`
  const within = (value: bigint): Bound | undefined => (value >= min && value <= max ? value : undefined)
  const encoded = (value: unknown): Bound | undefined => {
    if (typeof value === 'number')
      return Number.isSafeInteger(value) && (value >= 0 || min < 0n) ? value : undefined
    if (typeof value === 'bigint') return within(value)
    if (typeof value === 'boolean') return Number(value)
    return typeof value === 'string' && value.length <= 20 && digits.test(value)
      ? within(BigInt(value))
      : undefined
  }
  const encode = (value: unknown): Bound => {
    const bound = encoded(value)
    if (bound === undefined) throw new Refusal(rule, kindOfInteger(value))
    return bound
  }
  return { encode, binding: bigintBinding(encode, min === 0n), orderOf: asItIs }
}

/** For AUTO_INCREMENT: the server puts the next number in the place of 0. */
export function withoutZero(encoder: Encoder): Encoder {
  const encode = (value: unknown): Bound => {
    const bound = encoder.encode(value)
    if (Number(bound) !== 0) return bound
    throw new Refusal('other than 0, in whose place AUTO_INCREMENT puts the next number', 'a 0')
  }
  const { type } = encoder.binding
  const bindingOf = (type & 0xff) === 8 ? bigintBinding : integerBinding
  return { ...encoder, encode, binding: bindingOf(encode, type > 0xff) }
}

/** What a refused value is: an integer is refused only for its size. */
function kindOfInteger(value: unknown): string {
  if (typeof value === 'bigint') return 'a bigint out of range'
  if (typeof value === 'string' && digits.test(value)) return 'a string of digits out of range'
  return Number.isSafeInteger(value) ? 'an integer out of range' : kindOf(value)
}
