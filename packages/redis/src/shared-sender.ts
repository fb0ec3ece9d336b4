import type { Exchange } from './exchange.ts'
import type { CommandSink, QueuedCommand, RedisConnection } from './ioredis.ts'
import { writeChunks } from './write-chunks.ts'

/** Sends a message over a connection of which others may make use too: ioredis gets an entry for its queue for each
 * command, as from its own pipelines, and writes none of them itself.
 *
 * A promise and a `Command` for each cost more than Redis needs to carry it out; an entry has two fields. ioredis keeps its
 * queue and parses the replies, so commands of others may come before, after and at the same time. */
export function sendShared(connection: RedisConnection, exchange: Exchange): void {
  const sink = new MessageSink(connection, exchange)
  for (let index = 0; index < exchange.message.commands && !exchange.over; index++)
    connection.sendCommand(new Entry(exchange, index), sink)
}

/** Where ioredis puts what it would write at once: how its own pipelines collect their commands. */
class MessageSink implements CommandSink {
  readonly isPipeline = true
  readonly destination: { readonly redis: RedisConnection }
  readonly #exchange: Exchange
  #missing: number

  constructor(connection: RedisConnection, exchange: Exchange) {
    this.destination = { redis: connection }
    this.#exchange = exchange
    this.#missing = exchange.message.commands
  }

  /** Called for each command that ioredis takes; with the last one the message goes out. */
  write(bytes: string): void {
    const { stream } = this.destination.redis
    if (stream === undefined) return
    if (bytes !== '') stream.write(bytes)
    else if (--this.#missing === 0) {
      this.#exchange.sent = true
      writeChunks(stream, this.#exchange.message.chunks)
    }
  }
}

const ping = '*1\r\n$4\r\nPING\r\n'
const none: readonly never[] = []

/** One command of a message, as ioredis needs it. */
class Entry implements QueuedCommand {
  readonly #exchange: Exchange
  readonly #index: number

  constructor(exchange: Exchange, index: number) {
    this.#exchange = exchange
    this.#index = index
  }

  // Not the command's own name: ioredis would take SELECT, QUIT and SUBSCRIBE as meant for itself.
  get name(): string {
    return 'batch'
  }

  get args(): readonly never[] {
    return none
  }

  get isTraced(): boolean {
    return true
  }

  get promise(): undefined {
    return undefined
  }

  resolve(reply: unknown): void {
    this.#exchange.answer(this.#index, reply)
  }

  reject(error: unknown): void {
    this.#exchange.refuse(this.#index, error)
  }

  toWritable(): string {
    // Whoever makes ioredis send again what was answered with an error (`reconnectOnError` answering 2) does so on the next
    // connection, when this is over: the answer belongs to nobody, and the command must do nothing.
    return this.#exchange.sent || this.#exchange.over ? ping : ''
  }

  /** ioredis 6 tells a command how its reply will be encoded. */
  setReplyContext(): void {}

  /** For the client's `commandTimeout`, which rejects a command and lets it be carried out. Attempts have a deadline. */
  setTimeout(): void {}
}
