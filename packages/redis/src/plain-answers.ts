import type { RedisSocket } from './ioredis.ts'
import { lf } from './protocol.ts'

/** Who waits for answers. */
export interface Waiting {
  /** How many answers are out. */
  readonly length: number
  /** How many of the next answers nobody reads, unless they are errors. */
  readonly plain: number
  /** So many of these commands, at least one, were carried out. */
  answered(count: number): void
}

const plus = 0x2b
const colon = 0x3a
/** What most answers are. */
const ok = '+OK\r\n'
/** So many are compared at once, which takes a hundredth of a look at each. */
const maxRun = 1_000
const oks = Buffer.alloc(maxRun * ok.length, ok)
/** A status or an integer is shorter. */
const maxHeldBytes = 1_024

/** Takes the answers that say nothing but that a command was carried out (a status, an integer) from a connection before
 * ioredis reads them: for each it would make a Buffer, and look its command up in two tables.
 *
 * - between answers: plain ones are counted; from the first other one on all is ioredis's
 * - parsing: ioredis reads, and knows alone how far its answer goes; until nothing is out any more */
export class PlainAnswers {
  readonly #waiting: Waiting
  readonly #parse: (data: Buffer) => void
  #isParsing = false
  /** The beginning of a plain answer whose end has not come. */
  #held: Buffer | undefined

  constructor(waiting: Waiting, parse: (data: Buffer) => void) {
    this.#waiting = waiting
    this.#parse = parse
  }

  /** Puts itself before the one listener that a connection's socket has for its data. Nothing may be out. */
  static before(socket: RedisSocket, waiting: Waiting): void {
    const [parse, ...others] = socket.listeners('data')
    if (parse === undefined || others.length > 0) return
    const answers = new PlainAnswers(waiting, (data) => void parse.call(socket, data))
    socket.on('data', (data) => answers.read(data))
    socket.off('data', parse)
  }

  read(data: Buffer): void {
    if (this.#isParsing) this.#parse(data)
    else this.#take(this.#held === undefined ? data : Buffer.concat([this.#held, data]))
    if (this.#waiting.length === 0) this.#isParsing = false
  }

  #take(data: Buffer): void {
    this.#held = undefined
    let at = 0
    let areAlike = true
    for (let { plain } = this.#waiting; at < data.length && plain > 0; { plain } = this.#waiting) {
      const run: number = areAlike ? Math.min(plain, Math.floor((data.length - at) / ok.length), maxRun) : 0
      areAlike = run > 0 && areOk(data, at, run)
      const end = areAlike ? at + run * ok.length : endOf(data, at)
      if (end === -1) break
      this.#waiting.answered(areAlike ? run : 1)
      at = end
    }
    if (at === data.length) return
    const rest = data.subarray(at)
    if (isPlain(data, at) && rest.length <= maxHeldBytes && !rest.includes(lf)) this.#held = rest
    else {
      this.#isParsing = true
      this.#parse(rest)
    }
  }
}

function areOk(data: Buffer, at: number, answers: number): boolean {
  const bytes = answers * ok.length
  return oks.compare(data, at, at + bytes, 0, bytes) === 0
}

/** Where the plain answer ends that begins here; -1: it is another one, or has not come to its end. */
function endOf(data: Buffer, at: number): number {
  return isPlain(data, at) ? data.indexOf(lf, at) + 1 || -1 : -1
}

function isPlain(data: Buffer, at: number): boolean {
  return data[at] === plus || data[at] === colon
}
