import type {
  BatchFlow,
  BatchFlowOptions,
  CloseTimeoutError,
  Environment,
  Settled,
  Target,
} from '@batchflow/core'
import { ManualClock } from '../manual-clock.ts'
import { BreakerWatch } from './breaker-watch.ts'
import { Calls, type Call } from './calls.ts'
import type { OnBroken } from './commit-log.ts'
import { EventSums, RudeObserver } from './event-sums.ts'
import { LetterBox } from './letter-box.ts'
import { ModelDriver } from './model-driver.ts'
import type { ModelRow } from './model-row.ts'
import type { Plan } from './plan.ts'
import type { Random } from './random.ts'
import { Unsettled } from './unsettled.ts'
import { WatchedClock } from './watched-clock.ts'

/** Makes the flow under test: `createBatchFlow`, or something around it. */
export type CreateFlow = (
  options: BatchFlowOptions<Target<ModelRow>>,
  environment: Environment,
) => BatchFlow<Target<ModelRow>>

/** A call of `flush`. */
export interface FlushCall {
  /** The rows that had been accepted by then. */
  readonly rows: readonly Call[]
  settled: Settled | undefined
  error: unknown
  open: boolean
}

/** The end of a flow, from the moment at which it was asked for. */
export interface Closing {
  readonly deadlineAt: number
  settledAt: number | undefined
  settled: Settled | undefined
  error: CloseTimeoutError | undefined
}

/** A flow and everything around it: what it writes to, what watches it, and what was asked of it. */
export interface World {
  readonly plan: Plan
  readonly clock: ManualClock
  readonly timers: WatchedClock
  readonly driver: ModelDriver
  readonly letters: LetterBox
  readonly sums: EventSums
  readonly breakerWatch: BreakerWatch
  readonly rude: RudeObserver | undefined
  readonly signal: AbortController | undefined
  readonly flow: BatchFlow<Target<ModelRow>>
  readonly calls: Calls
  readonly flushes: FlushCall[]
  readonly unsettled: Unsettled
  readonly onBroken: OnBroken
  concurrencyLimit: number
  longestIntervalMs: number
  closing: Closing | undefined
}

export function createWorld(
  plan: Plan,
  { random, createFlow, onBroken }: { random: Random; createFlow: CreateFlow; onBroken: OnBroken },
): World {
  const { options, lanes, temperament } = plan
  const clock = new ManualClock()
  const timers = new WatchedClock(clock)
  const driver = new ModelDriver({
    random: random.fork(),
    clock,
    temperament,
    lanes,
    timeoutMs: options.timeoutMs,
    onBroken,
  })
  const letters = new LetterBox({
    random: random.fork(),
    clock,
    fails: plan.lettersFail,
    apart: new Set(lanes.filter(({ joins }) => !joins).map(({ target }) => target.name)),
    isOver: () => flow.stats().state === 'closed',
    onBroken,
  })
  const sums = new EventSums(onBroken)
  const { observerThrows } = plan
  const rude = observerThrows === undefined ? undefined : new RudeObserver(random.fork(), observerThrows)
  const signal = plan.hasSignal ? new AbortController() : undefined
  const jitter = random.fork()
  const { maxLaneRows, ...given } = options
  const breakerWatch = new BreakerWatch(() => flow.stats().breaker, onBroken)
  // Where the driver prepares targets, a write may come long after its attempt was let through.
  if (temperament.prepareFails === undefined) driver.onWrite = (target) => breakerWatch.written(target)
  const flow = createFlow(
    {
      ...given,
      ...(maxLaneRows === undefined ? {} : { maxLaneRows }),
      ...(signal === undefined ? {} : { signal: signal.signal }),
      ...(plan.hasSink
        ? { deadLetters: letters }
        : { onDeadLetter: async (letter) => await letters.write(letter) }),
      driver,
      observers: [
        ...(rude === undefined ? [] : [rude.observer]),
        ...(plan.observed ? [sums.observer, breakerWatch.observer] : []),
      ],
    },
    { clock: timers, random: () => jitter.next() },
  )
  return {
    plan,
    clock,
    timers,
    driver,
    letters,
    sums,
    breakerWatch,
    rude,
    signal,
    flow,
    calls: new Calls(flow, onBroken),
    flushes: [],
    unsettled: new Unsettled(),
    onBroken,
    concurrencyLimit: Math.min(options.concurrencyLimit, temperament.capabilities.maxConcurrency ?? Infinity),
    longestIntervalMs: Math.max(options.flushIntervalMs, options.targets['t0']?.flushIntervalMs ?? 0),
    closing: undefined,
  }
}
