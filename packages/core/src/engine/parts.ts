import { isFailure } from '../driver/classify.ts'
import type { Failure, FailureKind, RowOutcome } from '../driver/failure.ts'
import { BatchFlowError } from '../errors.ts'

/** Rows of a batch that are written together: all of them at first, fewer after isolation or a partial failure. */
export interface Part {
  readonly id: string
  readonly rows: readonly unknown[]
  /** Places of the rows in the batch, ascending; `undefined`: the whole batch, for which no list is made. */
  readonly places: readonly number[] | undefined
}

/** The rows of a part at some of its indices, under a child id. */
export function partOf(part: Part, suffix: string, indices: readonly number[]): Part {
  return {
    id: `${part.id}.${suffix}`,
    rows: indices.map((index) => part.rows[index]),
    places: indices.map((index) => part.places?.[index] ?? index),
  }
}

export function halves(part: Part): readonly [Part, Part] {
  const middle = Math.ceil(part.rows.length / 2)
  const indices = [...part.rows.keys()]
  return [partOf(part, '0', indices.slice(0, middle)), partOf(part, '1', indices.slice(middle))]
}

/** Rows of a part that failed alike. */
export interface FailedRows {
  readonly indices: number[]
  readonly failure: Failure
  readonly cause: unknown
}

/** The answer of a driver, sorted: what is written, what can be tried again, what is lost. */
export interface SortedOutcomes {
  readonly written: number[]
  readonly again: FailedRows | undefined
  readonly lost: readonly FailedRows[]
}

/** A lane that has to stop must not be worn down by retries, and a doubt must not be forgotten. */
const gravities: readonly FailureKind[] = ['transient', 'overload', 'ambiguous', 'configuration']

function gravity({ kind }: Failure): number {
  return gravities.indexOf(kind)
}

/** One outcome per row, as the contract has it: not every driver was compiled against it. */
export function areOutcomes(answer: unknown, rows: number): answer is readonly RowOutcome[] {
  return Array.isArray(answer) && answer.length === rows && answer.every(isOutcome)
}

function isOutcome(value: unknown): value is RowOutcome {
  if (typeof value !== 'object' || value === null || !('outcome' in value)) return false
  return (
    value.outcome === 'written' ||
    (value.outcome === 'failed' && 'failure' in value && isFailure(value.failure))
  )
}

/** Sorts per-row outcomes. Rows that can be tried again are tried together, under the gravest of their failures; lost
 * rows are grouped by what is wrong with them, so that a letter and its error speak of all of its rows. */
export function sortOutcomes(outcomes: readonly RowOutcome[]): SortedOutcomes {
  const written: number[] = []
  const lost = new Map<string, FailedRows>()
  let again: FailedRows | undefined
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.outcome === 'written') {
      written.push(index)
      continue
    }
    const { failure, cause } = outcome
    if (failure.kind === 'poison' || failure.kind === 'split') {
      // Only our own messages are alike for rows that are wrong in the same way; a database may quote the row.
      const wrong = BatchFlowError.is(cause) ? `${failure.reason} ${cause.message}` : failure.reason
      const group = lost.get(wrong)
      if (group === undefined) lost.set(wrong, { indices: [index], failure, cause })
      else group.indices.push(index)
    } else {
      const indices: number[] = again?.indices ?? []
      indices.push(index)
      if (again === undefined || gravity(failure) > gravity(again.failure))
        again = { indices, failure, cause }
    }
  }
  return { written, again, lost: [...lost.values()] }
}
