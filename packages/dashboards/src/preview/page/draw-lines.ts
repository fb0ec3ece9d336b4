import uPlot from 'uplot'
import type { FieldInput } from './dashboard-json.ts'
import { formatValue } from './format.ts'
import { colors, lastValue, type Line } from './panel-data.ts'
import type { TimeRange } from './prometheus.ts'

const palette = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff9830',
  '#f2495c',
  '#b877d9',
  '#8ab8ff',
  '#ffa6b0',
  '#96d98d',
  '#ffcb7d',
]

/** What is drawn, and the room that there is for it. */
export interface Drawing {
  readonly lines: readonly Line[]
  readonly field: FieldInput | undefined
  readonly range: TimeRange
  readonly width: number
  readonly height: number
}

/** Draws lines over time, stacked if the panel says so, with thresholds and a legend. */
export function drawLines(place: HTMLElement, { lines, field, range, ...room }: Drawing): void {
  const times = timesOf(range)
  const mode = field?.custom?.stacking?.mode
  const percent = mode === 'percent'
  const [first] = lines
  const unit = percent ? 'percentunit' : (first?.unit ?? 'short')
  const units = [unit, ...new Set(lines.map((line) => line.unit).filter((other) => other !== first?.unit))]
  const plot = document.createElement('div')
  place.append(plot)
  const curves = curvesOf(lines, times, mode)
  const chart = new uPlot(
    {
      ...room,
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: {
        x: { min: range.from, max: range.to },
        ...Object.fromEntries(units.map((name) => [name, { range: rangeOf(field, name === unit) }])),
      },
      axes: [axis({}), ...units.slice(0, 2).map((scale, i) => valueAxis(scale, i === 0))],
      series: [
        {},
        ...curves.map(({ line, color, fill }) => ({
          label: line.name,
          scale: percent ? unit : line.unit,
          stroke: color,
          fill,
          width: 1,
          points: { show: false },
          spanGaps: false,
        })),
      ],
      hooks: { draw: [(self) => drawThresholds(self, field, unit)] },
    },
    [times, ...curves.map(({ values }) => values)],
    plot,
  )
  plot.dataset['series'] = String(chart.series.length - 1)
  place.append(legend(lines))
}

interface Curve {
  readonly line: Line
  readonly values: (number | null)[]
  readonly color: string
  readonly fill: string
}

/** What is drawn, first to last. Of a stack the top comes first: those below cover its lower part. */
function curvesOf(lines: readonly Line[], times: readonly number[], mode: string | undefined): Curve[] {
  const aligned = lines.map((line) => align(line, times))
  const isStack = mode === 'normal' || mode === 'percent'
  const values = isStack ? stacked(aligned, mode === 'percent') : aligned
  const curves = lines.map((line, i) => {
    const color = palette[i % palette.length] ?? '#73bf69'
    const fill = isStack ? `color-mix(in srgb, ${color} 50%, #181b1f)` : `${color}1a`
    return { line, values: values[i] ?? [], color, fill }
  })
  return isStack ? curves.toReversed() : curves
}

function valueAxis(scale: string, isLeft: boolean): uPlot.Axis {
  return axis({
    scale,
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- a const enum that exists in types only
    side: isLeft ? 3 : 1,
    values: (_, ticks) => ticks.map((tick) => formatValue(tick, scale)),
  })
}

const axis = (options: uPlot.Axis): uPlot.Axis => ({
  stroke: '#9fa7b3',
  grid: { stroke: '#2c3235', width: 1 },
  ticks: { stroke: '#2c3235' },
  size: options.scale === undefined ? 30 : 88,
  ...options,
})

function timesOf({ from, to, step }: TimeRange): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step)
}

/** Values at the times of the chart; nothing where the series has none. */
function align({ times, values }: Line, wanted: readonly number[]): (number | null)[] {
  const byTime = new Map(times.map((time, i) => [Math.round(time * 1000), values[i]]))
  return wanted.map((time) => {
    const value = byTime.get(Math.round(time * 1000))
    return value !== undefined && Number.isFinite(value) ? value : null
  })
}

/** Each line on top of those before it, as parts of the whole if wanted. */
function stacked(lines: readonly (number | null)[][], percent: boolean): (number | null)[][] {
  const length = lines[0]?.length ?? 0
  const sums = Array.from({ length }, (_, i) => lines.reduce((sum, line) => sum + (line[i] ?? 0), 0))
  const below = new Float64Array(length)
  return lines.map((line) =>
    line.map((value, i) => {
      if (value === null) return null
      const part = percent ? (sums[i] === 0 ? 0 : value / (sums[i] ?? 1)) : value
      return (below[i] = (below[i] ?? 0) + part)
    }),
  )
}

function rangeOf(field: FieldInput | undefined, main: boolean): uPlot.Range.Function {
  return (_, low, high) => {
    const min = main && field?.min !== undefined ? field.min : Math.min(0, low ?? 0)
    const max = main && field?.max !== undefined ? field.max : (high ?? 1)
    return [min, max > min ? max + (max - min) * 0.05 : min + 1]
  }
}

function drawThresholds(chart: uPlot, field: FieldInput | undefined, scale: string): void {
  for (const { value, color } of field?.thresholds?.steps ?? []) {
    if (value === null) continue
    const y = chart.valToPos(value, scale, true)
    const { left, top, width, height } = chart.bbox
    if (y < top || y > top + height) continue
    chart.ctx.save()
    chart.ctx.strokeStyle = colors[color] ?? color
    chart.ctx.setLineDash([6, 4])
    chart.ctx.beginPath()
    chart.ctx.moveTo(left, y)
    chart.ctx.lineTo(left + width, y)
    chart.ctx.stroke()
    chart.ctx.restore()
  }
}

function legend(lines: readonly Line[]): HTMLElement {
  const list = document.createElement('ul')
  list.className = 'legend'
  for (const [i, line] of lines.entries()) {
    const item = document.createElement('li')
    const last = lastValue(line)
    item.style.setProperty('--color', palette[i % palette.length] ?? '')
    item.textContent = `${line.name}: ${last === undefined ? '-' : formatValue(last, line.unit)}`
    list.append(item)
  }
  return list
}
