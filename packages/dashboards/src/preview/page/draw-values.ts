import type { FieldInput } from './dashboard-json.ts'
import { colorOf, lastValue, textOf, type Line } from './panel-data.ts'

/** A large number for each series, in the colour of its threshold. */
export function drawStat(place: HTMLElement, lines: readonly Line[], field: FieldInput | undefined): void {
  const box = element('div', 'stats')
  for (const { line, value } of valuesOf(lines)) {
    const stat = element('div', 'stat')
    const number = element('strong', '', textOf(value, line.unit, field))
    number.style.color = colorOf(value, field)
    stat.append(number)
    if (lines.length > 1) stat.append(element('span', '', line.name))
    box.append(stat)
  }
  place.append(box)
}

/** A half circle for each series, filled as far as its value goes. */
export function drawGauge(place: HTMLElement, lines: readonly Line[], field: FieldInput | undefined): void {
  const box = element('div', 'stats')
  const highest = Math.max(...valuesOf(lines).map(({ value }) => value), 0)
  const { min = 0, max = Math.max(100, highest) } = field ?? {}
  for (const { line, value } of valuesOf(lines)) {
    const gauge = element('div', 'stat')
    gauge.append(halfCircle((value - min) / (max - min), colorOf(value, field)))
    gauge.append(element('strong', '', textOf(value, line.unit, field)), element('span', '', line.name))
    box.append(gauge)
  }
  place.append(box)
}

/** One row for each series: its labels and its value. */
export function drawTable(place: HTMLElement, lines: readonly Line[], field: FieldInput | undefined): void {
  const labels = [...new Set(lines.flatMap((line) => Object.keys(line.labels)))].filter(
    (label) => label !== '__name__',
  )
  const table = document.createElement('table')
  const head = table.createTHead().insertRow()
  for (const label of [...labels, 'Value']) head.append(element('th', '', label))
  const body = table.createTBody()
  for (const { line, value } of valuesOf(lines)) {
    const row = body.insertRow()
    for (const label of labels) row.insertCell().textContent = line.labels[label] ?? ''
    const cell = row.insertCell()
    cell.textContent = textOf(value, line.unit, field)
    cell.style.color = colorOf(value, field)
  }
  place.append(table)
}

function valuesOf(lines: readonly Line[]): { readonly line: Line; readonly value: number }[] {
  return lines.flatMap((line) => {
    const value = lastValue(line)
    return value === undefined ? [] : [{ line, value }]
  })
}

function halfCircle(share: number, color: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = 160
  canvas.height = 90
  const context = canvas.getContext('2d')
  if (!context) return canvas
  const end = Math.PI * (1 + Math.min(1, Math.max(0, share)))
  for (const [to, style] of [
    [2 * Math.PI, '#2c3235'],
    [end, color],
  ] as const) {
    context.beginPath()
    context.lineWidth = 18
    context.strokeStyle = style
    context.arc(80, 80, 65, Math.PI, to)
    context.stroke()
  }
  return canvas
}

/** An element with a class and a text: never markup, because names come from outside. */
export function element(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  made.textContent = text
  return made
}
