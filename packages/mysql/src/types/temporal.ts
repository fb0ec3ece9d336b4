import { refuse, Refusal } from '@batchflow/sql'
import { types } from 'node:util'
import { momentBinding, textBinding } from './binding.ts'
import { asItIs, type Encoder } from './encoder.ts'
import { dayText, isDay, momentOfText, momentText, writeMoment } from './moment-text.ts'

const momentRule =
  'a Date, or an ISO 8601 string with at most microseconds (in UTC where it has no offset), of the years 1 to 9999'

/** DATETIME: stored as it is written, so in UTC whatever the session's time zone is. The fraction is cut to what the column
 * has, because MySQL would round it up to a moment that has not come yet. */
export function datetimeOf(fraction: number): Encoder {
  const encode = (value: unknown): string => momentOf(value, fraction)
  const binding = momentBinding(encode, (value, out) => {
    const time = timeOf(value)
    return time !== undefined && writeMoment(time, fraction, out)
  })
  return { encode, binding, orderOf: asItIs }
}

function momentOf(value: unknown, fraction: number): string {
  if (typeof value === 'string') return momentOfText(value, fraction) ?? refuse(momentRule, value)
  const time = timeOf(value)
  return (time === undefined ? undefined : momentText(time, fraction)) ?? refuse(momentRule, value)
}

/** The first second of TIMESTAMP, in milliseconds: the one before stands for a date of zeros. */
const firstTime = 1_000
const firstText = '1970-01-01 00:00:01'

/** TIMESTAMP: the server reads it in the session's time zone, unless it is told another. `offset` is what tells it, where
 * the server reads offsets. */
export function timestampOf(fraction: number, offset: string, refusesNull: boolean): Encoder {
  const encode = (value: unknown): string => {
    const text = momentOf(value, fraction)
    if (text < firstText) throw new Refusal('a moment from 1970-01-01T00:00:01Z on', 'an earlier one')
    return text + offset
  }
  const binding =
    offset === ''
      ? momentBinding(encode, (value, out) => {
          const time = timeOf(value)
          return time !== undefined && time >= firstTime && writeMoment(time, fraction, out)
        })
      : textBinding(encode)
  return { encode, binding, orderOf: asItIs, ...(refusesNull && { refusesNull }) }
}

const dateRule =
  'a Date, of which the UTC day counts, or a day as a string (YYYY-MM-DD), of the years 1 to 9999'

/** DATE: of a string with a time of day the server would drop that. */
export const date: Encoder = { encode: dayOf, binding: textBinding(dayOf), orderOf: asItIs }

function dayOf(value: unknown): string {
  const time = timeOf(value)
  if (time !== undefined) return dayText(time) ?? refuse(dateRule, value)
  return typeof value === 'string' && isDay(value) ? value : refuse(dateRule, value)
}

const timeRule = 'a time as a string, from -838:59:59 to 838:59:59, with at most microseconds'
const timeForm = /^(-?)(\d{1,3}):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?$/

/** TIME: of a day, or between two moments. */
export function timeOfDay(fraction: number): Encoder {
  const encode = (value: unknown): string => {
    const [, sign, hours, minutes, seconds = '00', micros = ''] =
      (typeof value === 'string' && timeForm.exec(value)) || []
    if (hours === undefined || Number(hours) > 838) return refuse(timeRule, value)
    const clock = `${sign}${hours.padStart(2, '0')}:${minutes}:${seconds}`
    return fraction === 0 ? clock : `${clock}.${micros.padEnd(fraction, '0').slice(0, fraction)}`
  }
  return { encode, binding: textBinding(encode), orderOf: asItIs }
}

const yearRule = 'a year from 1901 to 2155, or 0, as a number or a string of four digits'

/** YEAR: of one or two digits the server makes a year of its own choice. */
export const year: Encoder = { encode: yearOf, binding: textBinding(yearOf), orderOf: Number }

function yearOf(value: unknown): string {
  const number = typeof value === 'string' && /^\d{4}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number)) return refuse(yearRule, value)
  if (number !== 0 && (number < 1901 || number > 2155)) return refuse(yearRule, value)
  return String(number).padStart(4, '0')
}

/** The time of a Date, of any realm and without asking its methods; undefined for anything else. */
function timeOf(value: unknown): number | undefined {
  return types.isDate(value) ? Date.prototype.getTime.call(value) : undefined
}
