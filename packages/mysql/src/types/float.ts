import { refuse, Refusal } from '@batchflow/sql'
import { doubleBinding } from './binding.ts'
import { asItIs, type Encoder } from './encoder.ts'

const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

const rule = 'a finite number, a bigint within 2^53, or a string that is a number'

/** DOUBLE, and FLOAT, which the server rounds to the nearest that it has. NaN and Infinity have no form in either
 * protocol: one is a column's name, the other NULL. */
export function floatOf(single: boolean): Encoder {
  const encode = (value: unknown): number => {
    const number = numberOf(value)
    if (Number.isFinite(single ? Math.fround(number) : number)) return number
    throw new Refusal(rule, 'a number out of range')
  }
  return { encode, binding: doubleBinding(encode), orderOf: asItIs }
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : refuse(rule, value)
  if (typeof value === 'string') return numeral.test(value) ? Number(value) : refuse(rule, value)
  if (typeof value !== 'bigint') return refuse(rule, value)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : refuse(rule, value)
}
