import type { DashboardInput, PanelInput } from './dashboard-json.ts'
import { drawHeatmap } from './draw-heatmap.ts'
import { drawLines } from './draw-lines.ts'
import { drawGauge, drawStat, drawTable, element } from './draw-values.ts'
import { hasData, panelData, type Line } from './panel-data.ts'
import type { TimeRange } from './prometheus.ts'
import { interpolate, resolveVariables, type Variable } from './variables.ts'

const parameters = new URLSearchParams(location.search)

/** Draws the dashboard that the address names. `document.body.dataset.state` tells when it is done. */
async function draw(): Promise<void> {
  const dashboard = (await (
    await fetch(`/dashboards${location.pathname.replace(/^\/d/, '')}.json`)
  ).json()) as DashboardInput
  const range = timeRange()
  const variables = await resolveVariables(dashboard.templating?.list ?? [], parameters, range)
  document.title = `${dashboard.title ?? ''} (preview)`
  const main = document.querySelector('main')
  if (!main) return
  main.append(header(dashboard, variables, range))
  const grid = element('div', 'grid')
  main.append(grid)
  await Promise.all(panelsOf(dashboard).map((panel) => drawPanel(grid, panel, variables, range)))
}

/** Panels with rows unfolded: on a page to look at, nothing is hidden. */
function panelsOf({ panels = [] }: DashboardInput): PanelInput[] {
  const result: PanelInput[] = []
  let added = 0
  for (const panel of panels.toSorted((a, b) => a.gridPos.y - b.gridPos.y)) {
    const shifted = { ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + added } }
    result.push(shifted)
    for (const child of panel.panels ?? [])
      result.push({ ...child, gridPos: { ...child.gridPos, y: child.gridPos.y + added } })
    const bottom = Math.max(
      ...(panel.panels ?? []).map(({ gridPos: { y, h } }) => y + h),
      panel.gridPos.y + 1,
    )
    if (panel.type === 'row') added += bottom - panel.gridPos.y - 1
  }
  return result
}

/** From the address (`from`, `to`, `step`, `scrape`, all in seconds), else the last hour. */
function timeRange(): TimeRange {
  const given = (name: string, otherwise: number) => Number(parameters.get(name) ?? otherwise)
  const to = given('to', Math.floor(Date.now() / 1000))
  const from = given('from', to - 3600)
  const step = given('step', Math.max(1, Math.round((to - from) / 240)))
  return { from, to, step, scrapeInterval: given('scrape', 15) }
}

function header(dashboard: DashboardInput, variables: readonly Variable[], range: TimeRange): HTMLElement {
  const box = element('header', '')
  box.append(element('h1', '', dashboard.title ?? ''), element('p', '', dashboard.description ?? ''))
  const form = document.createElement('form')
  for (const { name, label, values, chosen } of variables) {
    const field = element('label', '', `${label} `)
    const select = document.createElement('select')
    select.name = `var-${name}`
    select.multiple = values.length > 1
    for (const value of values) select.append(new Option(value, value, false, chosen.includes(value)))
    field.append(select)
    form.append(field)
  }
  const from = new Date(range.from * 1000).toLocaleString()
  form.append(element('span', 'range', `${from} – ${new Date(range.to * 1000).toLocaleTimeString()}`))
  form.addEventListener('change', () => form.submit())
  box.append(form)
  return box
}

async function drawPanel(
  grid: HTMLElement,
  panel: PanelInput,
  variables: readonly Variable[],
  range: TimeRange,
): Promise<void> {
  const { x, y, w, h } = panel.gridPos
  const section = element(panel.type === 'row' ? 'h2' : 'section', '')
  section.style.gridArea = `${y + 1} / ${x + 1} / span ${h} / span ${w}`
  section.dataset['type'] = panel.type
  section.dataset['panel'] = panel.title ?? ''
  grid.append(section)
  if (panel.type === 'row') {
    section.textContent = panel.title ?? ''
    return
  }
  const title = element('h3', '', interpolate(panel.title ?? '', variables, range))
  title.title = panel.description ?? ''
  section.append(title)
  try {
    const lines = await panelData(panel, variables, range)
    section.dataset['state'] = hasData(lines) ? 'data' : 'no-data'
    if (hasData(lines)) drawData(section, panel, lines, range)
    else section.append(element('p', 'empty', 'No data'))
  } catch (error) {
    section.dataset['state'] = 'error'
    section.append(element('p', 'empty', String(error)))
  }
}

function drawData(section: HTMLElement, panel: PanelInput, lines: readonly Line[], range: TimeRange): void {
  const field = panel.fieldConfig?.defaults
  const width = Math.max(120, section.clientWidth - 16)
  const height = Math.max(60, section.clientHeight - 34)
  switch (panel.type) {
    case 'stat':
      return drawStat(section, lines, field)
    case 'gauge':
      return drawGauge(section, lines, field)
    case 'table':
      return drawTable(section, lines, field)
    case 'heatmap':
      return drawHeatmap(section, lines, range, { width, height })
    default:
      return drawLines(section, { lines, field, range, width, height: height - legendHeight(lines) })
  }
}

/** Room for the legend below the lines. */
const legendHeight = (lines: readonly Line[]) => Math.min(72, 18 * Math.ceil(lines.length / 3))

draw().then(
  () => {
    document.body.dataset['state'] = 'done'
  },
  (error: unknown) => {
    document.body.dataset['state'] = 'failed'
    document.body.append(element('p', 'empty', String(error)))
  },
)
