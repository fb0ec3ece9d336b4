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
  readonly #exchange: Exchange
  /** The command whose answer comes next. */
  #index = 0

  constructor(exchange: Exchange) {
    this.command = this
    this.#exchange = exchange
  }

  /** Answers that are to come. */
  get left(): number {
    return this.#exchange.message.commands - this.#index
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

  get length(): number {
    return this.#items.length
  }

  get plain(): number {
    let sum = 0
    for (let place = 0; place < this.#items.length; place++) {
      const item = this.#items[place]
      if (!(item instanceof MessageItem)) break
      sum += item.left
    }
    return sum
  }

  answered(count: number): void {
    for (let left = count; left > 0;) {
      const first = this.#items[0] as MessageItem
      const its = Math.min(left, first.left)
      left -= its
      // A few messages are out at a time: there is not much to move.
      if (its === first.left) this.#items.shift()
      first.carriedOut(its)
    }
  }

  push(item: QueueItem): void {
    this.#items.push(item)
  }

  /** The item that the next answer belongs to; it is given to it right away. */
  shift(): QueueItem | undefined {
    const item = this.#items[0]
    return item instanceof MessageItem && item.left > 1 ? item : this.#items.shift()
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
