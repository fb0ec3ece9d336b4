import fc from 'fast-check'
import { as, itself, type TypedValue, type TypedValues } from './typed-value.ts'

const msPerDay = 86_400_000
const pad = (number: number, length = 2): string => String(number).padStart(length, '0')

const near = { min: new Date('1900-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z') }
/** From the first day that PostgreSQL has to the last of JavaScript. */
const far = { min: new Date('-004713-11-24T00:00:00Z'), max: new Date(8.64e15) }
const turns = ['-000001-12-31', '0000-01-01', '0000-02-29', '0001-01-01', '9999-12-31', '+010000-01-01']
const instant = fc.oneof(
  fc.date({ ...near, noInvalidDate: true }),
  fc.date({ ...far, noInvalidDate: true }),
  fc.constantFrom(...turns).map((day) => new Date(`${day}T23:59:59.999Z`)),
  fc.constantFrom(far.min, far.max),
)

/** The Julian day and the time of a Date: PostgreSQL reads it, and nothing in the encoders knows of it. */
function julian(date: Date): string {
  const time = date.getTime()
  const day = Math.floor(time / msPerDay)
  const second = Math.floor((time - day * msPerDay) / 1000)
  const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map((part) =>
    pad(part),
  )
  return `J${day + 2_440_588} ${clock.join(':')}.${pad(time - Math.floor(time / 1000) * 1000, 3)}`
}
const julianDay = (date: Date): string => julian(date).split(' ')[0] as string

const infinity = itself(fc.constantFrom('infinity', '-infinity'))

/** A day of the calendar as PostgreSQL writes it, and its era. */
const day = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1900, max: 2100 }), fc.integer({ min: -4711, max: 290_000 })),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 31 }),
  )
  .filter(([year, month, ofMonth]) => ofMonth <= daysIn(year, month))
  .map(([year, month, ofMonth]) => ({
    day: `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month)}-${pad(ofMonth)}`,
    era: year > 0 ? '' : ' BC',
  }))

/** The calendar repeats after 400 years. */
function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

const twoDigits = (max: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max }).map((number) => pad(number))
const fraction = fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength: 1, maxLength: 6 })
const clock = fc.oneof(
  fc.tuple(twoDigits(23), twoDigits(59)).map((parts) => parts.join(':')),
  fc.tuple(twoDigits(23), twoDigits(59), twoDigits(59)).map((parts) => parts.join(':')),
  fc
    .tuple(twoDigits(23), twoDigits(59), twoDigits(59), fraction)
    .map(([hour, minute, second, digits]) => `${hour}:${minute}:${second}.${digits}`),
)
const offset = fc.oneof(
  fc.constant('Z'),
  fc
    .tuple(
      fc.constantFrom('+', '-'),
      twoDigits(15),
      twoDigits(59),
      twoDigits(59),
      fc.constantFrom(0, 1, 2, 3),
    )
    .map(([sign, hour, minute, second, form]) => {
      const forms = [hour, `${hour}${minute}`, `${hour}:${minute}`, `${hour}:${minute}:${second}`]
      return sign + (forms[form] as string)
    }),
)

/** Texts of moments; the literal has a space where the value may have a T. */
function momentText(offsets: fc.Arbitrary<string>): fc.Arbitrary<TypedValue> {
  return fc
    .tuple(day, fc.constantFrom('T', ' '), clock, offsets)
    .map(([{ day: date, era }, separator, time, zone]) => ({
      value: `${date}${separator}${time}${zone}${era}`,
      literal: `${date} ${time}${zone}${era}`,
    }))
}

const sign = fc.constantFrom('', '-', '+')
const amount = fc.oneof(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 100_000 })).map(String)
const signed = fc.tuple(sign, amount).map((parts) => parts.join(''))
/** An interval in a form, and in single units with a sign each, which read the same in every IntervalStyle. */
const isoInterval = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.array(signed, { minLength: 6, maxLength: 6 }),
    fc.option(fraction, { nil: '0' }),
  )
  .map(([whole, parts, digits]): TypedValue => {
    const [y = '', mo = '', d = '', h = '', mi = '', s = ''] = parts
    const amounts = [y, mo, d, h, mi, `${s}.${digits}`].map((part) => (whole === '-' ? negated(part) : part))
    const units = ['years', 'months', 'days', 'hours', 'minutes', 'seconds']
    return {
      value: `${whole}P${y}Y${mo}M${d}DT${h}H${mi}M${s}.${digits}S`,
      literal: amounts.map((part, index) => `${withSign(part)} ${units[index]}`).join(' '),
    }
  })
const wordInterval = fc
  .tuple(signed, signed, signed, sign, clock)
  .map(([years, mons, days, ofClock, time]): TypedValue => ({
    value: `${years} years ${mons} mons ${days} days ${ofClock}${time}`,
    literal: `${withSign(years)} years ${withSign(mons)} mons ${withSign(days)} days ${ofClock === '-' ? '-' : '+'}${time}`,
  }))

function withSign(number: string): string {
  return /^[+-]/.test(number) ? number : `+${number}`
}
function negated(number: string): string {
  return number.startsWith('-') ? number.slice(1) : `-${number.replace('+', '')}`
}

const isoDay = as(instant, julianDay).map(({ value, literal }) => ({
  value: (value as Date).toISOString().replace(/T.*/, ''),
  literal,
}))
const isoMoment = as(instant, julian).map(({ value, literal }) => ({
  value: (value as Date).toISOString(),
  literal,
}))
const withZone = (values: fc.Arbitrary<TypedValue>): fc.Arbitrary<TypedValue> =>
  values.map(({ value, literal }) => ({ value, literal: `${literal} UTC` }))

export const times: TypedValues = [
  [
    'date',
    fc.oneof(as(instant, julianDay), isoDay, itself(day.map((parts) => parts.day + parts.era)), infinity),
  ],
  ['time', itself(fc.oneof(clock, fc.constant('24:00:00')))],
  ['timetz', itself(fc.tuple(clock, offset).map((parts) => parts.join('')))],
  [
    'timestamp',
    fc.oneof(
      as(instant, julian),
      isoMoment,
      momentText(fc.constantFrom('', 'Z')),
      itself(day.map((parts) => parts.day + parts.era)),
      infinity,
    ),
  ],
  ['timestamptz', fc.oneof(withZone(as(instant, julian)), withZone(isoMoment), momentText(offset), infinity)],
  ['interval', fc.oneof(isoInterval, wordInterval)],
]
