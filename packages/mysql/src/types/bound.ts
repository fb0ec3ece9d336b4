/** A value in the form in which it is sent: bound to a prepared statement, or written as a literal. */
export type Bound = string | number | bigint | Buffer

/** Whether a text means the same to every sql_mode when it stands in quotes: NO_BACKSLASH_ESCAPES decides what a backslash
 * is, and a NUL ends statements in logs. */
const hasSpecial = /[\\\0]/

/** The literal of a value. It means the same under every sql_mode, so that no setting of a session can turn a value into
 * SQL: a quote is doubled, and a text with a backslash is written in hexadecimal. */
export function literalOf(value: Bound | null): string {
  if (typeof value === 'string') return textLiteral(value)
  if (value === null) return 'null'
  return typeof value === 'object' ? `x'${value.toString('hex')}'` : `${value}`
}

function textLiteral(value: string): string {
  if (hasSpecial.test(value)) return `_utf8mb4 x'${Buffer.from(value, 'utf8').toString('hex')}'`
  return value.includes("'") ? `'${value.replaceAll("'", "''")}'` : `'${value}'`
}

/** The most that a value takes on the wire in either protocol, in bytes, at the price of no look at its characters. */
export function roughBytes(value: Bound | null): number {
  if (typeof value === 'string') return 6 * value.length + 16
  if (typeof value !== 'object' || value === null) return 48
  return 2 * value.length + 16
}

/** The bytes of a value's literal. */
export function literalBytes(value: Bound | null): number {
  if (typeof value === 'string') {
    const bytes = Buffer.byteLength(value, 'utf8')
    if (hasSpecial.test(value)) return 2 * bytes + "_utf8mb4 x''".length
    return bytes + 2 + (value.includes("'") ? value.split("'").length - 1 : 0)
  }
  return Buffer.isBuffer(value) ? 2 * value.length + "x''".length : literalOf(value).length
}

/** The bytes of a value that is bound, with its type and its length before it. */
export function boundBytes(value: Bound | null): number {
  const framing = 16
  if (typeof value === 'string') return framing + Buffer.byteLength(value, 'utf8')
  if (Buffer.isBuffer(value)) return framing + value.length
  return framing + (typeof value === 'bigint' ? `${value}`.length : 8)
}
