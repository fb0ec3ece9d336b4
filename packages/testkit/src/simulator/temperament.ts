import type { DriverCapabilities } from '@batchflow/core'
import type { Random } from './random.ts'

/** How the model driver answers a write with which nothing is wrong:
 *
 * - `commit`; `outcomes`: one outcome per row, some of them failures
 * - `transient`, `overload`, `unknown` (an error that nobody knows): nothing is committed
 * - `lost`: the answer is, nothing is committed; `kept`: the answer is, all is committed; `afterwards`: all is committed
 *   some time after the connection broke
 * - `never`: no answer until the attempt is aborted, and perhaps not then; `late`: committed after the deadline
 * - `misconfigured`: the target refuses everything for a while, beginning with this write */
export const answers = [
  'commit',
  'outcomes',
  'transient',
  'overload',
  'unknown',
  'lost',
  'kept',
  'afterwards',
  'never',
  'late',
  'misconfigured',
] as const
export type Answer = (typeof answers)[number]

/** What a model driver is like in one run. */
export interface Temperament {
  readonly capabilities: DriverCapabilities
  readonly weights: Readonly<Record<Answer, number>>
  /** The longest time, in milliseconds, that an answer takes; for `late` it comes on top of the deadline. */
  readonly maxDelayMs: number
  /** A batch of more rows is refused as too large. */
  readonly splitAbove: number
  /** It says which row it refuses. */
  readonly namesBadRows: boolean
  /** Probability that it does as it is told when an attempt is aborted. */
  readonly obedience: number
  /** Probability that a `prepare` fails; undefined: it has none. */
  readonly prepareFails: number | undefined
  /** The longest time, in milliseconds, that a target stays misconfigured. */
  readonly maxOutageMs: number
  readonly closes: 'atOnce' | 'slowly' | 'never'
}

/** A temperament for a seed: in most runs a few things go wrong, in some all, in some none. An outage
 * lasts for some probes. */
export function temperament(random: Random, configurationRetryMs: number): Temperament {
  const trouble = random.pick([0, 0.1, 0.3, 1])
  const weight = (most: number) => (random.chance(0.5) ? 0 : random.next() * most * trouble)
  const isolatesRows = random.chance(0.2)
  return {
    capabilities: {
      ...(isolatesRows ? { isolatesRows, perRowOutcomes: true } : {}),
      ...(random.chance(0.3) ? { repeatedKeys: true } : {}),
      ...(random.chance(0.2) ? { maxRowsPerBatch: random.integer(1, 8) } : {}),
      ...(random.chance(0.2) ? { maxConcurrency: random.integer(1, 3) } : {}),
    },
    weights: {
      commit: 1,
      outcomes: weight(1),
      transient: weight(1),
      overload: weight(0.5),
      unknown: weight(0.3),
      lost: weight(0.5),
      kept: weight(0.5),
      afterwards: weight(0.2),
      never: weight(0.5),
      late: weight(0.4),
      misconfigured: weight(0.2),
    },
    maxDelayMs: random.pick([0, 0, 5, 100, 1_500]),
    splitAbove: random.chance(0.2) ? random.integer(1, 6) : Number.POSITIVE_INFINITY,
    namesBadRows: random.chance(0.5),
    obedience: random.pick([0, 0.5, 1]),
    prepareFails: random.chance(0.5) ? undefined : random.pick([0, 0.2, 0.5]),
    maxOutageMs: configurationRetryMs * random.pick([1, 4, 20]),
    closes: random.weighted({ atOnce: 8, slowly: 1, never: 1 }),
  }
}
