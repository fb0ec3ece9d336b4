import type { Failure, RowOutcome } from '@batchflow/core'
import { classify, failureOfAnswer, unknownAnswer } from './classify.ts'
import type { RedisReplyError } from './driver-error.ts'

/** A row that is written; one object for all of them. */
export const written: RowOutcome = Object.freeze({ outcome: 'written' })

/** A failed row by its error. */
export function failed(cause: unknown): RowOutcome {
  return { outcome: 'failed', failure: classify(cause) ?? unknownAnswer, cause }
}

/** A failed row of which other commands may have been carried out: trying it again would repeat them. */
export function failedForGood(cause: RedisReplyError): RowOutcome {
  const { kind, reason } = failureOfAnswer(cause.message) ?? unknownAnswer
  return {
    outcome: 'failed',
    failure: { kind: 'poison', reason: kind === 'poison' ? reason : 'non_retryable' },
    cause,
  }
}

/** A row that was not carried out because another of its transaction was refused: where that was the other's own fault this
 * one can be sent again. */
export function heldBack(cause: RedisReplyError): RowOutcome {
  const failure = failureOfAnswer(cause.message) ?? unknownAnswer
  const healing: Failure =
    failure.kind === 'poison' ? { kind: 'transient', reason: 'serialization' } : failure
  return { outcome: 'failed', failure: healing, cause }
}
