import type { FlowObserver } from '@batchflow/core'
import type { OnBroken } from './commit-log.ts'
import type { Random } from './random.ts'

/** Adds up what a flow tells its observers. */
export class EventSums {
  flushed = 0
  written = 0
  failed = 0
  coalesced = 0
  deadLettered = 0
  rejected = 0
  dropped = 0
  closed = 0
  readonly observer: FlowObserver

  constructor(onBroken: OnBroken) {
    this.observer = {
      batchFlushed: ({ rows }) => {
        this.flushed += rows
      },
      batchSettled: ({ target, rows, written, failed, coalesced }) => {
        if (rows !== written + failed + coalesced)
          onBroken('the rows of a settled batch are written, failed or coalesced', target)
        this.written += written
        this.failed += failed
        this.coalesced += coalesced
      },
      rowsDeadLettered: ({ rows }) => {
        this.deadLettered += rows
      },
      rowsDropped: ({ rows, policy }) => {
        if (rows < 1) onBroken('observers hear of rows that were dropped', policy)
        this.dropped += rows
      },
      submitRejected: () => {
        this.rejected++
      },
      flowClosed: () => {
        this.closed++
      },
    }
  }
}

/** An observer that throws, or answers a promise that rejects, at times. */
export class RudeObserver {
  thrown = 0
  readonly observer: FlowObserver

  constructor(random: Random, probability: number) {
    const rude = () => {
      if (!random.chance(probability)) return
      if (random.chance(0.5)) this.#throw()
      this.thrown++
      // As an async function would, which the types let pass.
      return Promise.reject(new Error('an observer of no use, later')) as unknown as void
    }
    this.observer = {
      flowOpened: rude,
      batchFlushed: rude,
      batchPrepared: rude,
      attemptFailed: rude,
      batchSettled: rude,
      rowsDeadLettered: rude,
      rowsDropped: rude,
      pressureChanged: rude,
      concurrencyChanged: rude,
      breakerChanged: rude,
      submitRejected: rude,
      flowClosed: rude,
    }
  }

  #throw(): never {
    this.thrown++
    throw new Error('an observer of no use')
  }
}
