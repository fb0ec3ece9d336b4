import type { Failure, FailureKind, Reason } from '@batchflow/core'

/** An error that says itself how it is classified; the memory driver's `classify` reads it. */
export class ClassifiedError extends Error {
  readonly failure: Failure

  constructor(kind: FailureKind, reason: Reason, details: Pick<Failure, 'row' | 'retryAfterMs'> = {}) {
    super(`${kind} ${reason}`)
    this.name = 'ClassifiedError'
    this.failure = { kind, reason, ...details }
  }
}
