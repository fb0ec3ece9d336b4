/** PostgreSQL counts days and microseconds from 2000-01-01. */
const daysFrom1970 = 10_957

export const millisecondsPerDay = 86_400_000
export const secondsPerDay = 86_400
export const microsPerDay = 86_400_000_000

/** Days from 2000-01-01 to a day of the proleptic Gregorian calendar; year 0 is 1 BC. NaN when there is no such day.
 *
 * Counts in eras of 400 years that begin in March: http://howardhinnant.github.io/date_algorithms.html#days_from_civil */
export function dayOf(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return Number.NaN
  const shifted = month > 2 ? year : year - 1
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468 - daysFrom1970
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days from 2000-01-01 to the UTC day of a time in milliseconds from 1970. */
export function dayOfTime(time: number): number {
  return Math.floor(time / millisecondsPerDay) - daysFrom1970
}

/** The two parts of a moment's text around its time of day: `0044-03-15` and ` BC`. */
export interface DayText {
  readonly before: string
  readonly after: '' | ' BC'
}

let lastDay = Number.NaN
let lastText: DayText = { before: '', after: '' }

/** The UTC day of a valid Date. The last one is kept: rows come with days that are equal. */
export function dayTextOf(date: Date): DayText {
  const time = Date.prototype.getTime.call(date)
  const day = Math.floor(time / millisecondsPerDay)
  if (day !== lastDay) {
    // A copy, for a subclass may answer otherwise.
    const plain = new Date(time)
    const monthAndDay = `-${twoDigits(plain.getUTCMonth() + 1)}-${twoDigits(plain.getUTCDate())}`
    lastText = yearText(plain.getUTCFullYear(), monthAndDay)
    lastDay = day
  }
  return lastText
}

/** A year and what follows it as PostgreSQL writes them: it has no year 0 and none below. */
export function yearText(year: number, rest: string): DayText {
  return year > 0
    ? { before: String(year).padStart(4, '0') + rest, after: '' }
    : { before: String(1 - year).padStart(4, '0') + rest, after: ' BC' }
}

/** A whole number in two digits. */
export function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
