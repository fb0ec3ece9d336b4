import type { BatchFlowOptions, BreakerOptions, RetryOptions, Target } from '@batchflow/core'
import { laneKinds, modelLane, pipelineKinds, type ModelLane } from './model-lane.ts'
import type { ModelRow } from './model-row.ts'
import type { Random } from './random.ts'
import { temperament, type Temperament } from './temperament.ts'

type FlowOptions = BatchFlowOptions<Target<ModelRow>>

/** The options of a flow that a seed decides; those that check something are added by the simulation. */
export interface PlannedOptions {
  readonly bufferSize: number
  readonly bufferBytes: number
  readonly flushSize: number
  readonly flushBytes: number
  readonly flushIntervalMs: number
  readonly maxLaneRows: number | undefined
  readonly maxRowBytes: number
  readonly maxWaitingSubmits: number
  readonly overflow: NonNullable<FlowOptions['overflow']>
  readonly concurrencyLimit: number
  readonly timeoutMs: number
  readonly retry: Required<RetryOptions> | false
  readonly breaker: Required<BreakerOptions> | false
  readonly maxIsolationStatements: number
  readonly configurationRetryMs: number
  readonly drainOnAbort: boolean
  readonly drainGraceMs: number
  readonly targets: NonNullable<FlowOptions['targets']>
}

/** Everything that is decided before the first step. */
export interface Plan {
  /** Whether the engine is shown as a flow, or as a pipeline of one lane. */
  readonly shape: 'flow' | 'pipeline'
  readonly options: PlannedOptions
  readonly lanes: readonly [ModelLane, ...ModelLane[]]
  readonly temperament: Temperament
  /** Different keys of rows; few of them meet often. */
  readonly keys: number
  readonly nullKeys: number
  readonly badRows: number
  readonly maxBytes: number
  /** The flow is given a signal. */
  readonly hasSignal: boolean
  /** Somebody counts what the flow tells. */
  readonly observed: boolean
  /** Probability that another observer throws; undefined: there is none. */
  readonly observerThrows: number | undefined
  /** Letters go to a sink instead of a function. */
  readonly hasSink: boolean
  /** Probability that a letter is refused. */
  readonly lettersFail: number
  readonly steps: number
  readonly ending: 'graceful' | 'deadline' | 'abort'
}

export function plan(random: Random): Plan {
  const bufferSize = random.pick([random.integer(1, 5), random.integer(5, 40), random.integer(20, 80)])
  const maxBytes = random.pick([1, 10, 50])
  const hasSignal = random.chance(0.3)
  const lanes = Array.from({ length: random.integer(1, 4) }, (_, index) =>
    modelLane(`t${index}`, random.pick(laneKinds)),
  )
  const options = planOptions(random, bufferSize, maxBytes)
  const planned: Plan = {
    shape: random.chance(0.2) ? 'pipeline' : 'flow',
    options,
    lanes: lanes as [ModelLane, ...ModelLane[]],
    temperament: temperament(random, options.configurationRetryMs),
    keys: random.pick([1, 3, 10, 50]),
    nullKeys: random.pick([0, 0.2, 0.9]),
    badRows: random.pick([0, 0, 0.05, 0.3]),
    maxBytes,
    hasSignal,
    observed: random.chance(0.8),
    observerThrows: random.chance(0.2) ? random.next() : undefined,
    hasSink: random.chance(0.3),
    lettersFail: random.pick([0, 0, 0.3, 0.8]),
    steps: random.integer(10, 50),
    ending: random.weighted({ graceful: 5, deadline: 3, abort: hasSignal ? 4 : 0 }),
  }
  return planned.shape === 'flow' ? planned : asPipeline(planned, random)
}

/** A pipeline has one lane, whose items are joined or not, and a function in the place of the driver. */
function asPipeline(planned: Plan, random: Random): Plan {
  return {
    ...planned,
    lanes: [modelLane('t0', random.pick(pipelineKinds))],
    options: { ...planned.options, maxLaneRows: undefined, targets: {} },
    temperament: {
      ...planned.temperament,
      capabilities: { repeatedKeys: true },
      prepareFails: undefined,
      closes: 'atOnce',
    },
    hasSink: false,
  }
}

function planOptions(random: Random, bufferSize: number, maxBytes: number): PlannedOptions {
  const flushSize = () => random.integer(1, Math.min(bufferSize, random.pick([2, 6, 20])))
  const flushIntervalMs = () => random.pick([0, 1, 20, 100, 1_000])
  const drainOnAbort = random.chance(0.7)
  return {
    bufferSize,
    bufferBytes: random.chance(0.5) ? 1_000_000 : random.integer(maxBytes, maxBytes * bufferSize),
    flushSize: flushSize(),
    flushBytes: random.chance(0.6) ? 1_000_000 : random.integer(1, maxBytes * 5),
    flushIntervalMs: flushIntervalMs(),
    maxLaneRows: random.chance(0.6) ? undefined : random.integer(1, bufferSize),
    maxRowBytes: random.chance(0.8) ? 1_000_000 : random.integer(1, maxBytes),
    maxWaitingSubmits: random.pick([0, 1, 5, 1_000]),
    overflow: random.weighted({ wait: 14, reject: 2, dropNewest: 2, dropOldest: 2 }),
    concurrencyLimit: random.integer(1, 4),
    timeoutMs: random.pick([1, 50, 500, 5_000]),
    retry: random.chance(0.15)
      ? false
      : {
          maxAttempts: random.integer(1, 5),
          backoffMs: random.pick([0, 20, 300]),
          maxBackoffMs: random.pick([0, 100, 2_000]),
          maxElapsedMs: random.pick([0, 200, 60_000]),
        },
    breaker: random.chance(0.7)
      ? false
      : {
          maxFailures: random.pick([1, 2, 5]),
          openMs: random.pick([1, 50, 1_000]),
          maxOpenMs: random.pick([1, 200, 5_000]),
        },
    maxIsolationStatements: random.pick([0, 3, 1_024]),
    configurationRetryMs: random.pick([1, 100, 5_000]),
    drainOnAbort,
    drainGraceMs: random.pick([0, 50, 2_000]),
    targets: random.chance(0.3) ? { t0: { flushSize: flushSize(), flushIntervalMs: flushIntervalMs() } } : {},
  }
}
