import type { Labels, Metric } from './metric.ts'
import type { MetricsReporter } from './metrics-reporter.ts'

/** A value that is read when metrics are collected. */
export type Reading = readonly [metric: Metric, labels: Labels, read: () => number]

/** Registers all readings, or none: when the reporter refuses one, there will be no flow to read the others from. */
export function registerAll(reporter: MetricsReporter, readings: readonly Reading[]): Disposable {
  const registrations: Disposable[] = []
  const dispose = () => {
    for (const registration of registrations) registration[Symbol.dispose]()
  }
  try {
    for (const [metric, labels, read] of readings) registrations.push(reporter.gauge(metric, labels, read))
  } catch (error) {
    dispose()
    throw error
  }
  return { [Symbol.dispose]: dispose }
}
