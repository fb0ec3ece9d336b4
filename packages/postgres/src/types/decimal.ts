/** A decimal number as it stands in its text. Digits are counted from 0, without sign and point. */
export interface Decimal {
  readonly text: string
  readonly negative: boolean
  /** Where the digits begin in the text, and where the point stands among them; beyond the end if there is none. */
  readonly start: number
  readonly dot: number
  readonly digits: number
  /** Digits before the point, with the exponent applied: negative for 0.00001, beyond the digits for 1e9. */
  readonly point: number
  /** Digits after the point, with the exponent applied: what PostgreSQL shows of the number. */
  readonly scale: number
}

const zero = 48
const exponentForm = /^[eE][+-]?\d{1,7}$/

/** Reads `12`, `-1.50`, `.5`, `5.` and `1.5e-7`; undefined for anything else. Work and memory are those of the text: an
 * exponent is a number here, never a row of zeros. */
export function scanDecimal(text: string): Decimal | undefined {
  const first = text.charCodeAt(0)
  const negative = first === 45
  const start = negative || first === 43 ? 1 : 0
  let dot = -1
  let at = start
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= zero && unit <= 57) continue
    if (unit !== 46 || dot !== -1) break
    dot = at - start
  }
  const digits = at - start - (dot === -1 ? 0 : 1)
  if (digits === 0) return undefined
  let exponent = 0
  if (at < text.length) {
    const end = text.slice(at)
    if (!exponentForm.test(end)) return undefined
    exponent = Number(end.slice(1))
  }
  if (dot === -1) dot = digits
  const scale = digits - dot - exponent
  return { text, negative, start, dot, digits, point: dot + exponent, scale: scale > 0 ? scale : 0 }
}

/** The digit at an index; 0 outside of the number. */
export function digitAt(decimal: Decimal, index: number): number {
  if (index < 0 || index >= decimal.digits) return 0
  return decimal.text.charCodeAt(decimal.start + index + (index < decimal.dot ? 0 : 1)) - zero
}

/** Index of the first digit that is not 0; the number of digits when all are. */
export function firstNonzero(decimal: Decimal): number {
  let index = 0
  while (index < decimal.digits && digitAt(decimal, index) === 0) index++
  return index
}

/** Orders two numbers exactly. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const [firstOfA, firstOfB] = [firstNonzero(a), firstNonzero(b)]
  const [signOfA, signOfB] = [signOf(a, firstOfA), signOf(b, firstOfB)]
  if (signOfA !== signOfB || signOfA === 0) return signOfA - signOfB
  return signOfA * compareMagnitudes(a, b, { firstOfA, firstOfB })
}

function signOf({ negative, digits }: Decimal, first: number): number {
  if (first === digits) return 0
  return negative ? -1 : 1
}

function compareMagnitudes(
  a: Decimal,
  b: Decimal,
  { firstOfA, firstOfB }: { readonly firstOfA: number; readonly firstOfB: number },
): number {
  const [powerOfA, powerOfB] = [a.point - firstOfA, b.point - firstOfB]
  if (powerOfA !== powerOfB) return powerOfA - powerOfB
  const length = Math.max(a.digits - firstOfA, b.digits - firstOfB)
  for (let index = 0; index < length; index++) {
    const difference = digitAt(a, firstOfA + index) - digitAt(b, firstOfB + index)
    if (difference !== 0) return difference
  }
  return 0
}
