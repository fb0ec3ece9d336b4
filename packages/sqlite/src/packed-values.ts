/** A value in the form in which better-sqlite3 binds it. */
export type Bound = string | number | bigint | Uint8Array | null

/** Values in the form that crosses to the worker fastest: numbers in one buffer, all strings as one, and only what is
 * neither as an array. Against a plain array of values it takes about two thirds of the time on both sides. */
export interface PackedValues {
  readonly count: number
  /** What each value is: one of the constants below. */
  readonly kinds: Uint8Array
  /** The number itself, or the length of the string. */
  readonly numbers: Float64Array
  /** The strings, one after the other. */
  readonly text: string
  /** Bigints and blobs. */
  readonly others: readonly (bigint | Uint8Array)[]
}

const nullKind = 0
const numberKind = 1
const stringKind = 2
const otherKind = 3

/** Collects values; can take back those of the last row. */
export class ValuePacker {
  readonly #maxTextLength: number
  readonly #kinds: Uint8Array
  readonly #numbers: Float64Array
  readonly #others: (bigint | Uint8Array)[] = []
  #count = 0
  #text = ''
  #rowCount = 0
  #rowText = ''
  #rowOthers = 0

  constructor(maxValues: number, maxTextLength: number) {
    this.#maxTextLength = maxTextLength
    this.#kinds = new Uint8Array(maxValues)
    this.#numbers = new Float64Array(maxValues)
  }

  /** Answers false when there is no room for the characters of a string, which is then not taken. */
  push(value: Bound): boolean {
    if (typeof value === 'string' && this.#text.length + value.length > this.#maxTextLength) return false
    const place = this.#count++
    if (typeof value === 'string') {
      this.#kinds[place] = stringKind
      this.#numbers[place] = value.length
      this.#text += value
    } else if (typeof value === 'number') {
      this.#kinds[place] = numberKind
      this.#numbers[place] = value
    } else if (value === null) this.#kinds[place] = nullKind
    else {
      this.#kinds[place] = otherKind
      this.#others.push(value)
    }
    return true
  }

  /** Remembers where a row begins, for {@link dropRow}. */
  startRow(): void {
    this.#rowCount = this.#count
    this.#rowText = this.#text
    this.#rowOthers = this.#others.length
  }

  /** Takes back every value since the row began. */
  dropRow(): void {
    this.#count = this.#rowCount
    this.#text = this.#rowText
    this.#others.length = this.#rowOthers
  }

  packed(): PackedValues {
    return {
      count: this.#count,
      kinds: this.#kinds,
      numbers: this.#numbers,
      text: this.#text,
      others: this.#others,
    }
  }
}

/** Gives the values again, in their order. */
export class ValueUnpacker {
  readonly #packed: PackedValues
  #place = 0
  #textAt = 0
  #otherAt = 0

  constructor(packed: PackedValues) {
    this.#packed = packed
  }

  /** The next ones, so many. */
  take(count: number): Bound[] {
    const { kinds, numbers, text, others } = this.#packed
    const values: Bound[] = []
    const end = this.#place + count
    let at = this.#textAt
    for (let place = this.#place; place < end; place++) {
      const kind = kinds[place]
      const number = numbers[place] as number
      if (kind === stringKind) {
        values.push(text.substring(at, at + number))
        at += number
      } else if (kind === numberKind) values.push(number)
      else values.push(kind === nullKind ? null : (others[this.#otherAt++] as bigint | Uint8Array))
    }
    this.#place = end
    this.#textAt = at
    return values
  }
}
