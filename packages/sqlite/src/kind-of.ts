import { kindOf as kindOfAny } from '@batchflow/sql'
import { types } from 'node:util'
import { isInt64, isoText } from './value-text.ts'

/** What a value is, for messages: its kind, never the value. */
export function kindOf(value: unknown): string {
  if (typeof value === 'bigint') return isInt64(value) ? 'a bigint' : 'a bigint beyond 64 bits'
  if (types.isDate(value)) return isoText(value) === undefined ? 'an invalid or far Date' : 'a Date'
  return kindOfAny(value)
}
