import { dayOf, microsPerDay, yearText } from './calendar.ts'

const [space, plus, hyphen, point, zero, colon] = [32, 43, 45, 46, 48, 58] as const
const [letterC, letterT, letterZ] = [67, 84, 90] as const

/** A text with its year as PostgreSQL takes it: `-000043-03-15`, which is how JavaScript writes far years, becomes
 * `0044-03-15 BC`. undefined: it begins with no year. */
export function withPostgresYear(text: string): string | undefined {
  if (text.charCodeAt(4) === hyphen && text.charCodeAt(0) > zero) return text
  const parts = /^([+-]\d{6}|\d{4,7})(-.*)$/.exec(text)
  if (parts === null) return undefined
  const [, digits = '', rest = ''] = parts
  const year = Number(digits)
  if (year > 0 && digits.charCodeAt(0) >= zero) return text
  if (isBeforeChrist(text)) return undefined
  const { before, after } = yearText(year, rest)
  return before + after
}

/** Reads a moment as PostgreSQL and ISO 8601 write it, from left to right. A part that is not there, or not as it should
 * be, is NaN. */
export class IsoReader {
  readonly #text: string
  readonly #end: number
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#end = isBeforeChrist(text) ? text.length - 3 : text.length
  }

  /** Characters read. */
  get position(): number {
    return this.#at
  }

  /** Nothing is left but perhaps ` BC`. */
  get isAtEnd(): boolean {
    return this.#at === this.#end
  }

  /** `2024-06-01`, with up to seven digits for the year, in days from 2000-01-01. */
  day(): number {
    let year = 0
    while (this.#at < 7 && this.#unit() !== hyphen) year = year * 10 + this.#digit()
    if (this.#at < 4 || year === 0) return Number.NaN
    if (this.#end < this.#text.length) year = 1 - year
    const month = this.#pairAfter(hyphen)
    return dayOf(year, month, this.#pairAfter(hyphen))
  }

  /** `12:00`, `12:00:00` or `12:00:00.123456`, to `24:00:00`, in microseconds. */
  timeOfDay(): number {
    const hours = this.#pair()
    let micros = (hours * 60 + this.#sixtieths()) * 60_000_000
    if (this.#unit() === colon) {
      micros += this.#sixtieths() * 1_000_000
      if (this.#unit() === point) micros += this.#fraction()
    }
    return micros <= microsPerDay ? micros : Number.NaN
  }

  /** `Z`, `+01`, `-0330`, `+01:00` or `-04:56:02`, in seconds east of Greenwich. */
  offset(): number {
    const sign = this.#unit()
    this.#at++
    if (sign === letterZ) return 0
    if (sign !== plus && sign !== hyphen) return Number.NaN
    let seconds = this.#pair() * 3600
    if (this.#at < this.#end) {
      seconds += this.#sixtieths(this.#unit() === colon) * 60
      if (this.#at < this.#end) seconds += this.#sixtieths()
    }
    // The farthest that PostgreSQL takes (MAX_TZDISP_HOUR).
    if (!(seconds < 16 * 3600)) return Number.NaN
    return sign === plus ? seconds : -seconds
  }

  /** Steps over the `T` or space between day and time. */
  separator(): boolean {
    const unit = this.#unit()
    this.#at++
    return unit === letterT || unit === space
  }

  /** `.1` to `.123456`, in microseconds. */
  #fraction(): number {
    this.#at++
    const start = this.#at
    let micros = 0
    let scale = 100_000
    for (; this.#at < this.#end && isDigit(this.#unit()); scale /= 10) micros += this.#digit() * scale
    return this.#at > start && this.#at <= start + 6 ? micros : Number.NaN
  }

  #sixtieths(marked = true): number {
    const pair = marked ? this.#pairAfter(colon) : this.#pair()
    return pair < 60 ? pair : Number.NaN
  }

  #pairAfter(mark: number): number {
    const isMarked = this.#unit() === mark
    this.#at++
    return isMarked ? this.#pair() : Number.NaN
  }

  #pair(): number {
    return this.#digit() * 10 + this.#digit()
  }

  #digit(): number {
    const digit = this.#unit() - zero
    this.#at++
    return digit >= 0 && digit <= 9 ? digit : Number.NaN
  }

  #unit(): number {
    return this.#text.charCodeAt(this.#at)
  }
}

function isDigit(unit: number): boolean {
  return unit >= zero && unit <= zero + 9
}

function isBeforeChrist(text: string): boolean {
  // The last character alone says it for nearly all.
  return text.charCodeAt(text.length - 1) === letterC && text.endsWith(' BC')
}
