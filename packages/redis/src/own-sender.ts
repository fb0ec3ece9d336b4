import type { Exchange } from './exchange.ts'
import type { AnswerQueue, QueueItem, RedisConnection } from './ioredis.ts'
import { PlainAnswers, type Waiting } from './plain-answers.ts'
import { sendShared } from './shared-sender.ts'
import { writeChunks } from './write-chunks.ts'

/** Sends a message over a connection that is the driver's own: it has one entry in the queue, however many commands it has.
 * While something else waits for its answer (ioredis's handshake) it is sent as over a shared connection. */
export function sendOwn(connection: RedisConnection, exchange: Exchange): void {
  const { commandQueue, stream } = connection
  let queue = commandQueue
  // ioredis makes a new queue for each connection.
  if (!(queue instanceof MessageQueue) && queue.length === 0 && stream !== undefined) {
    const messages = new MessageQueue()
    PlainAnswers.before(stream, messages)
    queue = messages
    connection.commandQueue = queue
  }
  if (stream === undefined || !(queue instanceof MessageQueue)) {
    sendShared(connection, exchange)
    return
  }
  queue.push(new MessageItem(exchange))
  exchange.sent = true
  writeChunks(stream, exchange.message.chunks)
}

const none: readonly never[] = []
/** Stands for every answer that says no more. */
const carriedOut = Buffer.from('OK')

/** A message in the queue: the same item for each of its answers. */
class MessageItem implements QueueItem {
  readonly command: MessageItem
  readonly name = 'batch'
  readonly args = none
  readonly answers: number
  readonly #exchange: Exchange
  /** The command whose answer comes next. */
  #index = 0

  constructor(exchange: Exchange) {
    this.command = this
    this.answers = exchange.message.commands
    this.#exchange = exchange
  }

  carriedOut(commands: number): void {
    this.#exchange.answerAll(this.#index, (this.#index += commands), carriedOut)
  }

  resolve(reply: unknown): void {
    this.#exchange.answer(this.#index++, reply)
  }

  reject(error: unknown): void {
    this.#exchange.refuse(this.#index++, error)
  }
}

/** What ioredis calls its queue for, where `Denque` has an item for each command. A message counts as one until its last
 * answer is taken. */
class MessageQueue implements AnswerQueue, Waiting {
  readonly #items: QueueItem[] = []
  /** Answers of the first item that were taken. */
  #taken = 0

  get length(): number {
    return this.#items.length
  }

  get plain(): number {
    let sum = -this.#taken
    for (let place = 0; place < this.#items.length; place++) {
      const item = this.#items[place]
      if (!(item instanceof MessageItem)) break
      sum += item.answers
    }
    return sum
  }

  answered(count: number): void {
    let left = count
    for (let item = this.#items[0]; left > 0 && item instanceof MessageItem; item = this.#items[0]) {
      const its = Math.min(left, item.answers - this.#taken)
      left -= its
      this.#taken += its
      if (this.#taken === item.answers) this.#next()
      item.carriedOut(its)
    }
  }

  push(item: QueueItem): void {
    this.#items.push(item)
  }

  /** The item that the next answer belongs to. */
  shift(): QueueItem | undefined {
    const item = this.#items[0]
    if (item instanceof MessageItem && ++this.#taken < item.answers) return item
    this.#next()
    return item
  }

  #next(): void {
    this.#taken = 0
    // A few messages are out at a time: there is not much to move.
    this.#items.shift()
  }

  unshift(item: QueueItem): void {
    this.#items.unshift(item)
  }

  peekAt(index: number): QueueItem | undefined {
    return this.#items[index]
  }

  remove(index: number, count: number): void {
    this.#items.splice(index, count)
  }
}
