import { createRequire } from 'node:module'
import { describeValue } from '@batchflow/core'
import type { Registry } from 'prom-client'
import { invalidOption } from '../options/invalid-option.ts'

/** What prom-client calls on a registered metric. Its own classes are not used: a child of `labels()` looks its series
 * up at each call there. */
export interface RegisteredMetric {
  readonly name: string
  readonly help: string
  readonly type: string
  /** How prom-client joins the pages of a cluster's workers. */
  readonly aggregator: string
  get(): Promise<object>
  reset(): void
}

/** A metric of somebody else's, as it stands in a registry. */
export interface ForeignMetric {
  readonly name: string
  get?(): unknown
}

/** What is used of a prom-client registry: its public methods, so that another copy or a successor will do. */
export interface MetricRegistry {
  readonly contentType: string
  registerMetric(metric: RegisteredMetric): void
  getSingleMetric(name: string): unknown
  getMetricsAsArray(): readonly ForeignMetric[]
  getSingleMetricAsString(name: string): Promise<string>
}

/** The registry given, or a new one.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function resolveRegistry(given: object | undefined): MetricRegistry {
  const registry: unknown = given === undefined ? newRegistry() : given
  if (!isMetricRegistry(registry))
    throw invalidOption('registry', 'a prom-client Registry', describeValue(given))
  if (!registry.contentType.startsWith('text/plain')) {
    // prom-client renames registered counters while it writes OpenMetrics, and our page would follow.
    const [mediaType] = registry.contentType.split(';', 1)
    throw invalidOption('registry', 'one of the Prometheus text format', describeValue(mediaType))
  }
  return registry
}

/** Asked for when it is needed: who brings a registry need not have prom-client under this name. */
function newRegistry(): unknown {
  let client: { readonly Registry: typeof Registry }
  try {
    client = createRequire(import.meta.url)('prom-client') as typeof client
  } catch (cause) {
    throw invalidOption('registry', 'given where prom-client is not installed', 'undefined', { cause })
  }
  return new client.Registry()
}

function isMetricRegistry(value: unknown): value is MetricRegistry {
  if (typeof value !== 'object' || value === null || !('contentType' in value)) return false
  const methods: readonly (keyof MetricRegistry)[] = [
    'registerMetric',
    'getSingleMetric',
    'getMetricsAsArray',
    'getSingleMetricAsString',
  ]
  return (
    typeof value.contentType === 'string' &&
    methods.every((method) => typeof Reflect.get(value, method) === 'function')
  )
}
