import { refuse } from '@batchflow/sql'
import { byCodeUnit, type ValueEncoder } from './encoder.ts'

export const boolean: ValueEncoder = {
  plain: true,
  text: (value) => (checked(value) ? 't' : 'f'),
  binary(value, out) {
    out.int32(1)
    out.int8(checked(value) ? 1 : 0)
  },
  compare: byCodeUnit,
}

function checked(value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse('true or false', value)
}
