import { refuse } from '@batchflow/sql'
import { textBinding } from './binding.ts'
import { asItIs, type Encoder } from './encoder.ts'

const form = /^[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i

/** UUID of MariaDB. */
export const uuid: Encoder = { encode, binding: textBinding(encode), orderOf: asItIs }

function encode(value: unknown): string {
  if (typeof value === 'string' && form.test(value)) return value.replaceAll('-', '').toLowerCase()
  return refuse('a uuid, as a string of 32 hexadecimal digits with or without hyphens', value)
}
