import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import * as common from '@grafana/grafana-foundation-sdk/common'
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import * as gauge from '@grafana/grafana-foundation-sdk/gauge'
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import type { PanelLink, PanelSpec, Query } from '../model/panel.ts'
import { inLanguage, type Language } from '../model/text.ts'

/** Where a panel stands in a grid of 24 columns. */
export interface GridPos {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** What a panel needs to know of where it is. */
export interface PanelContext {
  readonly id: number
  readonly gridPos: GridPos
  readonly language: Language
  /** `${datasource}`, or the name that the import dialog fills in. */
  readonly datasourceUid: string
  /** Links that every panel has. */
  readonly links: readonly PanelLink[]
}

/** Grafana's JSON of a panel. */
export function renderPanel(spec: PanelSpec, context: PanelContext): dashboard.Panel {
  const { id, gridPos, language, datasourceUid } = context
  const datasource = { type: 'prometheus', uid: datasourceUid }
  const builder = builderOf(spec)
    .id(id)
    .title(inLanguage(spec.title, language))
    .description(inLanguage(spec.description, language))
    .datasource(datasource)
    .unit(spec.unit)
    .gridPos(gridPos)
    .targets(spec.queries.map((query, i) => target(spec, query, { i, language })))
    .links(context.links.map((link) => panelLink(link, language)))
  addField(builder, spec, language)
  const panel = builder.build()
  for (const query of panel.targets ?? []) Object.assign(query, { datasource })
  return panel
}

type PanelBuilder =
  timeseries.PanelBuilder | stat.PanelBuilder | gauge.PanelBuilder | table.PanelBuilder | heatmap.PanelBuilder

function builderOf(spec: PanelSpec): PanelBuilder {
  switch (spec.kind) {
    case 'timeseries':
      return lines(spec)
    case 'stat':
      return new stat.PanelBuilder()
        .reduceOptions(lastValue())
        .graphMode(common.BigValueGraphMode.Area)
        .colorMode(common.BigValueColorMode.Value)
    case 'gauge':
      return new gauge.PanelBuilder().reduceOptions(lastValue()).showThresholdMarkers(true)
    case 'table':
      return new table.PanelBuilder().showHeader(true)
    case 'heatmap':
      return new heatmap.PanelBuilder()
        .calculate(false)
        .yAxis(new heatmap.YAxisConfigBuilder().unit(spec.unit).decimals(spec.decimals ?? 1))
        .color(
          new heatmap.HeatmapColorOptionsBuilder()
            .mode(heatmap.HeatmapColorMode.Scheme)
            .scheme('Spectral')
            .reverse(true)
            .steps(64),
        )
        .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9))
  }
}

function lines(spec: PanelSpec): timeseries.PanelBuilder {
  const stacked = spec.stack !== undefined
  const modes = { normal: common.StackingMode.Normal, percent: common.StackingMode.Percent }
  const mode = spec.stack === undefined ? common.StackingMode.None : modes[spec.stack]
  const builder = new timeseries.PanelBuilder()
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 10)
    .showPoints(common.VisibilityMode.Never)
    .spanNulls(false)
    .stacking(new common.StackingConfigBuilder().mode(mode).group('A'))
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'mean', 'max']),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    )
  if (spec.thresholds)
    builder.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    )
  return builder
}

/** The last value counts: what an SDK panel leaves empty shows nothing. */
function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull'])
}

function addField(builder: PanelBuilder, spec: PanelSpec, language: Language): void {
  if (spec.min !== undefined) builder.min(spec.min)
  if (spec.max !== undefined) builder.max(spec.max)
  if (spec.decimals !== undefined) builder.decimals(spec.decimals)
  if (spec.thresholds) {
    // null stands for minus infinity; the SDK's type is only right about what Grafana writes.
    const steps = spec.thresholds.map(({ value, color }) => ({ value, color })) as dashboard.Threshold[]
    builder.thresholds(
      new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps),
    )
  }
  if (spec.valueTexts) {
    const options = Object.fromEntries(
      Object.entries(spec.valueTexts).map(([value, text], index) => [
        value,
        { text: inLanguage(text, language), index },
      ]),
    )
    builder.mappings([{ type: dashboard.MappingType.ValueToText, options }])
  }
  for (const { pattern, unit } of spec.overrides ?? [])
    builder.overrideByRegexp(pattern, [{ id: 'unit', value: unit }])
}

function target(
  spec: PanelSpec,
  query: Query,
  { i, language }: { i: number; language: Language },
): Builder<prometheus.Dataquery> {
  const builder = new prometheus.DataqueryBuilder()
    .expr(query.expr)
    .legendFormat(inLanguage(query.legend, language))
    .refId(String.fromCharCode('A'.charCodeAt(0) + i))
  if (spec.kind === 'heatmap') return builder.range().format(prometheus.PromQueryFormat.Heatmap)
  if (spec.kind === 'table') return builder.instant().format(prometheus.PromQueryFormat.Table)
  return query.instant ? builder.instant() : builder.range()
}

function panelLink(link: PanelLink, language: Language): Builder<dashboard.DashboardLink> {
  return new dashboard.DashboardLinkBuilder(inLanguage(link.title, language))
    .type(dashboard.DashboardLinkType.Link)
    .url(link.url)
    .targetBlank(true)
}
