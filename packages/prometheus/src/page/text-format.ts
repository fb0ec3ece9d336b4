import type { Labels } from '@batchflow/pipeline-metrics'

// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md

/** `Content-Type` of the Prometheus text format. */
export const textContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** `Content-Type` of OpenMetrics. */
export const openMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** A help text; in label values the quote is escaped too. */
export function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** `a="1",b="2"`, without braces. */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeHelp(value).replaceAll('"', '\\"')}"`)
    .join(',')
}
