import { refuse } from '@batchflow/sql'
import { byValue, type ValueEncoder } from './encoder.ts'
import { IsoReader } from './iso-text.ts'

interface TimeOfDay {
  /** Microseconds since midnight. */
  readonly micros: number
  /** Seconds east of Greenwich; 0 without a time zone. */
  readonly offset: number
}

export const time: ValueEncoder = timeEncoder(
  false,
  'a time of day as a string with at most microseconds and without an offset',
)

/** An offset is required: without one PostgreSQL would take the session's. */
export const timetz: ValueEncoder = timeEncoder(
  true,
  'a time of day as a string with at most microseconds and with an offset',
)

function timeEncoder(zoned: boolean, rule: string): ValueEncoder {
  const read = (value: unknown): TimeOfDay => {
    if (typeof value !== 'string') return refuse(rule, value)
    const reader = new IsoReader(value)
    const micros = reader.timeOfDay()
    const offset = zoned ? reader.offset() : 0
    const isRead = value.length === reader.position && !Number.isNaN(micros + offset)
    return isRead ? { micros, offset } : refuse(rule, value)
  }
  return {
    plain: true,
    text(value) {
      read(value)
      return value as string
    },
    binary(value, out) {
      const { micros, offset } = read(value)
      out.int32(zoned ? 12 : 8)
      out.int64(Math.floor(micros / 0x100000000), micros)
      // PostgreSQL counts zones to the west.
      if (zoned) out.int32(-offset)
    },
    compare(a, b) {
      const [first, second] = [read(a), read(b)]
      return byValue(utcMicros(first), utcMicros(second)) || byValue(second.offset, first.offset)
    },
  }
}

function utcMicros({ micros, offset }: TimeOfDay): number {
  return micros - offset * 1_000_000
}
