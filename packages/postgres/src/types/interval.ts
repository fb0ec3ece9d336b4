import { refuse } from '@batchflow/sql'
import type { ValueEncoder } from './encoder.ts'
import { intervalOf, type Interval } from './interval-text.ts'

const rule =
  "an interval as a string, as ISO 8601 (P1DT2H) or PostgreSQL ('1 day 02:00:00') write it, with at most microseconds"

/** Sent as ISO 8601 whatever its form: how PostgreSQL reads the signs of its own form depends on the IntervalStyle of
 * the session. */
export const interval: ValueEncoder = {
  plain: true,
  text: (value) => isoText(checked(value)),
  binary(value, out) {
    const { months, days, micros } = checked(value)
    out.int32(16)
    out.bigint64(micros)
    out.int32(days)
    out.int32(months)
  },
  compare(a, b) {
    const difference = lengthOf(checked(a)) - lengthOf(checked(b))
    return difference === 0n ? 0 : difference < 0n ? -1 : 1
  },
}

/** PostgreSQL holds intervals for equal when they are with months of 30 days of 24 hours. */
function lengthOf({ months, days, micros }: Interval): bigint {
  return BigInt(months * 30 + days) * 24n * microsPerHour + micros
}

function checked(value: unknown): Interval {
  return (typeof value === 'string' ? intervalOf(value) : undefined) ?? refuse(rule, value)
}

const microsPerHour = 3_600_000_000n

/** The three parts of an interval with a sign each, for days are not all of one length. */
function isoText({ months, days, micros }: Interval): string {
  const hours = micros / microsPerHour
  const rest = Number(micros - hours * microsPerHour)
  const minutes = Math.trunc(rest / 60_000_000)
  const seconds = rest - minutes * 60_000_000
  return `P${months}M${days}DT${hours}H${minutes}M${secondsText(seconds)}S`
}

function secondsText(micros: number): string {
  const size = Math.abs(micros)
  const whole = Math.floor(size / 1_000_000)
  const fraction = String(size - whole * 1_000_000).padStart(6, '0')
  return `${micros < 0 ? '-' : ''}${whole}.${fraction}`
}
