import type { Labels, Metric, MetricsReporter } from '@batchflow/pipeline-metrics'
import { Counter, Gauge, Histogram, type Registry, Summary } from 'prom-client'

/** A reporter that is nothing but prom-client, as one would write it by hand: what ours is compared with. */
export function promClientReporter(registry: Registry): MetricsReporter {
  const registers = [registry]
  const shape = ({ name, help, labels, labelAliases = {} }: Metric) => ({
    name,
    help,
    labelNames: labels.filter((label) => !Object.hasOwn(labelAliases, label)),
    registers,
  })
  const known = <M>(metric: Metric, create: () => M): M =>
    (registry.getSingleMetric(metric.name) as M | undefined) ?? create()
  const counterOf = (metric: Metric, labels: Labels) =>
    known(metric, () => new Counter(shape(metric))).labels(labels)
  return {
    counter(metric, labels) {
      const counter = counterOf(metric, labels)
      counter.inc(0)
      return { add: (n) => counter.inc(n) }
    },
    histogram(metric, labels) {
      const histogram =
        metric.type === 'summary'
          ? known(metric, () => new Summary({ ...shape(metric), percentiles: [...(metric.quantiles ?? [])] }))
          : known(metric, () => new Histogram({ ...shape(metric), buckets: [...(metric.buckets ?? [])] }))
      const bound = histogram.labels(labels)
      bound.observe(0)
      return {
        record(value, count = 1) {
          for (let n = 0; n < count; n++) bound.observe(value)
        },
      }
    },
    gauge(metric, labels, read) {
      if (metric.type === 'counter') counterOf(metric, labels).inc(read())
      else
        known(metric, () => new Gauge(shape(metric)))
          .labels(labels)
          .set(read())
      return { [Symbol.dispose]() {} }
    },
  }
}
