/** Fits a few hundred narrow rows. */
const smallest = 64 * 1024

/** Below this many characters a loop is faster than a call into Node's own code (1.5 ns a character against 45). */
const shortText = 24

/** A growing buffer for MySQL's binary protocol: little-endian numbers, and strings with their length before them. Made for
 * many small fields, and for one batch after the other. */
export class ByteWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(smallest)
  #view: DataView = viewOf(this.#bytes)
  #length = 0

  /** Bytes written. */
  get length(): number {
    return this.#length
  }

  /** What was written, not copied: valid until the next call of any other method. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Begins again. A buffer that was less than a quarter full is halved, so that one giant batch does not hold its
   * memory for ever. The bytes must have been sent. */
  reset(): void {
    const size = this.#bytes.length
    if (size > smallest && this.#length < size / 4) this.#allocate(Math.max(smallest, size / 2))
    this.#length = 0
  }

  /** Bytes of zeros, to be filled in later; answers where they begin. */
  skip(size: number): number {
    const at = this.#claim(size)
    this.#bytes.fill(0, at, at + size)
    return at
  }

  /** Sets a bit in bytes that were skipped: the lowest of the first byte is 0. */
  setBit(start: number, bit: number): void {
    const at = start + (bit >> 3)
    this.#bytes[at] = (this.#bytes[at] as number) | (1 << (bit & 7))
  }

  int8(value: number): void {
    const at = this.#claim(1)
    this.#bytes[at] = value
  }

  int16(value: number): void {
    const at = this.#claim(2)
    this.#view.setUint16(at, value, true)
  }

  int32(value: number): void {
    const at = this.#claim(4)
    this.#view.setInt32(at, value, true)
  }

  /** An integer within 2^53. */
  int64(value: number): void {
    const at = this.#claim(8)
    const high = Math.floor(value / 0x100000000)
    this.#view.setUint32(at, value - high * 0x100000000, true)
    this.#view.setInt32(at + 4, high, true)
  }

  bigint64(value: bigint): void {
    const at = this.#claim(8)
    this.#view.setBigInt64(at, BigInt.asIntN(64, value), true)
  }

  float64(value: number): void {
    const at = this.#claim(8)
    this.#view.setFloat64(at, value, true)
  }

  raw(bytes: Uint8Array): void {
    const at = this.#claim(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** The same bytes so many times. */
  repeat(bytes: Uint8Array, times: number): void {
    const at = this.#claim(bytes.length * times)
    if (times > 0) this.#bytes.fill(bytes, at, at + bytes.length * times)
  }

  /** A length and bytes. */
  bytes(value: Uint8Array): void {
    this.size(value.length)
    this.raw(value)
  }

  /** A length and UTF-8 bytes. */
  utf8(value: string): void {
    const { length } = value
    if (length <= shortText && this.#shortAscii(value)) return
    const size = Buffer.byteLength(value, 'utf8')
    this.size(size)
    const at = this.#claim(size)
    this.#bytes.write(value, at, size, 'utf8')
  }

  /** A length, in one, three, four or nine bytes
   * (https://mariadb.com/kb/en/protocol-data-types/#length-encoded-integers). */
  size(value: number): void {
    if (value < 251) this.int8(value)
    else if (value < 0x10000) {
      this.int8(0xfc)
      this.int16(value)
    } else if (value < 0x1000000) {
      this.int8(0xfd)
      this.int16(value & 0xffff)
      this.int8(value >> 16)
    } else {
      this.int8(0xfe)
      this.int64(value)
    }
  }

  /** Writes a text of plain letters; false, and nothing, when it is none. */
  #shortAscii(value: string): boolean {
    const { length } = value
    const start = this.#claim(1 + length)
    const bytes = this.#bytes
    let at = start
    bytes[at++] = length
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index)
      if (unit > 127) {
        this.#length = start
        return false
      }
      bytes[at++] = unit
    }
    return true
  }

  #claim(size: number): number {
    const at = this.#length
    if (at + size > this.#bytes.length) this.#grow(at + size)
    this.#length = at + size
    return at
  }

  #grow(size: number): void {
    const full = this.#bytes
    this.#allocate(Math.max(2 * full.length, size))
    full.copy(this.#bytes, 0, 0, this.#length)
  }

  #allocate(size: number): void {
    this.#bytes = Buffer.allocUnsafeSlow(size)
    this.#view = viewOf(this.#bytes)
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}
