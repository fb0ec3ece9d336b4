import type { Failure } from '../driver/failure.ts'
import type { RetryPolicy } from './backoff.ts'

/** What the engine does with rows after a failed attempt:
 *
 * - `retry`: the same rows again, after a back-off
 * - `halt`: stop the lane, probe it from time to time; the rows stay
 * - `halve`: write the halves on their own
 * - `pick`: set aside the row that the server named, write the rest
 * - `giveUp`: dead-letter the rows */
export type NextStep = 'retry' | 'halt' | 'halve' | 'pick' | 'giveUp'

export interface Situation {
  readonly retry: RetryPolicy
  /** Failed attempts at these rows, this one included. */
  readonly failures: number
  /** Milliseconds since the first attempt at these rows began. */
  readonly elapsedMs: number
  readonly rows: number
  /** The driver isolates bad rows itself. */
  readonly isolatesRows: boolean
}

/** The rule book. An ambiguous batch is only ever repeated as it was: its halves would be other batches, which a
 * database that has the whole could not recognise. */
export function nextStep(failure: Failure, situation: Situation): NextStep {
  switch (failure.kind) {
    case 'transient':
    case 'overload':
    case 'ambiguous': {
      const { retry, failures, elapsedMs } = situation
      return failures < retry.maxAttempts && elapsedMs < retry.maxElapsedMs ? 'retry' : 'giveUp'
    }
    case 'configuration':
      return 'halt'
    case 'split':
      return situation.rows > 1 ? 'halve' : 'giveUp'
    case 'poison':
      if (situation.rows === 1 || situation.isolatesRows) return 'giveUp'
      return failure.row !== undefined && failure.row >= 0 && failure.row < situation.rows ? 'pick' : 'halve'
  }
}
