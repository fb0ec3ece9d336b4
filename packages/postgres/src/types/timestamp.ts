import { refuse, Refusal } from '@batchflow/sql'
import type { ByteWriter } from './byte-writer.ts'
import { byCodeUnit, byValue, type ValueEncoder } from './encoder.ts'
import { withPostgresYear } from './iso-text.ts'
import { infinityOf, type Moment, momentOfText, momentOfTime, timeOf } from './moment.ts'
import { timestampText } from './timestamp-text.ts'

/** Without a time zone: a Date is written by its UTC time. */
export const timestamp: ValueEncoder = timestampEncoder(
  false,
  'a Date, of which the UTC time counts, an ISO 8601 string without an offset but Z and with at most microseconds, or infinity',
)

export const timestamptz: ValueEncoder = timestampEncoder(
  true,
  'a Date, an ISO 8601 string with an offset and with at most microseconds, or infinity',
)

function timestampEncoder(zoned: boolean, rule: string): ValueEncoder {
  const momentOf = (value: unknown): Moment => {
    const time = timeOf(value)
    if (time !== undefined) return momentOfTime(time) ?? refuseTime(rule, time)
    const text = typeof value === 'string' ? value : refuse(rule, value)
    const infinity = infinityOf(text)
    if (infinity !== undefined) return { seconds: infinity, micros: 0 }
    return momentOfText(text, zoned) ?? refuse(rule, value)
  }
  return {
    plain: true,
    text(value) {
      const moment = momentOf(value)
      if (typeof value !== 'string') return timestampText(value as Date)
      return Number.isFinite(moment.seconds) ? (withPostgresYear(value) as string) : value
    },
    binary: (value, out) => writeMoment(momentOf(value), out),
    compare(a, b) {
      if (haveOneForm(a, b)) return byCodeUnit(a, b)
      const [first, second] = [momentOf(a), momentOf(b)]
      return byValue(first.seconds, second.seconds) || byValue(first.micros, second.micros)
    },
  }
}

function refuseTime(rule: string, time: number): never {
  throw new Refusal(rule, Number.isNaN(time) ? 'an invalid Date' : 'a Date out of range')
}

/** Such texts sort as their moments do: four digits for the year, UTC, and as many digits for the second. */
function haveOneForm(a: string, b: string): boolean {
  return (
    a.length === b.length &&
    a[4] === '-' &&
    b[4] === '-' &&
    a.endsWith('Z') &&
    b.endsWith('Z') &&
    a[10] === b[10]
  )
}

/** Microseconds from 2000-01-01 as an int8, of which the ends are the infinities. They do not fit into a number, but
 * those of the lower 32 bits of the seconds do. */
function writeMoment({ seconds, micros }: Moment, out: ByteWriter): void {
  out.int32(8)
  if (seconds === Infinity) out.int64(0x7fffffff, 0xffffffff)
  else if (seconds === -Infinity) out.int64(-0x80000000, 0)
  else {
    const high = Math.floor(seconds / 0x100000000)
    const low = (seconds - high * 0x100000000) * 1_000_000 + micros
    out.int64(high * 1_000_000 + Math.floor(low / 0x100000000), low)
  }
}
