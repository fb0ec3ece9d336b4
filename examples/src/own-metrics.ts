import { catalogue } from '@batchflow/pipeline-metrics'
import type { PrometheusReporter } from '@batchflow/prometheus'
import { Counter, Histogram, type Registry } from 'prom-client'

/** Metrics of your own on the page of the flow: prom-client's, in the registry of the reporter. They are on every page but
 * that of the profile `batchsql`.
 *
 * @example
 * ```ts
 * const metrics = createPrometheusReporter()
 * const own = ownMetrics(metrics)
 * const end = own.duration.startTimer()
 * await work()
 * end()
 * own.operations.inc()
 * ``` */
export function ownMetrics(reporter: PrometheusReporter): {
  readonly operations: Counter
  readonly duration: Histogram
} {
  const registers = [reporter.registry as Registry]
  const { batchflow_custom_operations_total: operations, batchflow_custom_duration_seconds: duration } =
    catalogue
  if (operations === undefined || duration === undefined) throw new Error('the catalogue has no examples')
  return {
    operations: new Counter({ name: operations.name, help: operations.help, registers }),
    duration: new Histogram({
      name: duration.name,
      help: duration.help,
      buckets: [...(duration.buckets ?? [])],
      registers,
    }),
  }
}
