import { checkReporter } from './check.ts'
import type { MetricsReporter } from './metrics-reporter.ts'
import { noopReporter } from './noop-reporter.ts'

/** Sends every metric to several reporters. One reporter is returned as it is; without any, the result keeps nothing
 * and an observer made with it costs nothing.
 *
 * @example
 * ```ts
 * const reporter = composeReporters(prometheus, statsd)
 * ```
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when one of them is no reporter */
export function composeReporters(...reporters: readonly MetricsReporter[]): MetricsReporter {
  for (const [index, reporter] of reporters.entries()) checkReporter(`reporters[${index}]`, reporter)
  const targets = reporters.filter((reporter) => reporter !== noopReporter)
  const [first, second] = targets
  if (first === undefined) return noopReporter
  if (second === undefined) return first
  return {
    counter(metric, labels) {
      const bound = targets.map((reporter) => reporter.counter(metric, labels))
      return {
        add(n) {
          for (const counter of bound) counter.add(n)
        },
      }
    },
    histogram(metric, labels) {
      const bound = targets.map((reporter) => reporter.histogram(metric, labels))
      return {
        record(value, count, exemplar) {
          for (const histogram of bound) histogram.record(value, count, exemplar)
        },
      }
    },
    gauge(metric, labels, read) {
      const bound = targets.map((reporter) => reporter.gauge(metric, labels, read))
      return {
        [Symbol.dispose]() {
          for (const registration of bound) registration[Symbol.dispose]()
        },
      }
    },
  }
}
