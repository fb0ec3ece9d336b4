import { commandNamed } from './command-names.ts'
import type { RedisArgument, RedisCommand } from './command.ts'

const minBytes = 2 ** 12
/** Above this a text is copied by Node, which takes two calls (55 ns); below, character by character (1.6 ns each). */
const maxLoopLength = 32
/** A kind, ten digits at the most, and two line ends. */
const frameBytes = 16

const star = 0x2a
const dollar = 0x24
/** The end of a line. */
export const cr = 0x0d
export const lf = 0x0a
const zero = 0x30

/** Writes commands in the protocol of Redis: the number of words, then each with its length in bytes. Texts become bytes
 * without becoming other texts on the way, which the garbage collector would have to clear away by the thousand.
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export class ProtocolWriter {
  readonly #chunks: Buffer[] = []
  #chunk: Buffer
  #at = 0
  #bytes = 0
  #isAscii = true

  /** @param bytes How much is expected.
   * @param spare To write to, if it is large enough. */
  constructor(bytes: number = minBytes, spare?: Buffer) {
    this.#chunk =
      spare !== undefined && spare.length >= bytes ? spare : Buffer.allocUnsafeSlow(Math.max(minBytes, bytes))
  }

  /** What is written to now: all of it can be written to again when nobody reads what was. */
  get chunk(): Buffer {
    return this.#chunk
  }

  /** Bytes written. */
  get bytes(): number {
    return this.#bytes + this.#at
  }

  /** An `AsciiWriter` could have written it, or so it seems. */
  get isAscii(): boolean {
    return this.#isAscii
  }

  /** A command. */
  command(command: RedisCommand): void {
    const { length } = command
    const { text } = commandNamed(command[0])
    this.#reserve(frameBytes + text.length)
    this.#at = writeAscii(this.#chunk, writeLine(this.#chunk, this.#at, star, length), text)
    for (let index = 1; index < length; index++) {
      const word = command[index] as RedisArgument
      if (typeof word === 'string') this.#text(word)
      else this.word(word)
    }
  }

  /** How many words the command has whose words follow. */
  head(words: number): void {
    this.#reserve(frameBytes)
    this.#at = writeLine(this.#chunk, this.#at, star, words)
  }

  /** The name of a command, which is ASCII. */
  name(name: string): void {
    this.raw(commandNamed(name).text)
  }

  word(word: RedisArgument): void {
    if (typeof word === 'object') this.#blob(word)
    else this.#text(typeof word === 'string' ? word : `${word}`)
  }

  /** Text that is in the form of the protocol already, all of it ASCII. */
  raw(text: string): void {
    this.#reserve(text.length)
    this.#at = writeAscii(this.#chunk, this.#at, text)
  }

  /** What was written, in pieces. The writer is not used any more. */
  end(): readonly Buffer[] {
    if (this.#at > 0) this.#chunks.push(this.#chunk.subarray(0, this.#at))
    return this.#chunks
  }

  #text(text: string): void {
    const { length } = text
    if (length <= maxLoopLength) {
      this.#reserve(frameBytes + length)
      const chunk = this.#chunk
      const from = writeLine(chunk, this.#at, dollar, length)
      const to = writeAscii(chunk, from, text)
      if (to !== -1) {
        chunk[to] = cr
        chunk[to + 1] = lf
        this.#at = to + 2
        return
      }
    }
    const bytes = Buffer.byteLength(text)
    this.#reserve(frameBytes + bytes)
    if (bytes !== length) this.#isAscii = false
    const from = writeLine(this.#chunk, this.#at, dollar, bytes)
    // Where both lengths are equal it is ASCII, which takes no look at each character.
    this.#chunk.write(text, from, bytes === length ? 'latin1' : 'utf8')
    this.#endAt(from + bytes)
  }

  #blob(blob: Buffer): void {
    const bytes = blob.byteLength
    this.#isAscii = false
    this.#reserve(frameBytes + bytes)
    const from = writeLine(this.#chunk, this.#at, dollar, bytes)
    this.#chunk.set(blob, from)
    this.#endAt(from + bytes)
  }

  #endAt(at: number): void {
    this.#chunk[at] = cr
    this.#chunk[at + 1] = lf
    this.#at = at + 2
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#chunk.length) return
    if (this.#at > 0) this.#chunks.push(this.#chunk.subarray(0, this.#at))
    this.#bytes += this.#at
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(this.#chunk.length, bytes))
    this.#at = 0
  }
}

/** Answers where it ends; -1: the text is more than ASCII. */
function writeAscii(chunk: Buffer, at: number, text: string): number {
  const { length } = text
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return -1
    chunk[at + index] = code
  }
  return at + length
}

function writeLine(chunk: Buffer, from: number, kind: number, count: number): number {
  let at = from
  chunk[at++] = kind
  if (count < 10) chunk[at++] = zero + count
  else if (count < 100) {
    const tens = (count / 10) | 0
    chunk[at++] = zero + tens
    chunk[at++] = zero + count - 10 * tens
  } else at = writeAscii(chunk, at, `${count}`)
  chunk[at++] = cr
  chunk[at++] = lf
  return at
}
