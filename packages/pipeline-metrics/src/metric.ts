/** How the readings of several registrations with equal labels combine in one process, as those of two flows. */
export type MetricCombination = 'sum' | 'max'

/** How one series combines over the workers of a cluster; prom-client's names. `omit`: it cannot be combined. */
export type MetricAggregator = 'sum' | 'max' | 'min' | 'average' | 'omit'

/** One metric family, as data. */
export interface Metric {
  /** The name as exported, without a prefix. */
  readonly name: string
  /** What its values mean: a total that only grows, a distribution with buckets, a state, or a distribution with
   * quantiles over the last minutes. */
  readonly type: 'counter' | 'histogram' | 'gauge' | 'summary'
  /** Unit of the values: `seconds`, `bytes`, `rows`, … */
  readonly unit: string
  /** One sentence on what is measured, for people who read the page. */
  readonly help: string
  /** Names of all labels, aliases included. */
  readonly labels: readonly string[]
  /** Upper bounds of a histogram's buckets, ascending, without +Inf; in `unit`. */
  readonly buckets?: readonly number[]
  /** Quantiles of a summary, from 0 to 1, ascending. */
  readonly quantiles?: readonly number[]
  /** Labels that repeat the value of another one under an older name, as `test_name` does for `instance_id`. They
   * are never passed when an instrument is bound, and cost no series. */
  readonly labelAliases?: Readonly<Record<string, string>>
  /** The closed values of a label. A label that is not named here takes any value, up to the reporter's cap. */
  readonly labelValues?: Readonly<Record<string, readonly string[]>>
  /** Exported only on request: a reporter that was not asked for details keeps nothing of it. */
  readonly optIn?: boolean
  /** What holds in one process where a sum would be nonsense, as for timestamps and ages. @defaultValue 'sum' */
  readonly combine?: MetricCombination
  /** What holds over several workers: limits, start times and versions are never summed. @defaultValue 'sum' */
  readonly aggregator?: MetricAggregator
  /** Who the metric is for; decides on the pages it is on. @defaultValue 'addition' */
  readonly layer?: MetricLayer
}

/** Who a family of the catalogue is for:
 *
 * - `canonical`, `addition`: what BatchFlow measures, under names that stay
 * - `guide-view`: names and units of the guides' dashboards, computed from the above when a page is written
 * - `batchsql-view`: the same for dashboards of the predecessor BatchSQL
 * - `harness`, `batchsql-harness`: load tests, fed by `createTestRecorder`
 * - `pipeline`: names of go-pipeline, fed by `pipelineMetrics`
 * - `runtime`: the process and Node.js; `runtime-view`: the same under the names of the guides' chat service
 * - `app`: the chat service around the flow; `bridge`: the alert bridge; `extension`: examples of metrics of your own
 * - `prometheus`: made by Prometheus itself; `rejected`: a mistake of the past. Neither is ever exported */
export type MetricLayer =
  | 'canonical'
  | 'addition'
  | 'guide-view'
  | 'batchsql-view'
  | 'harness'
  | 'batchsql-harness'
  | 'pipeline'
  | 'runtime'
  | 'runtime-view'
  | 'app'
  | 'bridge'
  | 'extension'
  | 'prometheus'
  | 'rejected'

/** A family of the catalogue. */
export interface CatalogueMetric extends Metric {
  readonly layer: MetricLayer
  /** What it shows under another name or in another unit, in words. */
  readonly viewOf?: string
}

/** Label values by label name. */
export type Labels = Readonly<Record<string, string>>
