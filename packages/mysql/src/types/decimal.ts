import { refuse } from '@batchflow/sql'
import { textBinding } from './binding.ts'
import type { Encoder } from './encoder.ts'

const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/

const rule = 'a finite number, a bigint, or a string that is a decimal number'

/** DECIMAL: goes as text, which no double ever touches. Digits after the column's scale are rounded by the server; digits
 * before its point that do not fit are an error. */
export const decimal: Encoder = { encode, binding: textBinding(encode), orderOf: Number }

function encode(value: unknown): string {
  if (typeof value === 'string') return numeral.test(value) ? value : refuse(rule, value)
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return `${value}`
  return refuse(rule, value)
}
