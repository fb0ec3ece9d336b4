/** Label values are cut at this many bytes of UTF-8. */
export const maxLabelValueBytes = 128

/** A label value that any Prometheus takes: lone surrogates become U+FFFD (half a pair cannot be written as UTF-8, and
 * one such byte fails the whole page), and long values are cut between characters. */
export function labelValue(value: string): string {
  // Every UTF-16 unit takes a byte or more, so one unit above the limit is enough to look at.
  const bytes = Buffer.from(value.slice(0, maxLabelValueBytes + 1), 'utf8')
  let end = Math.min(bytes.length, maxLabelValueBytes)
  // A byte 10xxxxxx is inside a character.
  while (end < bytes.length && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
