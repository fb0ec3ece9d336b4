import type { RowOutcome, WriteContext } from '@batchflow/core'
import { AsciiWriter } from './ascii-writer.ts'
import type { RedisCommand } from './command.ts'
import { type Bundle, bundlesOf, commandsIn } from './bundles.ts'
import { failureOfAnswer, unanswered, unknownAnswer } from './classify.ts'
import type { Attempt, Book, Consignment, Delivery } from './consignment.ts'
import { RedisReplyError } from './driver-error.ts'
import { type Exchange, isReplyError, type Message } from './exchange.ts'
import type { Line } from './line.ts'
import { failed, failedForGood, heldBack, written } from './outcomes.ts'
import { ProtocolWriter } from './protocol.ts'
import type { Rows } from './rows.ts'

const multi = '*1\r\n$5\r\nMULTI\r\n'
const exec = '*1\r\n$4\r\nEXEC\r\n'
/** More is not held on to for the next message. */
const maxSpareBytes = 2 ** 20

const asking = '*1\r\n$6\r\nASKING\r\n'

/** Writes the commands of all rows at once and reads an answer for each. */
export class PipelineDelivery implements Delivery {
  /** The last message was ASCII, so that the next one is taken for that too. */
  #isAscii = true
  /** How long a bundle was on average, in bytes: what the next message will need is allocated in one piece. */
  #bundleBytes = 64
  /** A piece that was used and is free: most messages are with the system before the next is written. */
  #spare: Buffer | undefined

  deliver(consignment: Consignment, { context }: Attempt, book: Book): Promise<void> {
    const { rows, places, line, isAsking } = consignment
    const bundles = bundlesOf(rows, places)
    const pipeline = { rows, bundles, isAsking }
    const message = this.#isAscii ? asciiMessage(pipeline) : undefined
    const answered =
      message === undefined ? this.#exchangeBytes(line, pipeline, context) : line.exchange(message, context)
    return answered.then((exchange) => {
      if (!exchange.isClean) readPipeline(exchange, { consignment, bundles, book })
    })
  }

  #exchangeBytes(line: Line, pipeline: Pipeline, context: WriteContext): Promise<Exchange> {
    const { length } = pipeline.bundles
    const writer = new ProtocolWriter(Math.ceil(1.1 * this.#bundleBytes * length), this.#spare)
    this.#spare = undefined
    const commands = writePipeline(writer, pipeline)
    this.#bundleBytes = writer.bytes / length
    this.#isAscii = writer.isAscii
    const exchange = line.exchange({ commands, chunks: writer.end() }, context)
    // It was written at once, or not at all.
    if (line.isDrained && writer.chunk.length <= maxSpareBytes) this.#spare = writer.chunk
    return exchange
  }
}

function asciiMessage(pipeline: Pipeline): Message | undefined {
  const writer = new AsciiWriter()
  const commands = writePipeline(writer, pipeline)
  const text = writer.end()
  return text === undefined ? undefined : { commands, chunks: [text] }
}

interface Pipeline {
  readonly rows: Rows
  readonly bundles: readonly Bundle[]
  /** Their slots are being moved to the server, which takes them only when asked to. */
  readonly isAsking: boolean
}

/** Writes the commands of bundles, and answers how many there are. Several of one bundle are a transaction, so that they
 * are carried out together or not at all, also when the connection breaks among them. */
function writePipeline(writer: ProtocolWriter | AsciiWriter, { rows, bundles, isAsking }: Pipeline): number {
  let sum = 0
  for (let index = 0; index < bundles.length; index++) {
    const bundle = bundles[index] as Bundle
    // Holds for the next command, and where that is MULTI for all of the transaction.
    if (isAsking) {
      writer.raw(asking)
      sum++
    }
    const count = commandsIn(bundle, rows)
    if (count > 1) writer.raw(multi)
    if (typeof bundle === 'number') writeCommands(writer, rows.commands[bundle])
    else for (const place of bundle) writeCommands(writer, rows.commands[place])
    if (count > 1) writer.raw(exec)
    sum += count === 1 ? 1 : count + 2
  }
  return sum
}

interface Reading {
  readonly consignment: Consignment
  readonly bundles: readonly Bundle[]
  readonly book: Book
}

function readPipeline(exchange: Exchange, { consignment, bundles, book }: Reading): void {
  const { rows, isAsking } = consignment
  let at = 0
  for (const bundle of bundles) {
    if (isAsking) at++
    const count = commandsIn(bundle, rows)
    if (count === 1) book.settle(firstOf(bundle), outcomeOf(exchange.replies[at], exchange))
    else readTransaction(exchange, { consignment, bundle, at }, book)
    at += count === 1 ? 1 : count + 2
  }
}

function writeCommands(
  writer: ProtocolWriter | AsciiWriter,
  commands: readonly RedisCommand[] | undefined = [],
): void {
  for (let index = 0; index < commands.length; index++) writer.command(commands[index] as RedisCommand)
}

function firstOf(bundle: Bundle): number {
  return typeof bundle === 'number' ? bundle : (bundle[0] as number)
}

interface Transaction {
  readonly consignment: Consignment
  readonly bundle: Bundle
  /** Where its answers begin. */
  readonly at: number
}

function readTransaction(exchange: Exchange, { consignment, bundle, at }: Transaction, book: Book): void {
  const { rows } = consignment
  const count = commandsIn(bundle, rows)
  const result = exchange.replies[at + 1 + count]
  const queued = exchange.replies.slice(at + 1, at + 1 + count)
  // What was refused as it was queued kept all of it from being carried out, and says why; the EXEC only says that.
  const refusal = [...queued, exchange.replies[at], result].find(isRefusal)
  let from = 0
  for (const place of typeof bundle === 'number' ? [bundle] : bundle) {
    const to = from + commandsIn(place, rows)
    const own = queued.slice(from, to).find(isRefusal)
    if (Array.isArray(result)) book.settle(place, outcomeOfResults(result.slice(from, to)))
    else if (result === undefined || refusal === undefined) book.settle(place, outcomeOf(undefined, exchange))
    else if (own !== undefined) book.settle(place, failed(own))
    else book.settle(place, heldBack(refusal), isPoison(refusal) ? consignment : undefined)
    from = to
  }
}

function isPoison({ message }: RedisReplyError): boolean {
  return (failureOfAnswer(message) ?? unknownAnswer).kind === 'poison'
}

function isRefusal(reply: unknown): reply is RedisReplyError {
  return reply instanceof RedisReplyError
}

function outcomeOf(reply: unknown, { sent, cause }: Exchange): RowOutcome {
  if (reply === undefined) return failed(unanswered(sent, cause))
  return isRefusal(reply) ? failed(reply) : written
}

/** The answers to commands that were carried out. The others are done when one fails, so none is tried again. */
function outcomeOfResults(results: readonly unknown[]): RowOutcome {
  const error = results.find(isReplyError)
  return error === undefined ? written : failedForGood(new RedisReplyError(error.message))
}
