import type { BoundCounter, BoundHistogram, Metric, MetricsReporter } from '@batchflow/pipeline-metrics'
import { checkedOptions } from './options/checked-options.ts'
import { checkedProfile, resolveOptions, type PrometheusReporterOptions } from './options/options.ts'
import type { Profile } from './page/profile.ts'
import { renderPage } from './page/render-page.ts'
import { openMetricsContentType } from './page/text-format.ts'
import { rememberParts } from './reporter-parts.ts'
import { listen, type ListenOptions, type MetricsServer } from './server/listen.ts'
import { exporterOf } from './store/exporter-of.ts'
import { resolveRegistry } from './store/metric-registry.ts'

/** Options of a page. */
export interface PageRequest {
  /** Which families and labels the page has. @defaultValue that of the reporter */
  readonly profile?: Profile
}

/** A reporter that keeps its metrics in a prom-client registry, with pages of them. Pages have the registry's other
 * metrics too, except in the profile `batchsql`.
 *
 * Disposing the last reporter of a registry stops its timer and its observation of the process; what was counted stays.
 * That is not needed at the end of a process, which none of it keeps alive. */
export interface PrometheusReporter extends MetricsReporter, Disposable {
  /** The registry, as given or made: for metrics of your own. */
  readonly registry: object
  /** The `Content-Type` of a page. */
  readonly contentType: string
  /** The `Content-Type` of an OpenMetrics page. */
  readonly openMetricsContentType: string
  /** A page in the Prometheus text format. All readings of it are taken in one synchronous pass, so that submitted
   * rows = settled + pending on every page. A collector that throws costs its own metric, not the page.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  metrics(options?: PageRequest): Promise<string>
  /** The same as OpenMetrics 1.0, with exemplars, and without the gauges whose names OpenMetrics keeps for others.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  openMetrics(options?: PageRequest): Promise<string>
  /** Serves `/metrics` (also `/metrics?profile=modern`), `/openmetrics` and `/healthz`.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`; when the address cannot be used, its `cause` is Node's error,
   * with a `code` such as `EADDRINUSE` */
  listen(options: ListenOptions): Promise<MetricsServer>
}

const noCounter: BoundCounter = { add() {} }
const noHistogram: BoundHistogram = { record() {} }
const noRegistration: Disposable = { [Symbol.dispose]() {} }

/** Makes a reporter for Prometheus. Reporters with equal options on one registry share their metrics, so that a
 * module that is loaded twice does no harm.
 *
 * @example
 * ```ts
 * const metrics = createPrometheusReporter({ labels: { env: 'prod' } })
 * await using server = await metrics.listen({ port: 2112 })
 * const flow = createBatchFlow({ driver, onDeadLetter, observers: [flowMetrics(metrics)] })
 * ```
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function createPrometheusReporter(options: PrometheusReporterOptions = {}): PrometheusReporter {
  const resolved = resolveOptions(options)
  const registry = resolveRegistry(options.registry)
  const exporter = exporterOf(registry, resolved)
  const { store, pages } = exporter
  const use = exporter.use()
  const leftOut = ({ optIn = false }: Metric) => optIn && !resolved.detail
  const droppedOf = (metric: Metric) => store.droppedLabelsOf(pages.nameOf(metric))
  const page = async (format: 'prometheus' | 'openmetrics', request: PageRequest = {}) => {
    const { profile = resolved.profile } = checkedOptions(request, ['profile'])
    return await renderPage(registry, exporter, checkedProfile(profile), format)
  }

  const reporter: PrometheusReporter = {
    registry,
    contentType: registry.contentType,
    openMetricsContentType,
    counter(metric, labels) {
      if (leftOut(metric)) return noCounter
      const { cell, folded } = store.counterFamily(metric).bind(labels)
      if (!folded) return cell
      const dropped = droppedOf(metric)
      return {
        add(n) {
          cell.add(n)
          dropped.add(1)
        },
      }
    },
    histogram(metric, labels) {
      if (leftOut(metric)) return noHistogram
      const { cell, folded } = store.recordingFamily(metric).bind(labels)
      if (!folded) return cell
      const dropped = droppedOf(metric)
      return {
        record(value, count = 1, exemplar) {
          cell.record(value, count, exemplar)
          dropped.add(count)
        },
      }
    },
    gauge(metric, labels, read) {
      if (leftOut(metric)) return noRegistration
      const pulled = metric.type === 'counter'
      const family = pulled ? store.counterFamily(metric) : store.gaugeFamily(metric)
      const { cell, folded } = family.bind(labels)
      if (folded) droppedOf(metric).add(1)
      // A reading of nothing is a fault of the user's: only our own sources may have nothing to show.
      return cell.pull(() => read() ?? NaN, store.collectFailed)
    },
    metrics: (request) => page('prometheus', request),
    openMetrics: (request) => page('openmetrics', request),
    listen: (listenOptions) => listen(reporter, listenOptions),
    [Symbol.dispose]: () => use[Symbol.dispose](),
  }
  rememberParts(reporter, { exporter, registry, options: resolved })
  return reporter
}
