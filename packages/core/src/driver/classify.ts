import { BatchFlowError } from '../errors.ts'
import type { Failure, FailureKind } from './failure.ts'
import { classifyNodeError } from './node-errors.ts'

export type Classify = (error: unknown) => Failure | undefined

/** An error that nobody knows is not retried: it is taken for a bad row, which isolation finds or rules out. */
export const unknownFailure: Failure = { kind: 'poison', reason: 'unknown' }

const kinds: readonly unknown[] = [
  'transient',
  'overload',
  'poison',
  'split',
  'configuration',
  'ambiguous',
] satisfies FailureKind[]

/** A failure as the contract has it, and not something else that a classifier or a driver answered. */
export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'kind' in value && kinds.includes(value.kind)
}

/** Asks the user, then the driver, then the table of Node's codes. A classifier that throws, or answers what
 * is no failure, is reported and passed over:
 * it must not change what becomes of the rows. */
export function classifierOf(
  classifiers: readonly Classify[],
  onFault: () => void,
): (error: unknown) => Failure {
  return (error) => {
    if (BatchFlowError.is(error) && error.code === 'BATCHFLOW_INVALID_ROW')
      return { kind: 'poison', reason: 'invalid_row' }
    for (const classify of classifiers) {
      try {
        const failure: unknown = classify(error)
        if (isFailure(failure)) return failure
        if (failure !== undefined) onFault()
      } catch {
        onFault()
      }
    }
    return classifyNodeError(error) ?? unknownFailure
  }
}
