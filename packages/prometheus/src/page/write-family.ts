import type { Metric } from '@batchflow/pipeline-metrics'
import type { FamilyReading } from '../cells/reading.ts'
import type { ExportedLabels } from './exported-labels.ts'
import { SeriesLines } from './series-lines.ts'
import { escapeHelp } from './text-format.ts'

/** The two text formats of Prometheus. */
export type PageFormat = 'prometheus' | 'openmetrics'

/** A family as it stands on a page: its name with the prefix, and its labels. */
export interface WrittenFamily {
  readonly name: string
  readonly labels: ExportedLabels
}

/** The lines of a family, each with its end; none when it has no samples. */
export function writeFamily(
  family: FamilyReading,
  { name, labels }: WrittenFamily,
  format: PageFormat,
): string {
  const { metric } = family
  const isOpen = format === 'openmetrics'
  if (isOpen && isReservedName(metric)) return ''
  let lines = ''
  for (const series of family.series)
    lines += labels.linesFor(series.labels, (text) => new SeriesLines(family, name, text)).of(series, isOpen)
  return lines === '' ? '' : header(metric, name, isOpen) + lines
}

function header({ type, unit, help }: Metric, name: string, isOpen: boolean): string {
  // OpenMetrics names the family of a counter without the ending that its samples have.
  const family = isOpen && type === 'counter' ? name.replace(/_total$/, '') : name
  const lines = [
    `# HELP ${family} ${isOpen ? escapeOpenHelp(help) : escapeHelp(help)}`,
    `# TYPE ${family} ${type}`,
    ...(isOpen && family.endsWith(`_${unit}`) ? [`# UNIT ${family} ${unit}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** There the quote of a help text is escaped too. */
function escapeOpenHelp(help: string): string {
  return escapeHelp(help).replaceAll('"', '\\"')
}

/** OpenMetrics keeps these endings for the samples of other types. */
function isReservedName({ name, type }: Metric): boolean {
  return type === 'gauge' && /_(total|count|sum|bucket|created)$/.test(name)
}
