import { kindOf, refuse, Refusal } from '@batchflow/sql'
import { types } from 'node:util'
import { bytesBinding } from './binding.ts'
import { asItIs, type Encoder } from './encoder.ts'

const rule = 'a Buffer or Uint8Array'

/** BINARY, VARBINARY and BLOB of every size. */
export const binary: Encoder = {
  encode: checkedBytes,
  binding: bytesBinding(checkedBytes),
  orderOf: asItIs,
}

function checkedBytes(value: unknown): Buffer {
  if (!types.isUint8Array(value)) return refuse(rule, value)
  if (value.byteLength === 0 && isDetached(value.buffer)) throw new Refusal(rule, 'one that was transferred')
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
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

/** BIT(n) goes as bytes: a decimal text would be taken for characters. */
export function bitOf(bits: number): Encoder {
  const max = (1n << BigInt(bits)) - 1n
  const size = Math.ceil(bits / 8)
  const bitRule = `an integer from 0 to ${max} as a number or a bigint, a boolean, or a Buffer of at most ${size} bytes`
  const encode = (value: unknown): Buffer => {
    const number = types.isUint8Array(value) ? valueOfBytes(checkedBytes(value), size) : integerOf(value)
    if (number === undefined || number < 0n || number > max)
      throw new Refusal(bitRule, number === undefined ? kindOf(value) : 'one out of range')
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(number)
    return bytes.subarray(8 - size)
  }
  return { encode, binding: bytesBinding(encode), orderOf: asItIs }
}

function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1n : 0n
  return Number.isSafeInteger(value) ? BigInt(value as number) : undefined
}

function valueOfBytes(bytes: Buffer, size: number): bigint | undefined {
  return bytes.length <= size ? BigInt(`0x0${bytes.toString('hex')}`) : undefined
}
