import type { RowOutcome } from '@batchflow/core'
import { unanswered } from './classify.ts'
import type { Attempt, Book, Consignment, Delivery } from './consignment.ts'
import { RedisReplyError } from './driver-error.ts'
import { tagOf } from './key-slot.ts'
import { failed } from './outcomes.ts'
import { ProtocolWriter } from './protocol.ts'
import { readCall, type ScriptedCall, type ScriptedRow, writeCall } from './scripted-call.ts'
import { ledgerScript, plainScript, type Script } from './scripts.ts'

/** Markers of the ledger. */
export interface LedgerSettings {
  readonly ttlMs: number
  readonly prefix: string
}

/** Outcomes of rows that are not written, by their copies: a call that goes out again was made for an earlier attempt. */
type Outcomes = Map<object, RowOutcome>

/** Writes rows by calls of a script, one for each hash slot (without a cluster: one for all of them).
 *
 * With a ledger a call whose answer was lost is remembered by its rows, and goes out again as it was when they are tried
 * again: under the same marker, with the same commands. */
export class ScriptedDelivery implements Delivery {
  readonly #ledger: LedgerSettings | undefined
  readonly #script: Script
  /** By the copy of a row: the call that may have carried it out. */
  readonly #pending = new WeakMap<object, ScriptedCall>()

  constructor(ledger: LedgerSettings | undefined) {
    this.#ledger = ledger
    this.#script = ledger === undefined ? plainScript : ledgerScript
  }

  async deliver(consignment: Consignment, attempt: Attempt, book: Book): Promise<void> {
    const outcomes: Outcomes = new Map()
    const calls = this.#callsOf(consignment, attempt)
    const unknown = await this.#call(calls, outcomes, { consignment, attempt })
    // The server was started anew, or its scripts were flushed: nothing of these was carried out.
    if (unknown.length > 0) await this.#call(unknown, outcomes, { consignment, attempt, isLoading: true })
    if (outcomes.size === 0) return
    const { rows, places } = consignment
    for (const place of places) {
      const outcome = outcomes.get(rows.copies[place] as object)
      if (outcome !== undefined) book.settle(place, outcome)
    }
  }

  /** Calls that are pending, as they were, and a new one per slot for the other rows. */
  #callsOf({ rows, places }: Consignment, attempt: Attempt): readonly ScriptedCall[] {
    const pending = new Set<ScriptedCall>()
    const bySlot = new Map<number | undefined, ScriptedRow[]>()
    for (const place of places) {
      const copy = rows.copies[place] as object
      const before = this.#pending.get(copy)
      if (before !== undefined) {
        pending.add(before)
        continue
      }
      const slot = rows.slots?.[place]
      const row = { copy, commands: rows.commands[place] ?? [] }
      const its = bySlot.get(slot)
      if (its === undefined) bySlot.set(slot, [row])
      else its.push(row)
    }
    const fresh = [...bySlot].map(([slot, its]) => this.#newCall(slot, its, attempt))
    return [...pending, ...fresh]
  }

  #newCall(slot: number | undefined, rows: readonly ScriptedRow[], attempt: Attempt): ScriptedCall {
    if (this.#ledger === undefined) return { rows }
    const { prefix, ttlMs } = this.#ledger
    // The marker has to be where the keys are.
    const tag = slot === undefined ? '' : `{${tagOf(slot)}}`
    // No other attempt at any batch has this name.
    const name = `${attempt.batchId}:${attempt.context.attempt}`
    return { rows, marker: { key: `${prefix}${name}${tag}`, ttlMs } }
  }

  /** Makes calls, and answers those whose script the server does not know. */
  async #call(
    calls: readonly ScriptedCall[],
    outcomes: Outcomes,
    { consignment, attempt, isLoading = false }: Calling,
  ): Promise<readonly ScriptedCall[]> {
    const { line, isAsking } = consignment
    const writer = new ProtocolWriter()
    if (isLoading) {
      writer.head(3)
      for (const word of ['SCRIPT', 'LOAD', this.#script.text]) writer.word(word)
    }
    for (const call of calls) {
      if (isAsking) writer.raw(asking)
      writeCall(writer, call, this.#script)
    }
    const first = isLoading ? 1 : 0
    const perCall = isAsking ? 2 : 1
    const message = { commands: first + perCall * calls.length, chunks: writer.end() }
    const exchange = await line.exchange(message, attempt.context)
    const unknown: ScriptedCall[] = []
    for (const [index, call] of calls.entries()) {
      const reply = exchange.replies[first + perCall * (index + 1) - 1]
      if (reply instanceof RedisReplyError) {
        if (!isLoading && reply.message.startsWith('NOSCRIPT')) unknown.push(call)
        else settleAll(call, failed(reply), outcomes)
      } else if (reply === undefined) {
        if (exchange.sent) this.#remember(call)
        settleAll(call, failed(unanswered(exchange.sent, exchange.cause)), outcomes)
      } else this.#read(call, (reply as Buffer).toString(), outcomes)
    }
    return unknown
  }

  #read(call: ScriptedCall, said: string, outcomes: Outcomes): void {
    const [first] = call.rows
    // All rows of a call are pending, or none is.
    if (first !== undefined && this.#pending.has(first.copy))
      for (const { copy } of call.rows) this.#pending.delete(copy)
    readCall(call, said, (copy, outcome) => outcomes.set(copy, outcome))
  }

  /** Nobody knows whether the call was carried out; only the server does, by its marker. */
  #remember(call: ScriptedCall): void {
    if (call.marker !== undefined) for (const { copy } of call.rows) this.#pending.set(copy, call)
  }
}

interface Calling {
  readonly consignment: Consignment
  readonly attempt: Attempt
  /** The script is sent along. */
  readonly isLoading?: boolean
}

const asking = '*1\r\n$6\r\nASKING\r\n'

function settleAll({ rows }: ScriptedCall, outcome: RowOutcome, outcomes: Outcomes): void {
  for (const { copy } of rows) outcomes.set(copy, outcome)
}
