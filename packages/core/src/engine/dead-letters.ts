import type { Failure } from '../driver/failure.ts'
import type { Target } from '../driver/target.ts'
import { BatchError, BatchFlowError } from '../errors.ts'
import { backoffDelay } from './backoff.ts'
import type { DeliveryContext, Letter } from './delivery-context.ts'
import type { Part } from './parts.ts'

/** A part of a batch that was given up. */
export interface Casualty {
  readonly part: Part
  readonly failure: Failure
  readonly cause: unknown
  readonly attempts: number
  readonly isolated: boolean
}

/** The letter about a casualty; `rows` are the accepted rows behind it. */
export function letterOf(target: Target, casualty: Casualty, rows: readonly unknown[]): Letter {
  const { failure, attempts, isolated, cause } = casualty
  const error = new BatchError(
    `${target.name}: ${counted(rows.length, 'row was', 'rows were')} not written ` +
      `after ${counted(attempts, 'attempt', 'attempts')}: ${failure.reason} (${failure.kind})${ownWords(cause)}`,
    { target: target.name, attempts, failure, cause },
  )
  return { target, rows, error, isolated }
}

/** Calls the handler until it takes the letter, with back-off. Answers false when the flow gave up first. */
export async function handOver(
  letter: Letter,
  context: DeliveryContext,
  onRefusal: (error: unknown) => void,
): Promise<boolean> {
  const { deadLetter, giveUp, pauses, retry, random } = context
  for (let failures = 1; !giveUp.aborted; failures++) {
    try {
      await deadLetter(letter)
      return !giveUp.aborted
    } catch (error) {
      if (giveUp.aborted) return false
      onRefusal(error)
      // The one callback whose failure changes something: the rows stay, and it is called again.
      await pauses.pause(Math.max(1, backoffDelay(failures, retry, random)))
    }
  }
  return false
}

/** What our own errors say is exact and holds no row values; what a database says may quote them. */
export function ownWords(cause: unknown): string {
  return BatchFlowError.is(cause) ? `: ${cause.message}` : ''
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}
