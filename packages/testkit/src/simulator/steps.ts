import { BatchFlowError, type CloseTimeoutError, type Settled } from '@batchflow/core'
import type { Call } from './calls.ts'
import { untouched } from './model-row.ts'
import type { Random } from './random.ts'
import type { Closing, FlushCall, World } from './world.ts'

/** What can be done to a flow, and how often it is, relatively. */
export const stepWeights = {
  submit: 40,
  tick: 40,
  flush: 4,
  retune: 3,
  resume: 2,
  abortSubmit: 4,
  heal: 2,
  sicken: 2,
} as const
export type Step = keyof typeof stepWeights

/** Does a step and says what it did. */
export async function take(step: Step, world: World, random: Random): Promise<string> {
  const { plan, clock, flow, driver, letters, calls } = world
  const { options, lanes } = plan
  switch (step) {
    case 'submit':
      return submit(world, random)
    case 'tick': {
      const ms = random.pick([
        0,
        1,
        random.integer(2, 50),
        options.flushIntervalMs,
        options.timeoutMs,
        1_000,
        3_000,
      ])
      await clock.advance(ms)
      return `tick ${ms} ms`
    }
    case 'flush': {
      const lane = random.chance(0.5) ? random.pick(lanes) : undefined
      flush(world, lane)
      return `flush ${lane?.target.name ?? 'all'}`
    }
    case 'retune': {
      const flushSize = random.integer(1, options.bufferSize)
      const flushIntervalMs = random.pick([0, 10, 500])
      const concurrencyLimit = random.integer(1, 5)
      flow.retune({ flushSize, flushIntervalMs, concurrencyLimit })
      world.concurrencyLimit = Math.min(
        concurrencyLimit,
        plan.temperament.capabilities.maxConcurrency ?? Number.POSITIVE_INFINITY,
      )
      world.longestIntervalMs = Math.max(world.longestIntervalMs, flushIntervalMs)
      return `retune flushSize ${flushSize}, flushIntervalMs ${flushIntervalMs}, concurrencyLimit ${concurrencyLimit}`
    }
    case 'resume': {
      const lane = random.pick(lanes)
      flow.resume(lane.target)
      return `resume ${lane.target.name}`
    }
    case 'abortSubmit': {
      const call = [...calls.open].find(({ abort }) => abort !== undefined && random.chance(0.5))
      call?.abort?.abort(new Error('the caller gave up'))
      return `abort ${call === undefined ? 'nothing' : `the submit of row ${call.row.id}`}`
    }
    case 'heal':
      driver.heal()
      letters.heal()
      return 'heal'
    case 'sicken':
      driver.sicken()
      letters.sicken()
      return 'sicken'
  }
}

/** Where rows are dropped, only those are offered whose callers hear of it: else nobody could say which were. */
const ways: Readonly<Record<World['plan']['options']['overflow'], Record<Call['way'], number>>> = {
  wait: { submit: 5, trySubmit: 3, submitAndSettle: 2 },
  reject: { submit: 5, trySubmit: 3, submitAndSettle: 2 },
  dropNewest: { submit: 0, trySubmit: 1, submitAndSettle: 3 },
  dropOldest: { submit: 0, trySubmit: 0, submitAndSettle: 1 },
}

function submit({ plan, calls }: World, random: Random): string {
  const { lanes, keys, nullKeys, badRows, maxBytes } = plan
  const lane = random.pick(lanes)
  const way = random.weighted(ways[plan.options.overflow])
  const rows = random.integer(1, random.pick([1, 4, 12]))
  const first = calls.all.length
  for (let id = first; id < first + rows; id++) {
    const abort = way === 'trySubmit' || !random.chance(0.2) ? undefined : new AbortController()
    if (random.chance(0.02)) abort?.abort(new Error('aborted before'))
    const row = {
      id,
      key: !lane.keyed || random.chance(nullKeys) ? null : random.integer(1, keys),
      bytes: random.chance(0.5) ? random.pick([1, maxBytes]) : random.integer(1, maxBytes),
      bad: random.chance(badRows),
      ids: [id],
      text: untouched,
    }
    calls.offer({ lane, row, way, abort, told: 'open' })
  }
  return `${way} rows ${first} to ${first + rows - 1} to ${lane.target.name} (${lane.kind})`
}

function flush({ flow, calls, flushes }: World, lane: World['plan']['lanes'][0] | undefined): void {
  const rows = calls.all.filter(
    (call) => call.told === 'accepted' && (lane === undefined || call.lane === lane),
  )
  const flushing: FlushCall = { rows, settled: undefined, error: undefined, open: true }
  flushes.push(flushing)
  flow.flush(lane === undefined ? {} : { target: lane.target }).then(
    (settled) => Object.assign(flushing, { settled, open: false }),
    (error: unknown) => Object.assign(flushing, { error, open: false }),
  )
}

/** Asks for the end of the flow, by `close` or by its signal. */
export function close(world: World, timeoutMs: number, bySignal: boolean): void {
  const { flow, clock, signal, onBroken } = world
  const closing: Closing = {
    deadlineAt: clock.now() + timeoutMs,
    settledAt: undefined,
    settled: undefined,
    error: undefined,
  }
  world.closing = closing
  if (bySignal) signal?.abort(new Error('the service ends'))
  flow.close({ timeoutMs }).then(
    (settled: Settled) => Object.assign(closing, { settled, settledAt: clock.now() }),
    (error: unknown) => {
      if (!isCloseTimeout(error)) onBroken('close rejects with the rows it could not write', String(error))
      else Object.assign(closing, { error, settledAt: clock.now() })
    },
  )
}

function isCloseTimeout(error: unknown): error is CloseTimeoutError {
  return BatchFlowError.is(error) && error.code === 'BATCHFLOW_CLOSE_TIMEOUT'
}
