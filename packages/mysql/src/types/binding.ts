import type { Bound } from './bound.ts'
import type { ByteWriter } from './byte-writer.ts'

/** How values of one column go as parameters of a prepared statement. */
export interface Binding {
  /** The type of the parameters, with the flag of unsigned ones
   * (https://mariadb.com/kb/en/com_stmt_execute/#parameter-type). */
  readonly type: number
  /** Writes a value, which is neither null nor undefined.
   *
   * @throws BatchFlowError as the encoder does; what was written is for the caller to take back */
  readonly write: (value: unknown, out: ByteWriter) => void
}

const unsignedFlag = 0x8000

/** Integers of up to 32 bits. */
export function integerBinding(encode: (value: unknown) => Bound, unsigned: boolean): Binding {
  return {
    type: 3 | (unsigned ? unsignedFlag : 0),
    write: (value, out) => out.int32(encode(value) as number),
  }
}

/** Integers of 64 bits. */
export function bigintBinding(encode: (value: unknown) => Bound, unsigned: boolean): Binding {
  return {
    type: 8 | (unsigned ? unsignedFlag : 0),
    write(value, out) {
      const bound = encode(value)
      if (typeof bound === 'bigint') out.bigint64(bound)
      else out.int64(bound as number)
    },
  }
}

export function doubleBinding(encode: (value: unknown) => Bound): Binding {
  return { type: 5, write: (value, out) => out.float64(encode(value) as number) }
}

/** Texts, and whatever the server reads from a text. */
export function textBinding(encode: (value: unknown) => Bound): Binding {
  return { type: 253, write: (value, out) => out.utf8(encode(value) as string) }
}

export function bytesBinding(encode: (value: unknown) => Bound): Binding {
  return { type: 252, write: (value, out) => out.bytes(encode(value) as Buffer) }
}

/** Moments, from the Date itself or from `2024-06-01 12:00:00.123`. */
export function momentBinding(
  encode: (value: unknown) => Bound,
  writeDate: (value: unknown, out: ByteWriter) => boolean,
): Binding {
  return {
    type: 12,
    write(value, out) {
      if (writeDate(value, out)) return
      const text = encode(value) as string
      const number = (from: number, to: number) => Number(text.slice(from, to))
      out.int8(11)
      out.int16(number(0, 4))
      out.int8(number(5, 7))
      out.int8(number(8, 10))
      out.int8(number(11, 13))
      out.int8(number(14, 16))
      out.int8(number(17, 19))
      out.int32(Number(text.slice(20).padEnd(6, '0')))
    },
  }
}
