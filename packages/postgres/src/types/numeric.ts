import { refuse, Refusal } from '@batchflow/sql'
import type { ByteWriter } from './byte-writer.ts'
import { compareDecimals, type Decimal, digitAt, firstNonzero, scanDecimal } from './decimal.ts'
import { byValue, type ValueEncoder } from './encoder.ts'

/** The most digits before and after the point
 * (https://www.postgresql.org/docs/current/datatype-numeric.html). */
const maxPoint = 131_072
const maxScale = 16_383

/** The sign words of the binary form (`NUMERIC_NEG` and so on, https://doxygen.postgresql.org/numeric_8c.html). */
const negative = 0x4000
const specialSigns: ReadonlyMap<string, number> = new Map([
  ['NaN', 0xc000],
  ['Infinity', 0xd000],
  ['-Infinity', 0xf000],
])

const rule = 'a number, a bigint, or a string that is a decimal number, NaN or Infinity'

export const numeric: ValueEncoder = {
  plain: true,
  text(value) {
    const text = textOf(value)
    if (typeof value !== 'number') checked(text)
    return text
  },
  binary(value, out) {
    const text = textOf(value)
    const decimal = checked(text)
    if (decimal) writeDecimal(decimal, out)
    else writeHeader(out, { groups: 0, weight: 0, sign: specialSigns.get(text) as number, scale: 0 })
  },
  compare(a, b) {
    const rounded = byValue(Number(a), Number(b))
    if (rounded !== 0 || a === b) return rounded
    // Rounding never changes the order of two numbers, it only makes them equal.
    const [first, second] = [scanDecimal(a), scanDecimal(b)]
    if (first && second) return compareDecimals(first, second)
    // Infinity, and what JavaScript takes for it: a number that is finite is nearer to zero.
    return first ? -Number(b) : Number(a)
  },
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' ? `${value}` : refuse(rule, value)
}

/** undefined for NaN and the infinities. */
function checked(text: string): Decimal | undefined {
  const decimal = scanDecimal(text)
  if (decimal === undefined) return specialSigns.has(text) ? undefined : refuse(rule, text)
  if (decimal.scale > maxScale || (decimal.point > maxPoint && isTooLarge(decimal))) {
    const limit = `of at most ${maxPoint} digits before the point and ${maxScale} after it`
    throw new Refusal(`${rule}, ${limit}`, 'one with more')
  }
  return decimal
}

function isTooLarge(decimal: Decimal): boolean {
  const first = firstNonzero(decimal)
  return first < decimal.digits && decimal.point - first > maxPoint
}

/** Digits of base 10,000 with the power of the first, the zeros at both ends left out. */
function writeDecimal(decimal: Decimal, out: ByteWriter): void {
  const { point, digits, scale } = decimal
  const first = firstNonzero(decimal)
  if (first === digits) {
    writeHeader(out, { groups: 0, weight: 0, sign: 0, scale })
    return
  }
  let last = digits - 1
  while (digitAt(decimal, last) === 0) last--
  const weight = Math.ceil((point - first) / 4) - 1
  const start = point - 4 * (weight + 1)
  const groups = Math.floor((last - start) / 4) + 1
  writeHeader(out, { groups, weight, sign: decimal.negative ? negative : 0, scale })
  let group = 0
  for (let index = first; index < start + 4 * groups; index++) {
    group = group * 10 + digitAt(decimal, index)
    if (((index - start) & 3) !== 3) continue
    out.int16(group)
    group = 0
  }
}

interface Header {
  readonly groups: number
  readonly weight: number
  readonly sign: number
  readonly scale: number
}

function writeHeader(out: ByteWriter, { groups, weight, sign, scale }: Header): void {
  out.int32(8 + 2 * groups)
  // Four int16, two at once.
  out.int32((groups << 16) | (weight & 0xffff))
  out.int32((sign << 16) | scale)
}
