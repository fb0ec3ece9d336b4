import { systemClock, type Environment } from '../engine/clock.ts'
import { BatchFlowError } from '../errors.ts'
import { functionOf, integer, knownKeys, milliseconds, object, oneOf } from '../flow/check.ts'
import { LineSampler } from './line-sampler.ts'
import type { FlowObserver } from './observer.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** Levels of a log, as pino, bunyan and most others have them. */
export type LogLevel = (typeof levels)[number]

/** A structured log: the fields first, then the message. pino's logger is one, and so is Fastify's. */
export type FlowLogger = Readonly<Record<LogLevel, (fields: object, message: string) => void>>

/** Options of {@link logObserver}. */
export interface LogOptions {
  /** Lines below this level are not made. @defaultValue 'info' */
  readonly level?: LogLevel
  /** Batches that took this many milliseconds, from their cut until they were settled, get a line; others get one at the
   * level `debug`. @defaultValue 1000 */
  readonly slowMs?: number
  /** Lines of one kind (event, target and reason) in `windowMs`; those beyond it are counted in the next one's `omitted`.
   * @defaultValue 10 */
  readonly maxLines?: number
  /** The stretch of time that `maxLines` is for, in milliseconds. @defaultValue 60000 */
  readonly windowMs?: number
  /** What is said of a database's own error: its `code`, or its `message` too, which may quote the values of a row. Our own
   * errors hold no values and are quoted always. @defaultValue 'code' */
  readonly causes?: 'code' | 'message'
}

const defaults = { level: 'info', slowMs: 1_000, maxLines: 10, windowMs: 60_000, causes: 'code' } as const

/** An observer that writes what goes wrong, or slowly, to a structured log, a few lines of each kind. What goes well is
 * not logged, and no line holds a row value.
 *
 * @example
 * ```ts
 * const flow = createBatchFlow({ driver, onDeadLetter, observers: [logObserver(pino())] })
 * ```
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function logObserver(
  logger: FlowLogger,
  options: LogOptions = {},
  { clock = systemClock }: Pick<Environment, 'clock'> = {},
): FlowObserver {
  for (const level of levels) functionOf(`logger.${level}`, object('logger', logger)[level])
  knownKeys('', object('options', options), Object.keys(defaults))
  const { level, slowMs, maxLines, windowMs, causes } = { ...defaults, ...options }
  oneOf('causes', causes, ['code', 'message'])
  const lowest = levels.indexOf(oneOf('level', level, levels))
  const sampler = new LineSampler(clock, {
    windowMs: milliseconds('windowMs', windowMs, 0),
    maxLines: integer('maxLines', maxLines, { min: 1, max: 2 ** 30 }),
  })
  milliseconds('slowMs', slowMs, 0)

  const log = (at: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): void => {
    if (levels.indexOf(at) >= lowest) logger[at](fields, message)
  }
  const sampled = (at: LogLevel, message: string, fields: Fields): void => {
    if (levels.indexOf(at) < lowest) return
    const omitted = sampler.take(message, fields['target'], fields['reason'])
    if (omitted !== undefined) log(at, message, omitted > 0 ? { ...fields, omitted } : fields)
  }
  return {
    flowOpened: (flow) => log('debug', 'flow opened', { driver: flow.driver, limits: flow.stats().limits }),
    attemptFailed: ({ target, rows, attempt, failure: { kind, reason }, cause, delayMs, durationMs }) =>
      sampled('warn', 'attempt failed', {
        target,
        rows,
        attempt,
        kind,
        reason,
        delayMs,
        durationMs,
        ...wordsOf(cause, causes),
      }),
    batchSettled: ({ target, rows, written, failed, coalesced, attempts, durationMs }) => {
      if (durationMs < slowMs && lowest > 0) return
      const fields = { target, rows, written, failed, coalesced, attempts, durationMs }
      if (durationMs >= slowMs) sampled('warn', 'slow batch', fields)
      else log('debug', 'batch settled', fields)
    },
    rowsDeadLettered: ({ target, rows, failure: { kind, reason } }) =>
      sampled('error', 'rows dead-lettered', { target, rows, kind, reason }),
    rowsDropped: ({ target, rows, policy }) => sampled('warn', 'rows dropped', { target, rows, policy }),
    submitRejected: ({ target, reason }) => sampled('warn', 'row refused', { target, reason }),
    pressureChanged: ({ pressure, rows, bytes, waitingSubmits }) =>
      pressure === 'high'
        ? sampled('warn', 'buffer nearly full', { rows, bytes, waitingSubmits })
        : sampled('info', 'buffer has room again', { rows, bytes, waitingSubmits }),
    concurrencyChanged: ({ concurrency, concurrencyLimit, failure }) =>
      failure === undefined
        ? log('debug', 'more batches at once', { concurrency, concurrencyLimit })
        : sampled('warn', 'database overloaded, fewer batches at once', {
            concurrency,
            concurrencyLimit,
            reason: failure.reason,
          }),
    breakerChanged: ({ state, failure, openMs }) => {
      if (state === 'halfOpen') log('debug', 'breaker half-open', {})
      else if (state === 'closed') log('info', 'breaker closed', {})
      else sampled('error', 'breaker open', { openMs, kind: failure?.kind, reason: failure?.reason })
    },
    flowClosed: ({ durationMs, ledger }) => {
      for (const [kind, omitted] of sampler.drain()) log('warn', `${kind}: not all were logged`, { omitted })
      if (ledger.returned > 0) log('error', 'flow closed with rows unwritten', { durationMs, ledger })
      else log('info', 'flow closed', { durationMs, ledger })
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

/** What can be said of an error without quoting a row. */
function wordsOf(cause: unknown, causes: 'code' | 'message'): Fields {
  if (BatchFlowError.is(cause)) return { code: cause.code, message: cause.message }
  if (typeof cause !== 'object' || cause === null) return {}
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown }
  return {
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(causes === 'message' && typeof message === 'string' ? { message } : {}),
  }
}
