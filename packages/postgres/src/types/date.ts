import { refuse, Refusal } from '@batchflow/sql'
import { dayOfTime, dayTextOf } from './calendar.ts'
import { byValue, type ValueEncoder } from './encoder.ts'
import { IsoReader, withPostgresYear } from './iso-text.ts'
import { infinityOf, timeOf } from './moment.ts'

/** The first day, 4714-11-24 BC, and the one after the last, of 5874897
 * (`DATETIME_MIN_JULIAN` and `DATE_END_JULIAN`, https://doxygen.postgresql.org/timestamp_8h_source.html). */
const [minDay, endDay] = [-2_451_545, 2_145_031_949]

const rule = 'a Date, of which the UTC day counts, an ISO 8601 day as a string, or infinity'

export const date: ValueEncoder = {
  plain: true,
  text(value) {
    const day = checkedDay(value)
    if (typeof value === 'string') return Number.isFinite(day) ? (withPostgresYear(value) as string) : value
    const { before, after } = dayTextOf(value as Date)
    return before + after
  },
  binary(value, out) {
    const day = checkedDay(value)
    out.int32(4)
    // The infinities are the ends of int4.
    out.int32(Math.max(-0x80000000, Math.min(day, 0x7fffffff)))
  },
  compare: (a, b) => byValue(checkedDay(a), checkedDay(b)),
}

/** Days from 2000-01-01, perhaps infinite. */
function checkedDay(value: unknown): number {
  const day = typeof value === 'string' ? dayOfText(value) : dayOfDate(value)
  if (Number.isNaN(day)) return refuse(rule, value)
  if (day >= minDay && day < endDay) return day
  if (!Number.isFinite(day)) return day
  throw new Refusal(rule, 'a day out of range')
}

function dayOfDate(value: unknown): number {
  const time = timeOf(value)
  return time === undefined ? Number.NaN : dayOfTime(time)
}

function dayOfText(text: string): number {
  const infinity = infinityOf(text)
  if (infinity !== undefined) return infinity
  const form = withPostgresYear(text)
  if (form === undefined) return Number.NaN
  const reader = new IsoReader(form)
  const day = reader.day()
  return reader.isAtEnd ? day : Number.NaN
}
