import type { Labels } from '@batchflow/pipeline-metrics'
import { isRecord } from '../options/checked-options.ts'
import { escapeHelp, labelText } from './text-format.ts'
import type { PageFormat } from './write-family.ts'

/** A metric of somebody else's, as prom-client's `get()` tells it. */
export interface ForeignFamily {
  readonly name: string
  readonly help: string
  readonly type: string
  /** How the workers of a cluster are joined, under prom-client's names. */
  readonly aggregator?: string
  readonly values: readonly ForeignSample[]
}

/** One sample of it. */
export interface ForeignSample {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** The metric as data, or undefined when it is not in the form that prom-client 15 gives it. */
export async function readForeign(metric: { get?(): unknown }): Promise<ForeignFamily | undefined> {
  const family: unknown = await metric.get?.()
  if (!isRecord(family) || !Array.isArray(family['values'])) return undefined
  const { name, help, type } = family
  if (typeof name !== 'string' || typeof help !== 'string' || typeof type !== 'string') return undefined
  return family as unknown as ForeignFamily
}

/** Writes it. prom-client writes OpenMetrics too, and renames the registered metric while it does. */
export function writeForeign({ name, help, type, values }: ForeignFamily, format: PageFormat): string[] {
  const isOpen = format === 'openmetrics'
  const isOpenCounter = isOpen && type === 'counter'
  const family = isOpenCounter ? name.replace(/_total$/, '') : name
  const text = isOpen ? escapeHelp(help).replaceAll('"', '\\"') : escapeHelp(help)
  const lines = [`# HELP ${family} ${text}`, `# TYPE ${family} ${type}`]
  for (const { metricName = name, labels, value } of values) {
    const own = labelText(textLabels(labels))
    const sample = isOpenCounter ? `${family}_total` : metricName
    lines.push(`${sample}${own === '' ? '' : `{${own}}`} ${numberText(value)}`)
  }
  return lines
}

function textLabels(labels: ForeignSample['labels']): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]))
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
