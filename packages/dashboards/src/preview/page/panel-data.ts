import type { FieldInput, PanelInput, TargetInput } from './dashboard-json.ts'
import { formatValue } from './format.ts'
import { query, type Series, type TimeRange } from './prometheus.ts'
import { interpolate, type Variable } from './variables.ts'

/** A line with its name and unit. */
export interface Line extends Series {
  readonly name: string
  readonly unit: string
}

/** Asks everything that a panel asks. */
export async function panelData(
  panel: PanelInput,
  variables: readonly Variable[],
  range: TimeRange,
): Promise<Line[]> {
  const asked = (panel.targets ?? []).map(async (target): Promise<Line[]> => {
    const expr = interpolate(target.expr ?? '', variables, range)
    const series = await query(expr, range, target.instant === true || target.format === 'table')
    return series.map((one) => {
      const name = legend(target, one)
      return { ...one, name, unit: unitOf(panel, name) }
    })
  })
  return (await Promise.all(asked)).flat()
}

/** True when there is something to draw. */
export function hasData(lines: readonly Line[]): boolean {
  return lines.some(({ values }) => values.some((value) => Number.isFinite(value)))
}

/** The last value that is one. */
export function lastValue({ values }: Line): number | undefined {
  return values.findLast((value) => Number.isFinite(value))
}

/** The value in words, where the panel has words for it. */
export function textOf(value: number, unit: string, field: FieldInput | undefined): string {
  for (const { type, options } of field?.mappings ?? []) {
    const text = type === 'value' ? options[String(value)]?.text : undefined
    if (text !== undefined) return text
  }
  return formatValue(value, unit)
}

/** The colour that the thresholds give to a value. */
export function colorOf(value: number, field: FieldInput | undefined): string {
  const steps = field?.thresholds?.steps ?? []
  const step = steps.findLast(({ value: from }) => from === null || value >= from)
  return colors[step?.color ?? 'green'] ?? step?.color ?? '#73bf69'
}

/** Grafana's names of colours. */
export const colors: Readonly<Record<string, string>> = {
  green: '#73bf69',
  yellow: '#f2cc0c',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
  purple: '#b877d9',
  transparent: 'transparent',
}

function legend({ legendFormat = '' }: TargetInput, { labels }: Series): string {
  if (legendFormat !== '' && legendFormat !== '__auto')
    return legendFormat.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '')
  const pairs = Object.entries(labels).filter(([label]) => label !== '__name__')
  return `${labels['__name__'] ?? ''}{${pairs.map(([label, value]) => `${label}="${value}"`).join(', ')}}`
}

function unitOf(panel: PanelInput, name: string): string {
  const override = panel.fieldConfig?.overrides?.find(
    ({ matcher }) => matcher.id === 'byRegexp' && pattern(matcher.options ?? '').test(name),
  )
  const unit = override?.properties.find(({ id }) => id === 'unit')?.value
  return typeof unit === 'string' ? unit : (panel.fieldConfig?.defaults?.unit ?? 'short')
}

/** Grafana writes regular expressions between slashes. */
const pattern = (text: string) => new RegExp(text.replace(/^\/(.*)\/$/, '$1'))
