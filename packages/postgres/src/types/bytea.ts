import { refuse, Refusal } from '@batchflow/sql'
import { constants } from 'node:buffer'
import { types } from 'node:util'
import { byCodeUnit, type ValueEncoder } from './encoder.ts'

const rule = 'a Buffer or Uint8Array'

/** Two digits a byte, and room for the quotes of an array in an array. */
const maxTextBytes = Math.floor(constants.MAX_STRING_LENGTH / 2) - 16

export const bytea: ValueEncoder = {
  plain: false,
  text(value) {
    const bytes = checked(value)
    if (bytes.byteLength > maxTextBytes)
      throw new Refusal(`${rule} whose text fits into a string`, 'a larger one')
    return `\\x${Buffer.isBuffer(bytes) ? bytes.toString('hex') : hexOf(bytes)}`
  },
  binary: (value, out) => out.bytes(checked(value)),
  compare: byCodeUnit,
}

function checked(value: unknown): Uint8Array {
  if (!types.isUint8Array(value)) return refuse(rule, value)
  if (value.byteLength === 0 && isDetached(value.buffer)) throw new Refusal(rule, 'one that was transferred')
  return value
}

function hexOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
}

/** A buffer that was transferred to another thread looks empty, and no view can be made of it. */
function isDetached(buffer: ArrayBufferLike): boolean {
  if (types.isSharedArrayBuffer(buffer)) return false
  try {
    return new Uint8Array(buffer).byteLength < 0
  } catch {
    return true
  }
}
