import { types } from 'node:util'
import { secondsPerDay } from './calendar.ts'
import { IsoReader, withPostgresYear } from './iso-text.ts'

/** A point in time, or of the calendar: seconds from 2000-01-01, infinite ones too, and microseconds of that second. */
export interface Moment {
  readonly seconds: number
  readonly micros: number
}

/** The first second of 4714-11-24 BC and the one after the last of 294276, as `IS_VALID_TIMESTAMP` has them
 * (https://doxygen.postgresql.org/timestamp_8h_source.html). */
const [minSeconds, endSeconds] = [-211_813_488_000, 9_223_371_331_200]

const secondsFrom1970 = 946_684_800

/** What `infinity` and `-infinity` stand for, which PostgreSQL takes in place of a day or time; undefined for any other
 * text. */
export function infinityOf(text: string): number | undefined {
  // Both have an i there, where a day never has one: most texts are through with one or two comparisons.
  if (text.charCodeAt(3) !== letterI && text.charCodeAt(4) !== letterI) return undefined
  if (text === 'infinity') return Infinity
  return text === '-infinity' ? -Infinity : undefined
}

const letterI = 105

/** The time of a Date, of any realm and without asking its methods; undefined for anything else. */
export function timeOf(value: unknown): number | undefined {
  return types.isDate(value) ? Date.prototype.getTime.call(value) : undefined
}

/** undefined: out of range, or not valid. */
export function momentOfTime(time: number): Moment | undefined {
  const whole = Math.floor(time / 1000)
  const seconds = whole - secondsFrom1970
  return isInRange(seconds) ? { seconds, micros: (time - whole * 1000) * 1000 } : undefined
}

/** The moment that a text names. `zoned` ones need an offset; others may have none but Z, since PostgreSQL would leave it
 * out of account.
 *
 * @returns undefined: there is no such moment, or it is out of range. */
export function momentOfText(text: string, zoned: boolean): Moment | undefined {
  const form = withPostgresYear(text)
  if (form === undefined) return undefined
  const reader = new IsoReader(form)
  const day = reader.day()
  let micros = 0
  let offset = 0
  if (zoned || !reader.isAtEnd) {
    if (!reader.separator()) return undefined
    micros = reader.timeOfDay()
    if (zoned || !reader.isAtEnd) offset = reader.offset()
    if (!zoned && offset !== 0) return undefined
  }
  if (!reader.isAtEnd) return undefined
  const whole = Math.floor(micros / 1_000_000)
  const seconds = day * secondsPerDay + whole - offset
  return isInRange(seconds) ? { seconds, micros: micros - whole * 1_000_000 } : undefined
}

/** False for NaN too. */
function isInRange(seconds: number): boolean {
  return seconds >= minSeconds && seconds < endSeconds
}
