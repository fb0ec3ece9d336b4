import { describeValue } from '@batchflow/core'
import { invalidOption } from './options/invalid-option.ts'
import type { ReporterOptions } from './options/options.ts'
import type { Exporter } from './store/exporter.ts'
import type { MetricRegistry } from './store/metric-registry.ts'

/** What a reporter is made of. */
export interface ReporterParts {
  readonly exporter: Exporter
  readonly registry: MetricRegistry
  readonly options: ReporterOptions
}

const parts = new WeakMap<object, ReporterParts>()

/** Remembers what a reporter is made of, for those who work with more than its methods. */
export function rememberParts(reporter: object, made: ReporterParts): void {
  parts.set(reporter, made)
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when it is no reporter of this package */
export function partsOf(reporter: unknown): ReporterParts {
  const known = typeof reporter === 'object' && reporter !== null ? parts.get(reporter) : undefined
  if (known === undefined)
    throw invalidOption('reporter', 'made by createPrometheusReporter', describeValue(reporter))
  return known
}
