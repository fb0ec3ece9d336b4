let lastTime = Number.NaN
let lastText = ''

/** A Date as `2024-06-01T12:00:00.000Z`, which sorts by time and which SQLite's date functions read; undefined for
 * years outside 0 to 9999, whose form they do not. The last one is kept: rows come with equal times, and the call is
 * the dearest of all (418 ns against 38). */
export function isoText(date: Date): string | undefined {
  const time = date.getTime()
  if (time === lastTime) return lastText
  if (Number.isNaN(time)) return undefined
  const text = date.toISOString()
  if (text.length !== 24) return undefined
  lastTime = time
  lastText = text
  return text
}

/** True for a bigint that an INTEGER of SQLite holds. */
export function isInt64(value: bigint): boolean {
  return value >= -0x8000000000000000n && value <= 0x7fffffffffffffffn
}
