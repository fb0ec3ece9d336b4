import type { Driver, DriverCapabilities } from '../driver/driver.ts'
import type { Target } from '../driver/target.ts'
import type { RetryPolicy } from '../engine/backoff.ts'
import type { BreakerPolicy } from '../engine/breaker.ts'
import type { Overflow } from '../engine/drops.ts'
import type { LaneLimits } from '../engine/lane.ts'
import type { FlowLimits } from '../engine/ledger.ts'
import { BatchFlowError } from '../errors.ts'
import type { FlowObserver } from '../observe/observer.ts'
import {
  array,
  boolean,
  functionOf,
  integer,
  knownKeys,
  methodOf,
  milliseconds,
  object,
  oneOf,
  refuse,
} from './check.ts'
import { defaults } from './defaults.ts'
import type {
  BatchFlowOptions,
  BreakerOptions,
  RetryOptions,
  RetuneOptions,
  TargetOptions,
} from './options.ts'

/** The options of a flow, checked, with their defaults, frozen. */
export interface ResolvedOptions {
  readonly limits: FlowLimits
  readonly targets: ReadonlyMap<string, Partial<LaneLimits>>
  readonly retry: RetryPolicy
  readonly breaker: BreakerPolicy | undefined
  readonly maxLaneRows: number | undefined
  readonly maxRowBytes: number
  readonly maxWaitingSubmits: number
  readonly overflow: Overflow
  readonly timeoutMs: number
  readonly closeTimeoutMs: number
  readonly maxIsolationStatements: number
  readonly configurationRetryMs: number
  readonly drainOnAbort: boolean
  readonly drainGraceMs: number
  readonly observers: readonly FlowObserver[]
}

const optionNames = [
  ...Object.keys(defaults),
  'driver',
  'maxLaneRows',
  'classify',
  'signal',
  'drainGraceMs',
  'observers',
  'targets',
  'onDeadLetter',
  'deadLetters',
]
const targetOptionNames = ['flushSize', 'flushBytes', 'flushIntervalMs']

const anyBytes = { min: 1, max: Number.MAX_SAFE_INTEGER }
const anyCount = { min: 0, max: 2 ** 30 }

export function resolveOptions<T extends Target>(options: BatchFlowOptions<T>): ResolvedOptions {
  knownKeys('', object('options', options), optionNames)
  checkCallbacks(options)
  checkDriver(options.driver)
  const given = { ...defaults, observers: [], targets: {}, ...withoutUndefined(options) }
  const bufferSize = integer('bufferSize', given.bufferSize, { min: 1, max: 2 ** 30 })
  const bufferBytes = integer('bufferBytes', given.bufferBytes, anyBytes)
  const closeTimeoutMs = milliseconds('closeTimeoutMs', given.closeTimeoutMs, 0)
  const { capabilities } = options.driver
  const withinBuffer = { min: 1, max: bufferSize, maxName: 'bufferSize' }
  return Object.freeze({
    // The default of flushSize follows a smaller buffer; a flushSize that was asked for does not.
    limits: resolveLimits(
      {
        ...given,
        flushSize:
          options.flushSize === undefined ? Math.min(defaults.flushSize, bufferSize) : options.flushSize,
      },
      capabilities,
      { bufferSize, bufferBytes },
    ),
    targets: resolveTargets(given.targets, capabilities, bufferSize),
    retry: resolveRetry(given.retry),
    breaker: resolveBreaker(options.breaker ?? false),
    maxLaneRows:
      given.maxLaneRows === undefined ? undefined : integer('maxLaneRows', given.maxLaneRows, withinBuffer),
    maxRowBytes: integer('maxRowBytes', given.maxRowBytes, anyBytes),
    maxWaitingSubmits: integer('maxWaitingSubmits', given.maxWaitingSubmits, anyCount),
    overflow: oneOf('overflow', given.overflow, ['wait', 'reject', 'dropNewest', 'dropOldest']),
    timeoutMs: milliseconds('timeoutMs', given.timeoutMs, 1),
    closeTimeoutMs,
    maxIsolationStatements: integer('maxIsolationStatements', given.maxIsolationStatements, anyCount),
    configurationRetryMs: milliseconds('configurationRetryMs', given.configurationRetryMs, 1),
    drainOnAbort: boolean('drainOnAbort', given.drainOnAbort),
    drainGraceMs: milliseconds(
      'drainGraceMs',
      given.drainGraceMs === undefined ? closeTimeoutMs : given.drainGraceMs,
      0,
    ),
    observers: array('observers', given.observers).map((observer, index) =>
      object(`observers[${index}]`, observer),
    ),
  })
}

/** The limits after `retune`, checked like the first ones. */
export function resolveRetune(
  current: FlowLimits,
  { capabilities }: Pick<Driver, 'capabilities'>,
  options: RetuneOptions,
): FlowLimits {
  knownKeys('retune: ', object('options', options), [...targetOptionNames, 'concurrencyLimit'])
  return resolveLimits({ ...current, ...withoutUndefined(options) }, capabilities, current)
}

function resolveLimits(
  options: LaneLimits & { readonly concurrencyLimit: number },
  capabilities: DriverCapabilities,
  buffer: Pick<FlowLimits, 'bufferSize' | 'bufferBytes'>,
): FlowLimits {
  const { flushSize, flushBytes, flushIntervalMs, concurrencyLimit } = options
  const lane = checkLane('', { flushSize, flushBytes, flushIntervalMs }, buffer.bufferSize)
  const slots = integer('concurrencyLimit', concurrencyLimit, { min: 1, max: 2 ** 16 })
  return Object.freeze({
    flushSize,
    flushBytes,
    flushIntervalMs,
    ...capped(lane, capabilities),
    bufferSize: buffer.bufferSize,
    bufferBytes: buffer.bufferBytes,
    concurrencyLimit: Math.min(slots, capabilities.maxConcurrency ?? Infinity),
  })
}

/** A driver's own limits hold whatever the options say: a batch beyond them would wait inside the driver, or fail. What
 * is in force is in `stats().limits`. */
function capped(lane: Partial<LaneLimits>, capabilities: DriverCapabilities): Partial<LaneLimits> {
  const { maxRowsPerBatch = Infinity, maxBatchBytes = Infinity } = capabilities
  return {
    ...lane,
    ...(lane.flushSize === undefined ? {} : { flushSize: Math.min(lane.flushSize, maxRowsPerBatch) }),
    ...(lane.flushBytes === undefined ? {} : { flushBytes: Math.min(lane.flushBytes, maxBatchBytes) }),
  }
}

function checkLane(where: string, lane: Partial<LaneLimits>, bufferSize: number): Partial<LaneLimits> {
  const { flushSize, flushBytes, flushIntervalMs } = lane
  if (flushSize !== undefined)
    integer(`${where}flushSize`, flushSize, { min: 1, max: bufferSize, maxName: 'bufferSize' })
  if (flushBytes !== undefined) integer(`${where}flushBytes`, flushBytes, anyBytes)
  if (flushIntervalMs !== undefined) milliseconds(`${where}flushIntervalMs`, flushIntervalMs, 0)
  return lane
}

function resolveTargets(
  targets: Readonly<Record<string, TargetOptions>>,
  capabilities: DriverCapabilities,
  bufferSize: number,
): ReadonlyMap<string, Partial<LaneLimits>> {
  return new Map(
    Object.entries(object('targets', targets)).map(([name, options]) => {
      const where = `targets.${name}.`
      knownKeys(where, object(`targets.${name}`, options), targetOptionNames)
      const lane = checkLane(where, withoutUndefined(options), bufferSize)
      return [name, capped(lane, capabilities)]
    }),
  )
}

function resolveRetry(retry: RetryOptions | false): RetryPolicy {
  if (retry === false) return { ...defaults.retry, maxAttempts: 1 }
  knownKeys('retry.', object('retry', retry), Object.keys(defaults.retry))
  const given = { ...defaults.retry, ...withoutUndefined(retry) }
  return Object.freeze({
    maxAttempts: integer('retry.maxAttempts', given.maxAttempts, { min: 1, max: 2 ** 30 }),
    backoffMs: milliseconds('retry.backoffMs', given.backoffMs, 0),
    maxBackoffMs: milliseconds('retry.maxBackoffMs', given.maxBackoffMs, 0),
    maxElapsedMs: milliseconds('retry.maxElapsedMs', given.maxElapsedMs, 0),
  })
}

function resolveBreaker(breaker: BreakerOptions | false): BreakerPolicy | undefined {
  if (breaker === false) return undefined
  knownKeys('breaker.', object('breaker', breaker), Object.keys(defaults.breaker))
  const given = { ...defaults.breaker, ...withoutUndefined(breaker) }
  return Object.freeze({
    maxFailures: integer('breaker.maxFailures', given.maxFailures, { min: 1, max: 2 ** 30 }),
    openMs: milliseconds('breaker.openMs', given.openMs, 1),
    maxOpenMs: milliseconds('breaker.maxOpenMs', given.maxOpenMs, 1),
  })
}

/** An option that is there and undefined takes its default, like one that is left out; null does not. */
function withoutUndefined<O extends object>(options: O): O {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as O
}

function checkCallbacks<T extends Target>(options: BatchFlowOptions<T>): void {
  const { onDeadLetter, deadLetters, classify, signal } = options
  // Rows that cannot be written have to go somewhere: there is no silent default.
  if (onDeadLetter === undefined && deadLetters === undefined) functionOf('onDeadLetter', onDeadLetter)
  if (onDeadLetter !== undefined && deadLetters !== undefined)
    throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', 'onDeadLetter and deadLetters exclude each other')
  if (onDeadLetter !== undefined) functionOf('onDeadLetter', onDeadLetter)
  if (deadLetters !== undefined) methodOf('deadLetters', deadLetters, 'write')
  if (classify !== undefined) functionOf('classify', classify)
  if (signal !== undefined) methodOf('signal', signal, 'addEventListener')
}

function checkDriver<T extends Target>(driver: Driver<T>): void {
  methodOf('driver', driver, 'write')
  methodOf('driver', driver, 'classify')
  if (typeof driver.name !== 'string' || driver.name === '') refuse('driver.name', 'a text', driver.name)
  const { maxRowsPerBatch, maxBatchBytes, maxConcurrency } = object(
    'driver.capabilities',
    driver.capabilities,
  )
  for (const [name, limit] of Object.entries({ maxRowsPerBatch, maxBatchBytes, maxConcurrency }))
    if (limit !== undefined) integer(`driver.capabilities.${name}`, limit, anyBytes)
}
