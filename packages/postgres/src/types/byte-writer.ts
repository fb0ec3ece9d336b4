/** In bytes; fits a thousand narrow rows. */
const smallest = 64 * 1024

/** Below this many characters a loop is faster than a call into Node's own code (1.5 ns a character against 45). */
const shortText = 24

/** From here on room is made for the bytes that a text has, not for those that it could have. */
const longText = 4096

/** A growing buffer for binary COPY: big-endian numbers, and fields with their length before them. Made for many small
 * fields, and for one batch after the other. */
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

  /** Forgets what was written from `length` on: a row that was refused halfway. */
  truncate(length: number): void {
    this.#length = length
  }

  /** Begins again. A buffer that was less than a quarter full is halved, so that one giant batch does not hold its
   * memory for ever. The bytes must have been sent, or copied. */
  reset(): void {
    const size = this.#bytes.length
    if (size > smallest && this.#length < size / 4) this.#allocate(Math.max(smallest, size / 2))
    this.#length = 0
  }

  int8(value: number): void {
    const at = this.#claim(1)
    this.#view.setInt8(at, value)
  }

  int16(value: number): void {
    const at = this.#claim(2)
    this.#view.setInt16(at, value)
  }

  int32(value: number): void {
    const at = this.#claim(4)
    this.#view.setInt32(at, value)
  }

  /** A 64-bit integer by its upper half, and a number of which the lower 32 bits are its lower half. */
  int64(high: number, low: number): void {
    const at = this.#claim(8)
    this.#view.setInt32(at, high)
    this.#view.setUint32(at + 4, low)
  }

  bigint64(value: bigint): void {
    const at = this.#claim(8)
    this.#view.setBigInt64(at, value)
  }

  float32(value: number): void {
    const at = this.#claim(4)
    this.#view.setFloat32(at, value)
  }

  float64(value: number): void {
    const at = this.#claim(8)
    this.#view.setFloat64(at, value)
  }

  /** A field: length and bytes. */
  bytes(value: Uint8Array): void {
    const at = this.#claim(4 + value.length)
    this.#view.setInt32(at, value.length)
    this.#bytes.set(value, at + 4)
  }

  /** A field: length and UTF-8 bytes. */
  utf8(value: string): void {
    const start = this.open()
    this.characters(value)
    this.close(start)
  }

  /** UTF-8 bytes without their length, inside of a field. */
  characters(value: string): void {
    const { length } = value
    this.#reserve(length < longText ? 3 * length : Buffer.byteLength(value))
    const isWritten = length <= shortText && this.#ascii(value)
    if (!isWritten) this.#length += this.#bytes.write(value, this.#length, 'utf8')
  }

  /** Begins a field whose length is not known yet; the answer is for {@link close}. */
  open(): number {
    this.#claim(4)
    return this.#length
  }

  /** Ends the field that {@link open} began: its length goes before it, with so many bytes more as it counts. */
  close(start: number, more: number = 0): void {
    this.#view.setInt32(start - 4, this.#length - start + more)
  }

  /** Answers false, and writes nothing, when there are other characters. */
  #ascii(value: string): boolean {
    const bytes = this.#bytes
    const start = this.#length
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index)
      if (unit > 127) return false
      bytes[start + index] = unit
    }
    this.#length = start + value.length
    return true
  }

  #claim(size: number): number {
    this.#reserve(size)
    const at = this.#length
    this.#length = at + size
    return at
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return
    const full = this.#bytes
    this.#allocate(Math.max(2 * full.length, this.#length + size))
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
