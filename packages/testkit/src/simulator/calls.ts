import { BatchFlowError, type BatchFlow, type SettledRow, type Target } from '@batchflow/core'
import type { OnBroken } from './commit-log.ts'
import type { ModelLane } from './model-lane.ts'
import { untouched, type ModelRow } from './model-row.ts'

/** What became of a row, as far as its caller was told. */
export type Told =
  'open' | 'accepted' | 'refused' | 'written' | 'coalesced' | 'failed' | 'dropped' | 'returned'

/** A row that was offered to the flow. */
export interface Call {
  readonly lane: ModelLane
  /** The row as it was; the flow was given another object. */
  readonly row: ModelRow
  readonly way: 'submit' | 'trySubmit' | 'submitAndSettle'
  readonly abort: AbortController | undefined
  told: Told
  /** With what a refused or failed call was refused. */
  error?: unknown
  returned?: SettledRow['returned']
}

/** Offers rows to a flow and keeps what it answers. */
export class Calls {
  readonly all: Call[] = []
  /** Calls of `submit` and `submitAndSettle` that nobody has answered. */
  readonly open: Set<Call> = new Set()
  /** Calls that answered since the last look. */
  readonly news: Call[] = []
  refused = 0
  readonly #flow: BatchFlow<Target<ModelRow>>
  readonly #onBroken: OnBroken
  /** Calls of `submit` that wait, by target, in order. */
  readonly #queues = new Map<string, Set<Call>>()

  constructor(flow: BatchFlow<Target<ModelRow>>, onBroken: OnBroken) {
    this.#flow = flow
    this.#onBroken = onBroken
  }

  /** Rows that were accepted or may be waiting. */
  get admitted(): number {
    return this.all.length - this.refused
  }

  /** Calls of plain `submit` without an answer. */
  get waiting(): number {
    let waiting = 0
    for (const queue of this.#queues.values()) waiting += queue.size
    return waiting
  }

  offer(call: Call): void {
    this.all.push(call)
    const given = { ...call.row }
    const signal = call.abort?.signal
    const options = signal === undefined ? {} : { signal }
    if (call.way === 'trySubmit') this.#try(call, given)
    else if (call.way === 'submit') {
      this.open.add(call)
      this.#queue(call).add(call)
      this.#flow.submit(call.lane.target, given, options).then(
        () => this.#accepted(call),
        (error: unknown) => this.#refused(call, error),
      )
    } else {
      this.open.add(call)
      this.#flow.submitAndSettle(call.lane.target, given, options).then(
        ({ outcome, returned }) => {
          call.returned = returned
          this.#end(call, outcome)
        },
        (error: unknown) => this.#notSettled(call, error),
      )
    }
    given.text = 'changed afterwards'
    if (given.text === untouched) throw new Error('calls: the row was not changed')
  }

  #try(call: Call, given: ModelRow): void {
    try {
      if (!this.#flow.trySubmit(call.lane.target, given)) {
        const { state, ledger } = this.#flow.stats()
        if (state === 'open' && ledger.pending === 0) this.#broken('an empty flow takes a row', call)
        return this.#refused(call, undefined)
      }
      if (this.#queue(call).size > 0) this.#broken('rows are admitted in order of arrival', call)
      this.#end(call, 'accepted')
    } catch (error) {
      this.#refused(call, error)
    }
  }

  #accepted(call: Call): void {
    const [first] = this.#queue(call)
    if (first !== call) this.#broken('rows are admitted in order of arrival', call)
    this.#end(call, 'accepted')
  }

  #notSettled(call: Call, error: unknown): void {
    const code = BatchFlowError.is(error) ? error.code : undefined
    if (code === 'BATCHFLOW_BATCH_FAILED') this.#end(call, 'failed')
    else if (code === 'BATCHFLOW_DROPPED') this.#end(call, 'dropped')
    else if (code === 'BATCHFLOW_CLOSE_TIMEOUT') this.#end(call, 'returned')
    else this.#refused(call, error)
  }

  #refused(call: Call, error: unknown): void {
    this.refused++
    call.error = error
    this.#end(call, 'refused')
  }

  #end(call: Call, told: Told): void {
    call.told = told
    this.open.delete(call)
    this.#queue(call).delete(call)
    this.news.push(call)
  }

  #broken(claim: string, { row, lane }: Call): void {
    this.#onBroken(claim, `row ${row.id} of ${lane.target.name}`)
  }

  #queue({ lane }: Call): Set<Call> {
    const { name } = lane.target
    let queue = this.#queues.get(name)
    if (queue === undefined) this.#queues.set(name, (queue = new Set<Call>()))
    return queue
  }
}
