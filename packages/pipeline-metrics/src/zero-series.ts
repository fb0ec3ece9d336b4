import type { Labels, Metric } from './metric.ts'
import type { BoundCounter, MetricsReporter } from './metrics-reporter.ts'

/** Binds a counter for each value of the metric's one closed label, so that all are exported at zero: `increase()`
 * sees the first event, and a sum over the values is never empty. Never used where a table is a label too: that would
 * be a product. */
export function bindZeroSeries(
  reporter: MetricsReporter,
  metric: Metric,
  labels: Labels,
): ReadonlyMap<string, BoundCounter> {
  const series = Object.entries(metric.labelValues ?? {}).flatMap(([label, values]) =>
    values.map((value) => ({ label, value })),
  )
  return new Map(
    series.map(({ label, value }) => [value, reporter.counter(metric, { ...labels, [label]: value })]),
  )
}
