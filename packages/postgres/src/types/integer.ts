import { kindOf, Refusal } from '@batchflow/sql'
import type { ByteWriter } from './byte-writer.ts'
import { byValue, type ValueEncoder } from './encoder.ts'

const digits = /^-?\d+$/

/** int2, int4 and oid: what a JavaScript number holds. */
export function integer(
  min: number,
  max: number,
  write: (value: number, out: ByteWriter) => void,
): ValueEncoder {
  const rule = `an integer from ${min} to ${max}, as a number, a bigint or a string of digits`
  const checked = (value: unknown): number => {
    if (typeof value === 'number') {
      if (Number.isInteger(value) && value >= min && value <= max) return value
    } else if (typeof value === 'bigint' || (typeof value === 'string' && digits.test(value))) {
      const number = Number(value)
      if (number >= min && number <= max) return number
    }
    throw new Refusal(rule, kindOfInteger(value))
  }
  return {
    plain: true,
    text: (value) => `${checked(value)}`,
    binary: (value, out) => write(checked(value), out),
    compare: (a, b) => Number(a) - Number(b),
  }
}

export const int2: ValueEncoder = integer(-0x8000, 0x7fff, (value, out) => {
  out.int32(2)
  out.int16(value)
})

export const int4: ValueEncoder = integer(-0x80000000, 0x7fffffff, (value, out) => {
  out.int32(4)
  out.int32(value)
})

/** Unsigned; the upper half has the bits of a negative int4. */
export const oid: ValueEncoder = integer(0, 0xffffffff, (value, out) => {
  out.int32(4)
  out.int32(value)
})

const minInt8 = -0x8000000000000000n
const maxInt8 = 0x7fffffffffffffffn

export const int8: ValueEncoder = {
  plain: true,
  text(value) {
    const checked = checkedInt8(value)
    // V8 makes the digits of a bigint in a third of the time, for it knows that there is no fraction.
    return `${typeof checked === 'number' && (checked | 0) !== checked ? BigInt(checked) : checked}`
  },
  binary(value, out) {
    const checked = checkedInt8(value)
    out.int32(8)
    if (typeof checked === 'bigint') out.bigint64(checked)
    else out.int64(Math.floor(checked / 0x100000000), checked)
  },
  compare(a, b) {
    const rounded = byValue(Number(a), Number(b))
    // Rounding never changes the order of two integers, it only makes them equal.
    return rounded === 0 && a !== b ? byBigint(BigInt(a), BigInt(b)) : rounded
  },
}

function checkedInt8(value: unknown): number | bigint {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value
  } else if (typeof value === 'bigint') {
    if (isInt8(value)) return value
  } else if (typeof value === 'string' && value.length <= 20 && digits.test(value)) {
    if (value.length <= 15) return Number(value)
    const parsed = BigInt(value)
    if (isInt8(parsed)) return parsed
  }
  const rule = 'an integer within 2^53 as a number, or within 64 bits as a bigint or a string of digits'
  throw new Refusal(rule, kindOfInteger(value))
}

function isInt8(value: bigint): boolean {
  return value >= minInt8 && value <= maxInt8
}

function byBigint(a: bigint, b: bigint): number {
  return a < b ? -1 : 1
}

/** What a refused value is: an integer is refused only for its size. */
function kindOfInteger(value: unknown): string {
  if (typeof value === 'bigint') return 'a bigint out of range'
  if (typeof value === 'string' && digits.test(value)) return 'a string of digits out of range'
  return Number.isSafeInteger(value) ? 'an integer out of range' : kindOf(value)
}
