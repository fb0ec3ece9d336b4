/** Parts of the buffer's room, in rows or bytes, at which pressure begins and ends: far enough apart that a flow at work
 * does not go to and fro. */
const highAt = 0.8
const normalAt = 0.5

/** How full the buffer is: `high` from four fifths of its rows or bytes until half of both are free again. */
export type PressureLevel = 'normal' | 'high'

/** Tells when the buffer gets full and when it has emptied again, and remembers how full it was at most.
 *
 * normal: less than `highAt` of the room is taken. high: it was reached, and more than `normalAt` still is. */
export class Pressure {
  readonly #limits: { readonly bufferSize: number; readonly bufferBytes: number }
  readonly #onChange: (level: PressureLevel) => void
  readonly #highRows: number
  readonly #highBytes: number
  #level: PressureLevel = 'normal'
  #mostRows = 0
  #mostBytes = 0

  constructor(
    limits: { readonly bufferSize: number; readonly bufferBytes: number },
    onChange: (level: PressureLevel) => void,
  ) {
    this.#limits = limits
    this.#highRows = Math.ceil(highAt * limits.bufferSize)
    this.#highBytes = Math.ceil(highAt * limits.bufferBytes)
    this.#onChange = onChange
  }

  get level(): PressureLevel {
    return this.#level
  }

  /** So many rows and bytes are not settled now: would `look` find more pressure? Asked at every row. */
  rises(rows: number, bytes: number): boolean {
    return (rows >= this.#highRows || bytes >= this.#highBytes) && this.#level === 'normal'
  }

  /** So many rows and bytes are not settled now. */
  look(rows: number, bytes: number): void {
    const { bufferSize, bufferBytes } = this.#limits
    const isHigh = rows >= this.#highRows || bytes >= this.#highBytes
    const isNormal = rows <= normalAt * bufferSize && bytes <= normalAt * bufferBytes
    const level = isHigh ? 'high' : isNormal ? 'normal' : this.#level
    if (level === this.#level) return
    this.#level = level
    this.#onChange(level)
  }

  /** So many rows and bytes are going to be fewer: that they were seen is remembered. Answers the most that ever were. */
  remember(rows: number, bytes: number): { readonly rows: number; readonly bytes: number } {
    if (rows > this.#mostRows) this.#mostRows = rows
    if (bytes > this.#mostBytes) this.#mostBytes = bytes
    return { rows: this.#mostRows, bytes: this.#mostBytes }
  }
}
