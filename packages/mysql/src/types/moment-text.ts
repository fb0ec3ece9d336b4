import type { ByteWriter } from './byte-writer.ts'

const millisecondsPerDay = 86_400_000

/** The first moment of year 1 and the last of year 9999. What lies before 1000 "might work"
 * (https://dev.mysql.com/doc/refman/8.4/en/datetime.html), and does. */
const [firstTime, lastTime] = [-62_135_596_800_000, 253_402_300_799_999]

const pairs: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))

let lastDay = Number.NaN
let lastDayText = ''
let [lastYear, lastMonth, lastDate] = [0, 0, 0]

/** `2024-06-01` of a time in milliseconds, in UTC; undefined when it is out of range or NaN. Rows come with equal days,
 * and to ask a Date for one is the dearest part (300 ns of 420). */
export function dayText(time: number): string | undefined {
  if (!(time >= firstTime && time <= lastTime)) return undefined
  const day = Math.floor(time / millisecondsPerDay)
  if (day !== lastDay) {
    lastDayText = new Date(day * millisecondsPerDay).toISOString().slice(0, 10)
    lastYear = Number(lastDayText.slice(0, 4))
    lastMonth = Number(lastDayText.slice(5, 7))
    lastDate = Number(lastDayText.slice(8))
    lastDay = day
  }
  return lastDayText
}

/** `2024-06-01 12:00:00.123` of a time in milliseconds, in UTC, cut to so many digits after the second. */
export function momentText(time: number, fraction: number): string | undefined {
  const day = dayText(time)
  if (day === undefined) return undefined
  const ms = time - lastDay * millisecondsPerDay
  const seconds = Math.floor(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  const clock = `${pair(Math.floor(minutes / 60))}:${pair(minutes % 60)}:${pair(seconds % 60)}`
  return fraction === 0 ? `${day} ${clock}` : `${day} ${clock}.${digitsOf(ms % 1_000, fraction)}`
}

/** Powers of ten by which microseconds are cut to so many digits. */
const cuts = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1]

/** Writes the time in MySQL's binary form (https://mariadb.com/kb/en/com_stmt_execute/#binary-parameter-encoding), cut as
 * in {@link momentText}. false, and nothing written: out of range. */
export function writeMoment(time: number, fraction: number, out: ByteWriter): boolean {
  if (dayText(time) === undefined) return false
  const ms = time - lastDay * millisecondsPerDay
  const seconds = Math.floor(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  const cut = cuts[fraction] as number
  out.int8(11)
  out.int16(lastYear)
  out.int8(lastMonth)
  out.int8(lastDate)
  out.int8(Math.floor(minutes / 60))
  out.int8(minutes % 60)
  out.int8(seconds % 60)
  out.int32(Math.floor(((ms % 1_000) * 1_000) / cut) * cut)
  return true
}

/** One text for one moment, whether it came as a Date or as a string. */
function digitsOf(ms: number, fraction: number): string {
  const thousandths = `${Math.floor(ms / 100)}${pair(ms % 100)}`
  return fraction <= 3 ? thousandths.slice(0, fraction) : thousandths.padEnd(fraction, '0')
}

function pair(number: number): string {
  return pairs[number] as string
}

const momentForm =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/

/** A moment as ISO 8601 and MySQL write it, with at most microseconds: its UTC text, cut to so many digits after the
 * second. Without an offset it is in UTC. undefined: there is no such moment. */
export function momentOfText(text: string, fraction: number): string | undefined {
  const [, day, hours = '00', minutes = '00', seconds = '00', micros = '', offset = 'Z'] =
    momentForm.exec(text) ?? []
  if (day === undefined || !isDay(day) || hours > '23' || minutes > '59' || seconds > '59') return undefined
  const ahead = offsetMinutes(offset)
  if (ahead === undefined) return undefined
  const whole = momentText(Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`) - ahead * 60_000, 0)
  return whole === undefined || fraction === 0
    ? whole
    : `${whole}.${micros.padEnd(fraction, '0').slice(0, fraction)}`
}

/** True for a day of the calendar, in the years 1 to 9999. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  // JavaScript takes the 31st of a month of 30 days for the 1st of the next.
  return dayText(time) === text
}

function offsetMinutes(offset: string): number | undefined {
  if (offset === 'Z') return 0
  const hours = Number(offset.slice(1, 3))
  const minutes = Number(offset.slice(3).replace(':', ''))
  if (hours > 15 || minutes > 59) return undefined
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
