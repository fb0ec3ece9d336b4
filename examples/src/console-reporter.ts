import type { Labels, Metric, MetricsReporter } from '@batchflow/pipeline-metrics'

/** Options of {@link consoleReporter}. */
export interface ConsoleReporterOptions {
  /** Time between reports, in milliseconds. @defaultValue 10000 */
  readonly intervalMs?: number
  /** Takes a report. @defaultValue console.log */
  readonly print?: (report: string) => void
}

/** A metrics reporter that prints, at intervals, whatever has changed: totals of counters, means of histograms, gauges.
 * This is all that a reporter has to be.
 *
 * @example
 * ```ts
 * using metrics = consoleReporter({ intervalMs: 1_000 })
 * const flow = createBatchFlow({ driver, onDeadLetter, observers: [flowMetrics(metrics)] })
 * ``` */
export function consoleReporter(options: ConsoleReporterOptions = {}): MetricsReporter & Disposable {
  const { intervalMs = 10_000, print = (report) => console.log(report) } = options
  const values = new Map<string, number>()
  const readings = new Map<object, readonly [key: string, read: () => number]>()
  const shown = new Map<string, number>()
  const add = (key: string, n: number) => values.set(key, (values.get(key) ?? 0) + n)

  const report = () => {
    const now = new Map(values)
    // Flows with equal labels share a key: their readings are summed.
    for (const [key, read] of readings.values()) now.set(key, (now.get(key) ?? 0) + read())
    const changed = [...now].filter(([key, value]) => shown.get(key) !== value)
    for (const [key, value] of changed) shown.set(key, value)
    if (changed.length > 0) print(changed.map(([key, value]) => `${key} ${value}`).join('\n'))
  }
  const timer = setInterval(report, intervalMs)
  timer.unref()

  return {
    counter(metric, labels) {
      const key = keyOf(metric, labels)
      return { add: (n) => void add(key, n) }
    },
    histogram(metric, labels) {
      const [count, sum] = [keyOf(metric, labels, '_count'), keyOf(metric, labels, '_sum')]
      return {
        record(value, times = 1) {
          add(count, times)
          add(sum, value * times)
        },
      }
    },
    gauge(metric, labels, read) {
      const registration = {
        [Symbol.dispose]() {
          readings.delete(registration)
          // What was counted stays when its flow is gone.
          if (metric.type === 'counter') add(keyOf(metric, labels), read())
        },
      }
      readings.set(registration, [keyOf(metric, labels), read])
      return registration
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      report()
    },
  }
}

function keyOf({ name }: Metric, labels: Labels, ending = ''): string {
  const text = Object.entries(labels)
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `${label}=${value}`)
  return `${name}${ending}{${text.join(',')}}`
}
