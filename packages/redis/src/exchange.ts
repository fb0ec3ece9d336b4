import { RedisReplyError } from './driver-error.ts'

/** Commands in the form of the protocol. */
export interface Message {
  /** How many there are, and so how many answers. At least one. */
  readonly commands: number
  /** A text is ASCII. */
  readonly chunks: readonly (Buffer | string)[]
}

/** A message on its way, and what was answered to each of its commands.
 *
 * - unsent: from the beginning
 * - sent: it was handed to the socket; each command may have been carried out
 * - over: each is answered, or the rest never will be: the connection broke or nobody waits any more */
export class Exchange {
  readonly message: Message
  /** Resolves with it when it is over. */
  readonly done: Promise<Exchange>
  /** By command; `undefined`: not answered. An answer that is an error is a {@link RedisReplyError}. */
  readonly replies: unknown[]
  sent = false
  readonly #onOver: () => void
  #unanswered: number
  #over = false
  #errors = 0
  #resolve!: (exchange: Exchange) => void
  #cause: unknown

  /** @param onOver Called once, before `done` resolves. */
  constructor(message: Message, onOver: () => void) {
    this.message = message
    this.#onOver = onOver
    this.#unanswered = message.commands
    this.replies = new Array<unknown>(message.commands)
    this.done = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  get over(): boolean {
    return this.#over
  }

  /** Every command is answered, and no answer is an error, has one in it, or is null, which an EXEC answers when it was given
   * up because of a WATCH. */
  get isClean(): boolean {
    return this.#unanswered === 0 && this.#errors === 0
  }

  /** Why answers are missing, if somebody knows. */
  get cause(): unknown {
    return this.#cause
  }

  /** The same answer to several commands in a row; it is no error. */
  answerAll(from: number, to: number, reply: unknown): void {
    if (this.#over) return
    this.replies.fill(reply, from, to)
    this.#unanswered -= to - from
    if (this.#unanswered === 0) this.end(undefined)
  }

  answer(index: number, reply: unknown): void {
    if (this.#over) return
    this.replies[index] = reply
    if (reply === null || (Array.isArray(reply) && reply.some(isReplyError))) this.#errors++
    if (--this.#unanswered === 0) this.end(undefined)
  }

  /** What ioredis rejects a command with: an error that the server answered, or the reason why there is no answer. */
  refuse(index: number, error: unknown): void {
    if (!isReplyError(error)) this.end(error)
    else {
      this.#errors++
      this.answer(index, new RedisReplyError(error.message))
    }
  }

  /** No answer will come any more to what has none. */
  end(cause: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#cause = cause
    this.#onOver()
    this.#resolve(this)
  }
}

/** An answer of the server that is an error, as redis-parser makes it; it also stands for one in the array of an EXEC. */
export function isReplyError(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'ReplyError'
}
