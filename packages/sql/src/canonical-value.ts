import type { ColumnType } from './definition.ts'

/** Gives one value for all that a column of a type takes for the same. Absent: values stand for themselves. */
export function canonicalOf(type: ColumnType | undefined): ((value: unknown) => unknown) | undefined {
  switch (type) {
    case 'bigint':
    case 'boolean':
      return asInteger
    case 'date':
      return asInstant
    default:
      return undefined
  }
}

/** An instant finer than a Date can be. */
export class FineInstant {
  /** Milliseconds since 1970, rounded down. */
  readonly ms: number
  /** The digits of what comes after the milliseconds, without zeros at the end; at least one. */
  readonly digits: string

  constructor(ms: number, digits: string) {
    this.ms = ms
    this.digits = digits
  }
}

/** No integer column holds a longer text, and reading one as an integer takes the square of its length. */
const maxIntegerText = 64

/** Integers as texts: blanks, a sign, leading zeros and an empty fraction are what databases read over. */
const integerText = /^\s*([+-]?\d+)(?:\.0*)?\s*$/

function asInteger(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string' || value.length > maxIntegerText) return value
  const digits = integerText.exec(value)?.[1]
  return digits === undefined ? value : BigInt(digits.replace('+', ''))
}

/** ISO 8601 as databases write and read it: a blank in place of the T, fractions of a second, a zone of hours, minutes
 * and seconds. Source: https://www.postgresql.org/docs/current/datatype-datetime.html */
const instantText =
  /^\s*([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{0,18}))?)? ?(Z|[+-]\d\d(?::?\d\d){0,2})?)?\s*$/i

/** Without a zone in UTC. An integer is milliseconds since 1970, as SQLite stores a Date. */
function asInstant(value: unknown): unknown {
  if (typeof value === 'string') return instantOf(value) ?? value
  if (typeof value === 'bigint' || Number.isInteger(value)) return dateOf(Number(value)) ?? value
  return value
}

function instantOf(text: string): Date | FineInstant | undefined {
  const match = instantText.exec(text)
  if (!match) return undefined
  const [, year, month, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match
  const thousandths = fraction.slice(0, 3).padEnd(3, '0')
  const local = Date.parse(`${year}-${month}-${day}T${minutes}:${seconds}.${thousandths}Z`)
  const date = dateOf(local - offsetMs(zone))
  const digits = fraction.slice(3).replace(/0+$/, '')
  return date === undefined || digits === '' ? date : new FineInstant(date.getTime(), digits)
}

function dateOf(ms: number): Date | undefined {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** What the clocks of a zone are ahead, in milliseconds. */
function offsetMs(zone: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = (zone.match(/\d\d/g) ?? []).map(Number)
  const ahead = ((hours * 60 + minutes) * 60 + seconds) * 1_000
  return zone.startsWith('-') ? -ahead : ahead
}
