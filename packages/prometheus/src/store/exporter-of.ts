import { invalidOption } from '../options/invalid-option.ts'
import type { ReporterOptions } from '../options/options.ts'
import { Exporter } from './exporter.ts'
import type { MetricRegistry } from './metric-registry.ts'

/** Under this key a registry knows its exporters, for reporters made later: also by another copy of this package, as after
 * a hot reload. The number changes when those of two versions would not work together. */
const exportersKey: unique symbol = Symbol.for('batchflow.prometheus.exporters.1') as never

interface Known {
  readonly signature: string
  readonly exporter: Exporter
}

/** The exporter of a registry and prefix: the one that an earlier reporter with equal options made, else a new one.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when there is one with other options, or the registry has metrics of
 * the user's with our names */
export function exporterOf(registry: MetricRegistry, options: ReporterOptions): Exporter {
  const exporters = exportersIn(registry)
  const signature = signatureOf(options)
  const earlier = exporters.get(options.prefix)
  if (earlier === undefined) {
    const exporter = new Exporter(registry, options)
    exporters.set(options.prefix, { signature, exporter })
    return exporter
  }
  if (earlier.signature !== signature)
    throw invalidOption(
      'registry',
      'without a reporter of other labels, extraLabels, tableLabel, detail or buckets (or take another prefix)',
      'one that has it',
    )
  earlier.exporter.registered.restore()
  return earlier.exporter
}

function exportersIn(registry: MetricRegistry & { [exportersKey]?: Map<string, Known> }): Map<string, Known> {
  const known = registry[exportersKey]
  if (known !== undefined) return known
  const exporters = new Map<string, Known>()
  Object.defineProperty(registry, exportersKey, { value: exporters })
  return exporters
}

/** A text that is equal for equal options, in whatever order they are written. The profile is each reporter's own. */
function signatureOf({ labels, buckets, detail, tableLabel, extraLabels }: ReporterOptions): string {
  return JSON.stringify([
    sortedEntries(labels),
    sortedEntries(buckets),
    detail,
    tableLabel,
    extraLabels.toSorted(),
  ])
}

function sortedEntries(record: object): [string, unknown][] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1))
}
