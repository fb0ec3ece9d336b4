import { formatValue } from './format.ts'
import type { Line } from './panel-data.ts'
import type { TimeRange } from './prometheus.ts'

interface Room {
  readonly width: number
  readonly height: number
}

const left = 64

/** Draws buckets over time: how many fell between a bound and the one below it. */
export function drawHeatmap(
  place: HTMLElement,
  lines: readonly Line[],
  range: TimeRange,
  { width, height }: Room,
): void {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  place.append(canvas)
  const context = canvas.getContext('2d')
  if (!context) return
  const buckets = bucketsOf(lines, range)
  const columns = Math.floor((range.to - range.from) / range.step) + 1
  const highest = Math.max(...buckets.flatMap(({ counts }) => [...counts.values()]), 0)
  const cellWidth = (width - left) / columns
  const cellHeight = (height - 20) / Math.max(1, buckets.length)
  let drawn = 0
  for (const [i, { counts, bound, unit }] of buckets.entries()) {
    const y = height - 20 - (i + 1) * cellHeight
    for (const [column, count] of counts) {
      if (count <= 0 || highest === 0) continue
      context.fillStyle = `hsl(${240 - 240 * Math.sqrt(count / highest)} 80% 50%)`
      context.fillRect(left + column * cellWidth, y, Math.ceil(cellWidth), Math.ceil(cellHeight))
      drawn++
    }
    context.fillStyle = '#9fa7b3'
    context.font = '10px sans-serif'
    if (i % 3 === 0)
      context.fillText(Number.isFinite(bound) ? formatValue(bound, unit) : '+Inf', 2, y + cellHeight)
  }
  canvas.dataset['cells'] = String(drawn)
}

/** Prometheus' buckets are cumulative: each has those below it in it. */
function bucketsOf(lines: readonly Line[], { from, step }: TimeRange) {
  const sorted = lines.map((line) => ({ line, bound: boundOf(line) })).sort((a, b) => a.bound - b.bound)
  return sorted.map(({ line, bound }, i) => {
    const below = sorted[i - 1]?.line
    const earlier = new Map(below?.times.map((time, j) => [time, below.values[j] ?? 0]))
    const counts = new Map(
      line.times.map((time, j): [number, number] => [
        Math.round((time - from) / step),
        (line.values[j] ?? 0) - (earlier.get(time) ?? 0),
      ]),
    )
    return { bound, unit: line.unit, counts }
  })
}

function boundOf({ labels }: Line): number {
  const text = labels['le'] ?? ''
  return text === '+Inf' ? Infinity : Number(text)
}
