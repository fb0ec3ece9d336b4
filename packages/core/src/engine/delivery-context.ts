import type { Driver } from '../driver/driver.ts'
import type { Failure } from '../driver/failure.ts'
import type { Target } from '../driver/target.ts'
import type { BatchError } from '../errors.ts'
import type { Observers } from '../observe/observers.ts'
import type { Attempts } from './attempts.ts'
import type { RetryPolicy } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { GiveUp } from './give-up.ts'
import type { Lane } from './lane.ts'
import type { Pauses } from './pauses.ts'
import type { SettledRows } from './settlement.ts'
import type { Slots } from './slots.ts'

/** Rows given up, for the dead-letter handler. */
export interface Letter {
  readonly target: Target
  readonly rows: readonly unknown[]
  readonly error: BatchError
  readonly isolated: boolean
}

/** What a delivery takes from the engine. */
export interface DeliveryContext {
  readonly driver: Driver
  readonly classify: (error: unknown) => Failure
  readonly clock: Clock
  readonly random: () => number
  readonly retry: RetryPolicy
  readonly configurationRetryMs: number
  readonly maxIsolationStatements: number
  readonly slots: Slots
  readonly attempts: Attempts
  readonly pauses: Pauses
  readonly observers: Observers
  /** Set when the flow gives up. */
  readonly giveUp: GiveUp
  readonly deadLetter: (letter: Letter) => Promise<void>
  /** Rows are settled: books them and gives their room to others. */
  readonly settled: (lane: Lane, rows: SettledRows) => void
  /** A slot is given back, and its lane may have become runnable. */
  readonly release: (lane: Lane, permit: number) => void
  /** A lane may have become runnable. */
  readonly unblocked: (lane: Lane) => void
  /** An attempt took this long, in milliseconds. */
  readonly wrote: (ms: number) => void
}
