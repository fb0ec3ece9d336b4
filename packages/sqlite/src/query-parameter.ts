import { BatchFlowError } from '@batchflow/core'
import { isWellFormed } from '@batchflow/sql'
import { types } from 'node:util'
import { kindOf } from './kind-of.ts'
import type { Bound } from './packed-values.ts'
import { isInt64, isoText } from './value-text.ts'

const rule =
  'null, a string without lone surrogates, a number other than NaN, a bigint within 64 bits, a boolean, ' +
  'a Date of the years 0 to 9999, or a Buffer'

/** The parameters of `query` in the form in which they would have been stored: integers as integers, booleans as 0 and
 * 1, Dates as ISO text.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`, with the kind of the value: it may be one of a row */
export function encodeParameters(params: unknown): readonly Bound[] {
  if (!Array.isArray(params)) return refuse('params', 'an array', params)
  // Unlike `map`, `from` also visits holes.
  return Array.from(params, (value: unknown, index) => {
    const bound = encodeParameter(value)
    return bound === undefined ? refuse(`params[${index}]`, rule, value) : bound
  })
}

function encodeParameter(value: unknown): Bound | undefined {
  switch (typeof value) {
    case 'string':
      return isWellFormed(value) ? value : undefined
    case 'number':
      if (Number.isNaN(value)) return undefined
      return Number.isSafeInteger(value) ? BigInt(value) : value
    case 'bigint':
      return isInt64(value) ? value : undefined
    case 'boolean':
      return BigInt(value)
    default:
      if (types.isDate(value)) return isoText(value)
      // A copy: a view would take all of its buffer along to the worker.
      return value === null ? null : types.isUint8Array(value) ? new Uint8Array(value) : undefined
  }
}

function refuse(option: string, expected: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${option} must be ${expected}, got ${kindOf(got)}`)
}
