/** What PostgreSQL keeps of an interval. */
export interface Interval {
  readonly months: number
  readonly days: number
  readonly micros: bigint
}

interface Unit {
  readonly part: 0 | 1 | 2
  /** In months, days or microseconds. */
  readonly size: bigint
}

const [months, days, micros] = [0, 1, 2] as const
const [second, minute, hour] = [1_000_000n, 60_000_000n, 3_600_000_000n]

const isoForm =
  /^([+-]?)P(?=[^T]|T.)(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?(?:T(?=.)(?:([+-]?\d+(?:\.\d+)?)H)?(?:([+-]?\d+(?:\.\d+)?)M)?(?:([+-]?\d+(?:\.\d+)?)S)?)?$/

/** The units of {@link isoForm}, in the order of its groups. */
const isoUnits: readonly Unit[] = [
  { part: months, size: 12n },
  { part: months, size: 1n },
  { part: days, size: 7n },
  { part: days, size: 1n },
  { part: micros, size: hour },
  { part: micros, size: minute },
  { part: micros, size: second },
]

const words: ReadonlyMap<string, Unit> = new Map([
  ...named({ part: months, size: 12n }, 'year', 'yr'),
  ...named({ part: months, size: 1n }, 'month', 'mon'),
  ...named({ part: days, size: 7n }, 'week'),
  ...named({ part: days, size: 1n }, 'day'),
  ...named({ part: micros, size: hour }, 'hour', 'hr'),
  ...named({ part: micros, size: minute }, 'minute', 'min'),
  ...named({ part: micros, size: second }, 'second', 'sec'),
  ...named({ part: micros, size: 1000n }, 'millisecond', 'ms'),
  ...named({ part: micros, size: 1n }, 'microsecond', 'us'),
])

function named(unit: Unit, ...names: readonly string[]): readonly (readonly [string, Unit])[] {
  return names.flatMap((name) => [[name, unit] as const, [`${name}s`, unit] as const])
}

const amountForm = /^[+-]?\d+(?:\.\d+)?$/
const clockForm = /^([+-]?)(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d{1,6})?))?$/

/** More digits than any amount in range has; longer ones are not worth reading. */
const maxLength = 200

/** Reads `P1Y2M3DT4H5M6.789S` and `1 year 2 mons -3 days 04:05:06.789`. Fractions are for hours and below, because a part
 * of a month is nothing that two people agree on.
 *
 * @returns undefined: not such a text, finer than a microsecond, or out of range. */
export function intervalOf(text: string): Interval | undefined {
  if (text.length === 0 || text.length > maxLength) return undefined
  const sum = new Sum()
  const isRead = text.includes('P') ? addIso(text, sum) : addWords(text.split(' '), sum)
  return isRead ? sum.interval() : undefined
}

function addIso(text: string, sum: Sum): boolean {
  const [whole, sign = '', ...amounts] = isoForm.exec(text) ?? []
  if (whole === undefined) return false
  const isAdded = isoUnits.every((unit, index) => {
    const amount = amounts[index]
    return amount === undefined || sum.add(amount, unit)
  })
  if (sign === '-') sum.negate()
  return isAdded
}

function addWords(tokens: readonly string[], sum: Sum): boolean {
  let rest = tokens
  while (rest.length >= 2) {
    const [amount = '', word = '', ...others] = rest
    const unit = words.get(word)
    if (unit === undefined || !amountForm.test(amount) || !sum.add(amount, unit)) return false
    rest = others
  }
  const [clock] = rest
  return clock === undefined || addClock(clock, sum)
}

function addClock(text: string, sum: Sum): boolean {
  const [whole, sign = '', hours = '', minutes = '', seconds = '0'] = clockForm.exec(text) ?? []
  if (whole === undefined) return false
  sum.add(sign + hours, { part: micros, size: hour })
  sum.add(sign + minutes, { part: micros, size: minute })
  return sum.add(sign + seconds, { part: micros, size: second })
}

/** Adds up an interval, exactly. */
class Sum {
  readonly #parts: [bigint, bigint, bigint] = [0n, 0n, 0n]

  /** Answers false for an amount that is not a whole number of the part's own unit. */
  add(amount: string, { part, size }: Unit): boolean {
    const [whole = '', fraction] = amount.split('.')
    if (fraction === undefined) {
      this.#parts[part] += BigInt(whole) * size
      return true
    }
    const scale = 10n ** BigInt(fraction.length)
    const scaled = BigInt(whole.replace(/^[+-]/, '') + fraction) * size
    if (part !== micros || scaled % scale !== 0n) return false
    this.#parts[part] += (whole.startsWith('-') ? -scaled : scaled) / scale
    return true
  }

  negate(): void {
    for (const part of [months, days, micros]) this.#parts[part] = -this.#parts[part]
  }

  /** undefined beyond four bytes for months, days or hours, which is where PostgreSQL's reading ends. */
  interval(): Interval | undefined {
    const [sumOfMonths, sumOfDays, sumOfMicros] = this.#parts
    const parts = [sumOfMonths, sumOfDays, sumOfMicros / hour]
    if (parts.some((part) => BigInt.asIntN(32, part) !== part)) return undefined
    return { months: Number(sumOfMonths), days: Number(sumOfDays), micros: sumOfMicros }
  }
}
