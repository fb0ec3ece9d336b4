import type { Panel, RowPanel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard'
import type { MonitoringConfig } from '../config/config.ts'
import type { AnnotationSpec, DashboardSpec } from '../model/dashboard.ts'
import type { PanelLink, PanelSpec } from '../model/panel.ts'
import { inLanguage, t, type Language } from '../model/text.ts'
import { withPrefix } from '../promql/with-prefix.ts'
import { flowLines } from './grid.ts'
import { renderPanel } from './panel.ts'
import { datasourceVariable, labelVariables } from './variable.ts'

/** Grafana's classic JSON of a dashboard, as far as it is written here. */
export interface DashboardJson {
  readonly __inputs?: readonly unknown[]
  readonly __requires?: readonly unknown[]
  readonly id: null
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  /** 39 is that of Grafana 10.4; later ones migrate it when they load it. */
  readonly schemaVersion: 39
  readonly version: 1
  readonly editable: false
  readonly graphTooltip: 1
  readonly refresh: string
  readonly time: { readonly from: string; readonly to: string }
  readonly timezone: 'browser'
  readonly links: readonly unknown[]
  readonly templating: { readonly list: readonly VariableModel[] }
  readonly annotations: { readonly list: readonly AnnotationJson[] }
  readonly panels: readonly (Panel | RowPanel)[]
}

/** A query whose results are marked on every panel. */
export interface AnnotationJson {
  readonly name: string
  readonly datasource: { readonly type: string; readonly uid: string }
  readonly enable: true
  readonly expr: string
  readonly iconColor: string
  readonly titleFormat: string
  readonly step: string
}

/** How a dashboard is rendered. */
export interface RenderOptions {
  readonly language: Language
  readonly config: MonitoringConfig
  /** @defaultValue '${datasource}' */
  readonly datasourceUid?: string
}

/** Grafana's JSON of a dashboard, to be provisioned: a variable chooses the data source. */
export function renderDashboard(spec: DashboardSpec, options: RenderOptions): DashboardJson {
  const { language, config, datasourceUid = '${datasource}' } = options
  const prefixed = (expr: string) => withPrefix(expr, config.prefix)
  const variables = spec.variables.map((variable) => ({ ...variable, metric: prefixed(variable.metric) }))
  return {
    id: null,
    uid: spec.uid,
    title: inLanguage(spec.title, language),
    description: inLanguage(spec.description, language),
    tags: spec.tags,
    schemaVersion: 39,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: spec.from ?? 'now-1h', to: 'now' },
    timezone: 'browser',
    links: dashboardLinks(spec, options),
    templating: {
      list: [datasourceVariable(language), ...labelVariables(variables, language, datasourceUid)],
    },
    annotations: {
      list: (spec.annotations ?? []).map((annotation) => ({
        ...annotationJson(annotation, language, datasourceUid),
        expr: prefixed(annotation.expr),
      })),
    },
    panels: panels(spec, options),
  }
}

/** The same for Grafana's import dialog, which asks for the data source. Such a file cannot be provisioned. */
export function renderShared(spec: DashboardSpec, options: RenderOptions): DashboardJson {
  const shared = renderDashboard(spec, { ...options, datasourceUid: '${DS_PROMETHEUS}' })
  const kinds = new Set(spec.rows.flatMap((row) => row.panels.map(({ kind }) => kind)))
  return {
    __inputs: [
      {
        name: 'DS_PROMETHEUS',
        label: 'Prometheus',
        description: '',
        type: 'datasource',
        pluginId: 'prometheus',
        pluginName: 'Prometheus',
      },
    ],
    __requires: [
      { type: 'grafana', id: 'grafana', name: 'Grafana', version: '10.4.0' },
      { type: 'datasource', id: 'prometheus', name: 'Prometheus', version: '1.0.0' },
      ...[...kinds].sort().map((id) => ({ type: 'panel', id, name: id, version: '' })),
    ],
    ...shared,
    templating: { list: shared.templating.list.filter(({ name }) => name !== 'datasource') },
  }
}

function panels(spec: DashboardSpec, options: RenderOptions): (Panel | RowPanel)[] {
  const { language } = options
  const result: (Panel | RowPanel)[] = []
  let id = 0
  let y = 0
  for (const row of spec.rows) {
    const heading = row.title && { id: ++id, y: y++ }
    const { positions, height } = flowLines(row.panels, y)
    const children = row.panels.map((panel, i) =>
      renderPanel(prefixedPanel(panel, options), {
        id: ++id,
        gridPos: positions[i] as (typeof positions)[number],
        language,
        datasourceUid: options.datasourceUid ?? '${datasource}',
        links: panelLinks(spec, panel, options),
      }),
    )
    y += height
    if (heading && row.title) {
      const collapsed = row.collapsed === true
      result.push({
        type: 'row',
        id: heading.id,
        title: inLanguage(row.title, language),
        collapsed,
        gridPos: { x: 0, y: heading.y, w: 24, h: 1 },
        panels: collapsed ? children : [],
      })
      if (collapsed) {
        // What is folded up takes no room.
        y -= height
        continue
      }
    }
    result.push(...children)
  }
  return result
}

function prefixedPanel(panel: PanelSpec, { config }: RenderOptions): PanelSpec {
  if (config.prefix === '') return panel
  const queries = panel.queries.map((query) => ({ ...query, expr: withPrefix(query.expr, config.prefix) }))
  return { ...panel, queries }
}

/** Where a panel leads: to its runbook, to the tables, to the profiles. */
function panelLinks(spec: DashboardSpec, { runbook }: PanelSpec, { config }: RenderOptions): PanelLink[] {
  const links: PanelLink[] =
    runbook === undefined
      ? []
      : [{ title: t('Runbook', '运行手册'), url: `${config.runbookUrl}${runbook}.md` }]
  if (spec.profile !== 'modern' || !spec.variables.some(({ name }) => name === 'instance_id')) return links
  if (spec.uid === 'batchflow-tables') return links
  return [
    ...links,
    {
      title: t('By table', '按表查看'),
      url: '/d/batchflow-tables?${__url_time_range}&${job:queryparam}&${instance:queryparam}&${database:queryparam}',
    },
    { title: t('Flame graph', '火焰图'), url: config.profilingUrl },
  ]
}

function dashboardLinks(spec: DashboardSpec, { language, config }: RenderOptions): unknown[] {
  const link = { icon: 'external link', tags: [], tooltip: '', targetBlank: true }
  const family = spec.tags[0] ?? 'batchflow'
  return [
    {
      ...link,
      type: 'dashboards',
      title: inLanguage(t('More dashboards', '更多面板'), language),
      tags: [family],
      asDropdown: true,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
    },
    { ...link, type: 'link', title: inLanguage(t('Runbooks', '运行手册'), language), url: config.runbookUrl },
    {
      ...link,
      type: 'link',
      title: inLanguage(t('Flame graph', '火焰图'), language),
      url: config.profilingUrl,
    },
  ]
}

function annotationJson(
  spec: AnnotationSpec,
  language: Language,
  datasourceUid: string,
): Omit<AnnotationJson, 'expr'> {
  return {
    name: inLanguage(spec.name, language),
    datasource: { type: 'prometheus', uid: datasourceUid },
    enable: true,
    iconColor: spec.color,
    titleFormat: spec.text,
    step: '',
  }
}
