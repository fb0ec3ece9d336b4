import { afterEach } from '@jest/globals'
import { createPrometheusReporter, type PrometheusReporter } from '../../src/create-prometheus-reporter.ts'
import type { PrometheusReporterOptions } from '../../src/options/options.ts'

const made: PrometheusReporter[] = []

afterEach(() => {
  for (const reporter of made.splice(0)) reporter[Symbol.dispose]()
})

/** A reporter that is disposed after the test and that measures nothing of the process, unless it is told to. */
export function reporterOf(options: PrometheusReporterOptions = {}): PrometheusReporter {
  const reporter = createPrometheusReporter({ runtime: false, ...options })
  made.push(reporter)
  return reporter
}
