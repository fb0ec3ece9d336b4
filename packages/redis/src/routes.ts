import type { RowOutcome } from '@batchflow/core'
import type { Book, Consignment } from './consignment.ts'
import { RedisDriverError, RedisReplyError } from './driver-error.ts'
import type { Line } from './line.ts'
import { failed, written } from './outcomes.ts'
import type { Rows } from './rows.ts'
import type { Servers } from './servers.ts'

/** A slot that is being moved may answer a second time; what is moved again and again can wait for the next attempt. */
const maxTurns = 4

const nothing: readonly Consignment[] = []

/** Where the rows of a batch go, turn by turn: first to the servers that should take them; then those that were not carried
 * out, to the server that the one that was asked has named (`MOVED` for good, `ASK` for this once), or to the same without
 * the row that held them back. */
export class Routes implements Book {
  readonly #rows: Rows
  readonly #servers: Servers
  #turn = 1
  #again: PlacesByLine | undefined
  #asked: PlacesByLine | undefined
  /** An outcome was set. */
  hasSettled = false
  /** The client knows the cluster no longer as it is. */
  #isOutdated = false

  constructor(rows: Rows, servers: Servers) {
    this.#rows = rows
    this.#servers = servers
  }

  first(): readonly Consignment[] {
    const rows = this.#rows
    const { slots, places } = rows
    if (slots !== undefined) return this.#bySlot(slots)
    const line = this.#servers.lineOf(undefined)
    return line === undefined || places.length === 0 ? nothing : [{ rows, places, line, isAsking: false }]
  }

  /** What is to be sent again, after all of the turn has been answered. */
  next(): readonly Consignment[] {
    if (this.#isOutdated) this.#servers.refresh()
    this.#isOutdated = false
    const again = this.#again?.consignments(this.#rows, false) ?? nothing
    const asked = this.#asked?.consignments(this.#rows, true) ?? nothing
    this.#again = undefined
    this.#asked = undefined
    if (++this.#turn > maxTurns) return nothing
    const consignments = [...again, ...asked]
    for (const { places } of consignments) for (const place of places) this.#rows.outcomes[place] = written
    return consignments
  }

  settle(place: number, outcome: RowOutcome, again?: Consignment): void {
    this.hasSettled = true
    this.#rows.outcomes[place] = outcome
    if (outcome.outcome === 'written') return
    if (again === undefined) this.#follow(place, outcome)
    else this.#send(place, again.line, again.isAsking)
  }

  #follow(place: number, { failure, cause }: RowOutcome & { readonly outcome: 'failed' }): void {
    // A node that is away or has become a replica: its slots are another one's, or will be.
    if (failure.kind === 'transient' || failure.kind === 'ambiguous') this.#isOutdated = true
    const [word, , address = ''] = cause instanceof RedisReplyError ? cause.message.split(' ') : []
    if (word !== 'MOVED' && word !== 'ASK') return
    const line = this.#servers.lineAt(address)
    if (line !== undefined) this.#send(place, line, word === 'ASK')
  }

  #send(place: number, line: Line, isAsking: boolean): void {
    const turn = isAsking ? (this.#asked ??= new PlacesByLine()) : (this.#again ??= new PlacesByLine())
    turn.add(line, place)
  }

  /** Rows that no server takes fail. */
  #bySlot(slots: readonly (number | undefined)[]): readonly Consignment[] {
    const rows = this.#rows
    const byLine = new PlacesByLine()
    let uncovered: RowOutcome | undefined
    for (const place of rows.places) {
      const line = this.#servers.lineOf(slots[place])
      if (line !== undefined) byLine.add(line, place)
      else {
        uncovered ??= failed(
          new RedisDriverError('REDIS_SLOT_UNCOVERED', 'no node of the cluster serves the hash slot for now'),
        )
        this.hasSettled = true
        rows.outcomes[place] = uncovered
      }
    }
    if (uncovered !== undefined) this.#servers.refresh()
    return byLine.consignments(rows, false)
  }
}

class PlacesByLine {
  readonly #places = new Map<Line, number[]>()

  add(line: Line, place: number): void {
    const its = this.#places.get(line)
    if (its === undefined) this.#places.set(line, [place])
    else its.push(place)
  }

  consignments(rows: Rows, isAsking: boolean): readonly Consignment[] {
    return [...this.#places].map(([line, places]) => ({ rows, places, line, isAsking }))
  }
}
