import { describeValue } from '@batchflow/core'
import type { PageRequest, PrometheusReporter } from '../create-prometheus-reporter.ts'
import { checkedOptions } from '../options/checked-options.ts'
import { invalidOption } from '../options/invalid-option.ts'
import { checkedProfile } from '../options/options.ts'
import { openMetricsContentType, textContentType } from '../page/text-format.ts'
import { partsOf } from '../reporter-parts.ts'
import { listen, type ListenOptions, type MetricsServer } from '../server/listen.ts'
import { Hub } from './hub.ts'
import type { MetricsWorker } from './worker-link.ts'

/** Options of {@link createMetricsHub}. */
export interface MetricsHubOptions {
  /** Time in milliseconds that workers have to answer, from 1 to 60000. Who does not is shown as of its last answer, and
   * counted in `batchflow_metrics_collect_errors_total`. @defaultValue 1000 */
  readonly timeoutMs?: number
}

/** One page for all workers of a service. Disposing it ends the connection with them. */
export interface MetricsHub extends Disposable {
  readonly contentType: string
  readonly openMetricsContentType: string
  /** Adds a worker, which calls `publishMetrics`: a `Worker` of `node:worker_threads`, one of `node:cluster`, or a process
   * that `fork` of `node:child_process` has made. When it ends its gauges go and its counters stay.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  add(worker: MetricsWorker): void
  /** A page in the Prometheus text format of this process and all workers.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  metrics(options?: PageRequest): Promise<string>
  /** The same as OpenMetrics, without exemplars.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  openMetrics(options?: PageRequest): Promise<string>
  /** Serves the pages, as a reporter does.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  listen(options: ListenOptions): Promise<MetricsServer>
}

/** Joins the metrics of workers, each by the rule of its family: what was counted is summed, of limits, ages and start
 * times the largest is shown, ratios are computed anew from the sums, and quantiles from what all workers together have
 * measured. The ledger balances: each worker's part of a page is one reading.
 *
 * @param reporter this process's own, whose metrics, prefix, labels and profile the pages have
 * @example
 * ```ts
 * const hub = createMetricsHub(createPrometheusReporter())
 * for (let n = 0; n < 4; n++) hub.add(new Worker(new URL('./worker.js', import.meta.url)))
 * await using server = await hub.listen({ port: 2112 })
 * ```
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function createMetricsHub(reporter: PrometheusReporter, options: MetricsHubOptions = {}): MetricsHub {
  const parts = partsOf(reporter)
  const { timeoutMs = 1_000 } = checkedOptions(options, ['timeoutMs'])
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 1 && timeoutMs <= 60_000))
    throw invalidOption('timeoutMs', 'a number of milliseconds from 1 to 60000', describeValue(timeoutMs))
  const hub = new Hub(parts, timeoutMs)
  const page = async (format: 'prometheus' | 'openmetrics', request: PageRequest = {}) => {
    const { profile = parts.options.profile } = checkedOptions(request, ['profile'])
    return await hub.page(checkedProfile(profile), format)
  }
  const made: MetricsHub = {
    contentType: textContentType,
    openMetricsContentType,
    add: (worker) => hub.add(worker),
    metrics: (request) => page('prometheus', request),
    openMetrics: (request) => page('openmetrics', request),
    listen: (listenOptions) => listen(made, listenOptions),
    [Symbol.dispose]: () => hub.close(),
  }
  return made
}
