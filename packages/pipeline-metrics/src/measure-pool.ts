import { isAcquireTimeout } from './acquire-timeout.ts'
import { poolAcquireDurationSeconds, poolAcquireTimeoutsTotal } from './catalogue/pool.ts'
import { checkName, checkOptions, checkPool, checkReporter } from './check.ts'
import type { BoundCounter, BoundHistogram, MetricsReporter } from './metrics-reporter.ts'
import { noopReporter } from './noop-reporter.ts'

/** Options of {@link measurePool}. */
export interface MeasurePoolOptions {
  /** The `database` label, the same as that of the flow. */
  readonly database: string
}

/** How pools call the method that gives a connection: pg `connect`, mysql2 `getConnection`, tarn `acquire`. */
const acquireMethods: readonly PropertyKey[] = ['connect', 'getConnection', 'acquire']

/** A pool that measures how long each caller waits for a connection (`batchflow_pool_acquire_duration_seconds`), and
 * counts waits that timed out (`batchflow_pool_acquire_timeouts_total`). Only the client's pool knows this: a driver
 * sees its write, which begins with the wait. The pool that was given is not changed; give this one to the driver.
 *
 * @example
 * ```ts
 * const pool = measurePool(new Pool(), metrics, { database: 'postgres' })
 * const flow = createBatchFlow({ driver: postgres({ pool }), onDeadLetter, observers: [flowMetrics(metrics)] })
 * ```
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function measurePool<P extends object>(
  pool: P,
  reporter: MetricsReporter,
  options: MeasurePoolOptions,
): P {
  checkPool('pool', pool, acquireMethods)
  checkReporter('reporter', reporter)
  checkOptions(options, ['database'])
  checkName('database', options.database)
  if (reporter === noopReporter) return pool
  const labels = { database: options.database }
  const acquire = new AcquireRecorder(
    reporter.histogram(poolAcquireDurationSeconds, labels),
    reporter.counter(poolAcquireTimeoutsTotal, labels),
  )
  return new Proxy(pool, {
    get(target, property) {
      // Asked of the pool itself: private fields do not go through a proxy.
      const value: unknown = Reflect.get(target, property, target)
      if (typeof value !== 'function') return value
      const method = value.bind(target) as (...args: unknown[]) => unknown
      return acquireMethods.includes(property) ? acquire.measured(method) : method
    },
  })
}

type Callback = (error: unknown, ...rest: unknown[]) => unknown

class AcquireRecorder {
  readonly #duration: BoundHistogram
  readonly #timeouts: BoundCounter

  constructor(duration: BoundHistogram, timeouts: BoundCounter) {
    this.#duration = duration
    this.#timeouts = timeouts
  }

  /** The method with its wait measured, whether it takes a callback or answers with a promise. */
  measured(method: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
    return (...args) => {
      const began = performance.now()
      const last = args.at(-1)
      if (typeof last === 'function') {
        const callback: Callback = (error, ...rest) => {
          this.#ended(began, error)
          return (last as Callback)(error, ...rest)
        }
        return method(...args.slice(0, -1), callback)
      }
      const result = method(...args)
      if (isThenable(result))
        result.then(
          () => this.#ended(began, undefined),
          (error: unknown) => this.#ended(began, error),
        )
      return result
    }
  }

  #ended(began: number, error: unknown): void {
    this.#duration.record((performance.now() - began) / 1000)
    if (isAcquireTimeout(error)) this.#timeouts.add(1)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
