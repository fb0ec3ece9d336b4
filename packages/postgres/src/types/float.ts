import { refuse, Refusal } from '@batchflow/sql'
import { byValue, type ValueEncoder } from './encoder.ts'

/** A number as PostgreSQL and JavaScript both read it. */
const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const nonzero = /^[^eE]*[1-9]/

const rule = 'a number, NaN and Infinity among them, a bigint within 2^53, or a string that is a number'

export const float8: ValueEncoder = {
  plain: true,
  text: (value) => textOf(checked(value)),
  binary(value, out) {
    const number = checked(value)
    out.int32(8)
    out.float64(number)
  },
  compare: (a, b) => byValue(Number(a), Number(b)),
}

/** Rounded to the nearest float4 here, so that text and bytes give the same one. */
export const float4: ValueEncoder = {
  plain: true,
  text: (value) => textOf(rounded(value)),
  binary(value, out) {
    const number = rounded(value)
    out.int32(4)
    out.float32(number)
  },
  compare: float8.compare,
}

function checked(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : refuse(rule, value)
  }
  return typeof value === 'string' ? parsed(value) : refuse(rule, value)
}

function parsed(text: string): number {
  if (!numeral.test(text)) return /^(?:NaN|-?Infinity)$/.test(text) ? Number(text) : refuse(rule, text)
  const number = Number(text)
  if (!Number.isFinite(number) || (number === 0 && nonzero.test(text))) throw new Refusal(rule, outOfRange)
  return number
}

function rounded(value: unknown): number {
  const number = checked(value)
  const single = Math.fround(number)
  const isOutOfRange = single === 0 ? number !== 0 : !Number.isFinite(single) && Number.isFinite(number)
  if (isOutOfRange) throw new Refusal(`${rule}, in the range of real`, outOfRange)
  return single
}

const outOfRange = 'a number out of range'

/** PostgreSQL tells -0 from 0, `String` does not. */
function textOf(value: number): string {
  return value === 0 && Object.is(value, -0) ? '-0' : `${value}`
}
