import { refuse } from '@batchflow/sql'
import { byCodeUnit, type ValueEncoder } from './encoder.ts'

const rule = 'a uuid, as a string of 32 hexadecimal digits with or without hyphens'

/** Checked and read digit by digit: half the time of a regular expression. */
export const uuid: ValueEncoder = {
  plain: true,
  text(value) {
    bytesOf(value)
    return value as string
  },
  binary: (value, out) => out.bytes(bytesOf(value)),
  compare: (a, b) => byCodeUnit(normal(a), normal(b)),
}

function normal(text: string): string {
  return text.replaceAll('-', '').toLowerCase()
}

/** The last uuid that was read. */
const bytes = new Uint8Array(16)

function bytesOf(value: unknown): Uint8Array {
  return typeof value === 'string' && isRead(value) ? bytes : refuse(rule, value)
}

function isRead(text: string): boolean {
  const isHyphenated = text.length === 36
  if (!isHyphenated && text.length !== 32) return false
  if (isHyphenated && !hyphens.every((at) => text.charCodeAt(at) === hyphen)) return false
  let all = 0
  for (let index = 0; index < 16; index++) {
    const at = isHyphenated ? (positions[index] as number) : 2 * index
    const byte = (digitOf(text, at) << 4) | digitOf(text, at + 1)
    bytes[index] = byte
    all |= byte
  }
  // One digit that is none makes its byte negative, and so all of them together.
  return all >= 0
}

const hyphen = 45
const hyphens: readonly number[] = [8, 13, 18, 23]
const positions: readonly number[] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

/** The value of each ASCII character as a digit; -1 for those that are none. */
const digits: readonly number[] = Array.from({ length: 128 }, (_, unit) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(unit).toLowerCase()),
)

function digitOf(text: string, at: number): number {
  return digits[text.charCodeAt(at)] ?? -1
}
