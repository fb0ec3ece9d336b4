import { describe, expect, test } from '@jest/globals'
import { catalogue } from '@batchflow/pipeline-metrics'
import * as units from '@grafana/grafana-foundation-sdk/units'
import { production } from '../../src/config/config.ts'
import { dashboards } from '../../src/dashboards/index.ts'
import { renderDashboard, renderShared, type DashboardJson } from '../../src/grafana/dashboard.ts'
import type { DashboardSpec } from '../../src/model/dashboard.ts'
import { languages } from '../../src/model/text.ts'
import { familyOf, labelsOf } from '../../src/promql/family.ts'
import { parsePromql } from '../../src/promql/parse.ts'
import { runbooks } from '../../src/runbooks/index.ts'
import { groupings, outputLabels, selectorsOf } from '../support/promql.ts'

interface PanelJson {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description: string
  readonly datasource: { readonly uid: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly panels?: readonly PanelJson[]
  readonly collapsed?: boolean
  readonly targets: readonly {
    readonly expr: string
    readonly refId: string
    readonly legendFormat: string
    readonly format?: string
    readonly instant: boolean
    readonly datasource: { readonly uid: string }
  }[]
  readonly options: {
    readonly reduceOptions?: { readonly calcs: readonly string[] }
    readonly legend?: { showLegend?: boolean; calcs?: string[] }
  }
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit?: string
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] }
    }
  }
}

interface VariableJson {
  readonly name: string
  readonly type: string
  readonly label: string
  readonly query: string | { readonly query: string }
  readonly multi: boolean
  readonly includeAll: boolean
  readonly allValue: string
  readonly refresh: number
}

/** Every unit that Grafana has, as its SDK lists them. */
const knownUnits = new Set(Object.values(units))

const rendered = dashboards.flatMap((spec) =>
  languages.map((language) => ({
    name: `${spec.uid} ${language}`,
    spec,
    json: renderDashboard(spec, { language, config: production }),
  })),
)

const panelsOf = (json: DashboardJson): PanelJson[] =>
  (json.panels as unknown as PanelJson[]).flatMap((panel) => [panel, ...(panel.panels ?? [])])
const dataPanels = (json: DashboardJson) => panelsOf(json).filter(({ type }) => type !== 'row')
const variablesOf = (json: DashboardJson) => json.templating.list as unknown as VariableJson[]
const queriesOf = (json: DashboardJson) =>
  dataPanels(json).flatMap(({ targets, ...panel }) => targets.map((target) => ({ ...target, panel })))
/** All expressions of a dashboard: panels, annotations, and what variables ask. */
const expressionsOf = (json: DashboardJson) => [
  ...queriesOf(json).map(({ expr }) => expr),
  ...json.annotations.list.map(({ expr }) => expr),
]
const asked = ({ query }: VariableJson) => (typeof query === 'string' ? query : query.query)

describe.each(rendered)('dashboard $name', ({ json, spec }) => {
  describe('has the rules of dashboard-linter', () => {
    test('template-datasource: one variable chooses the data source', () => {
      expect(variablesOf(json)[0]).toMatchObject({
        name: 'datasource',
        type: 'datasource',
        query: 'prometheus',
      })
    })

    test('template-job, template-instance: queries with multi, all, and a value that needs the label', () => {
      for (const name of ['job', 'instance'])
        expect(variablesOf(json).find((variable) => variable.name === name)).toMatchObject({
          multi: true,
          includeAll: true,
          allValue: '.+',
        })
    })

    test('template-label-promql, template-on-time-change-reload: variables ask what exists, again and again', () => {
      for (const variable of variablesOf(json).slice(1)) {
        const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(asked(variable)) ?? []
        expect(selectorsOf(parsePromql(selector))).toHaveLength(1)
        expect(variable).toMatchObject({ name: label, refresh: 2 })
        expect(labelsOf(selector.replace(/\{.*/, ''))).toContain(label)
      }
    })

    test('panel-datasource: every panel and query uses the variable', () => {
      for (const panel of dataPanels(json)) {
        expect(panel.datasource.uid).toBe('${datasource}')
        for (const { datasource } of panel.targets) expect(datasource.uid).toBe('${datasource}')
      }
    })

    test('panel-title-description: every panel has both', () => {
      for (const panel of dataPanels(json)) {
        expect(panel.title.length).toBeGreaterThan(1)
        expect(panel.description.length).toBeGreaterThan(3)
      }
    })

    test('panel-units: every unit is one of Grafana', () => {
      for (const { fieldConfig } of dataPanels(json)) expect(knownUnits).toContain(fieldConfig.defaults.unit)
    })

    test('panel-no-targets: every panel asks something', () => {
      for (const { targets } of dataPanels(json)) expect(targets.length).toBeGreaterThan(0)
    })

    test('target-promql: every expression parses', () => {
      for (const expr of expressionsOf(json)) expect(() => parsePromql(expr)).not.toThrow()
    })

    test('target-rate-interval: rate and irate leave the window to Grafana, or the window is the point', () => {
      const windows = queriesOf(json)
        .filter(({ expr }) => spec.uid !== 'batchflow-slo' && !expr.includes('[30d]'))
        .flatMap(({ expr }) => [...expr.matchAll(/\bi?rate\([^[]*\[([^\]]+)\]/g)].map(([, window]) => window))
      expect(windows.filter((window) => window !== '$__rate_interval')).toEqual([])
    })

    test('target-job, target-instance: every selector is narrowed by both', () => {
      for (const { expr } of queriesOf(json))
        for (const { matchers } of selectorsOf(parsePromql(expr))) {
          expect(matchers).toContainEqual({ label: 'job', value: '$job' })
          expect(matchers).toContainEqual({ label: 'instance', value: '$instance' })
        }
    })

    test('target-counter-agg: counters are shown as rates or growth', () => {
      const bare = queriesOf(json)
        .flatMap(({ expr }) => selectorsOf(parsePromql(expr)))
        .filter(({ name }) => ['counter', 'histogram'].includes(familyOf(name)?.type ?? ''))
        .filter(({ inside }) => !inside.some((name) => ['rate', 'irate', 'increase'].includes(name)))
      expect(bare).toEqual([])
    })

    test('uneditable-dashboard', () => {
      expect(json.editable).toBe(false)
    })
  })

  describe('has rules of our own', () => {
    test('ids are unique and positive', () => {
      const ids = panelsOf(json).map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.every((id) => Number.isInteger(id) && id > 0)).toBe(true)
    })

    test('panels stay in the grid and do not overlap', () => {
      const top = json.panels as unknown as PanelJson[]
      for (const group of [top, ...top.map(({ panels = [] }) => panels)])
        for (const [i, { gridPos: a }] of group.entries()) {
          expect(a.x + a.w).toBeLessThanOrEqual(24)
          for (const { gridPos: b } of group.slice(i + 1))
            expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y).toBe(true)
        }
    })

    test('every family and label is in the catalogue, and on the page that it reads', () => {
      for (const expr of expressionsOf(json))
        for (const { name, matchers } of selectorsOf(parsePromql(expr))) {
          const family = familyOf(name)
          expect({ name, known: family !== undefined }).toEqual({ name, known: true })
          expect({ name, layer: onPage(spec, family?.layer) }).toEqual({ name, layer: true })
          for (const { label } of matchers)
            expect({ name, labels: [...labelsOf(name)] }).toEqual({
              name,
              labels: expect.arrayContaining([label]),
            })
        }
    })

    test('labels that are grouped by are there', () => {
      for (const expr of expressionsOf(json))
        for (const { by, available } of groupings(parsePromql(expr)))
          expect({ expr, available: [...available] }).toEqual({
            expr,
            available: expect.arrayContaining([by]),
          })
    })

    test('values of closed labels are among those that exist', () => {
      for (const expr of expressionsOf(json))
        for (const { name, matchers } of selectorsOf(parsePromql(expr)))
          for (const { label, value } of matchers) {
            const values = familyOf(name)?.labelValues?.[label]
            if (!values || value.startsWith('$')) continue
            expect({
              name,
              label,
              value,
              matches: values.some((known) => new RegExp(`^(?:${value})$`).test(known)),
            }).toMatchObject({ matches: true })
          }
    })

    test('legends name what is grouped by, and nothing else', () => {
      for (const { expr, legendFormat, format } of queriesOf(json)) {
        if (format === 'heatmap') continue
        const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
        const labels = outputLabels(parsePromql(expr))
        for (const label of named)
          expect({ expr, labels: [...labels] }).toEqual({ expr, labels: expect.arrayContaining([label]) })
        if (/^(sum|max|min|avg|count|topk)\b|^histogram_quantile/.test(expr))
          expect(labels).toEqual(new Set(named))
      }
    })

    test('quantiles are of rates that are summed up by le', () => {
      const calls = queriesOf(json).flatMap(({ expr }) => expr.match(/histogram_quantile\(.{40}/g) ?? [])
      expect(calls.filter((call) => !/histogram_quantile\(0\.\d+, sum by \(le[,)]/.test(call))).toEqual([])
    })

    test('stats and gauges have a calculation, lines a legend', () => {
      const panels = dataPanels(json)
      const single = panels.filter(({ type }) => type === 'stat' || type === 'gauge')
      expect(single.filter(({ options }) => options.reduceOptions?.calcs.join() !== 'lastNotNull')).toEqual(
        [],
      )
      const lines = panels.filter(({ type }) => type === 'timeseries')
      expect(lines.filter(({ options }) => options.legend?.showLegend !== true)).toEqual([])
    })

    test('heatmaps and tables have their format', () => {
      const formats = queriesOf(json).map(({ panel, format, instant, legendFormat }) => {
        if (panel.type === 'heatmap') return format === 'heatmap' && legendFormat === '{{le}}'
        if (panel.type === 'table') return format === 'table' && instant
        return format === undefined
      })
      expect(formats).toEqual(formats.map(() => true))
    })

    test('the first threshold is minus infinity, the others rise', () => {
      for (const { fieldConfig } of dataPanels(json)) {
        const [first, ...others] = fieldConfig.defaults.thresholds?.steps.map(({ value }) => value) ?? [null]
        expect(first).toBeNull()
        expect(others).toEqual([...others].sort((a, b) => Number(a) - Number(b)))
      }
    })

    test('no comment in the style of other languages', () => {
      expect(expressionsOf(json).filter((expr) => expr.includes('//'))).toEqual([])
    })
  })
})

describe('dashboards', () => {
  test('have addresses of their own, of at most 40 characters', () => {
    const uids = dashboards.map(({ uid }) => uid)
    expect(new Set(uids).size).toBe(uids.length)
    for (const uid of uids) expect(uid).toMatch(/^[a-z0-9-]{1,40}$/)
  })

  test('have titles in both languages', () => {
    const texts = dashboards.flatMap(({ title, description, rows }) => [
      title,
      description,
      ...rows.flatMap((row) => [
        ...(row.title ? [row.title] : []),
        ...row.panels.flatMap((panel) => [panel.title, panel.description]),
      ]),
    ])
    for (const { en, zh } of texts) {
      expect(en).toMatch(/[A-Za-z]/)
      expect(en).not.toMatch(/[\u4e00-\u9fff]/)
      expect(zh.length).toBeGreaterThan(1)
    }
    // What is the same in both is a name (RPS, CPU), not a sentence that was forgotten.
    for (const { en, zh } of texts) if (en.length > 20) expect(zh).toMatch(/[\u4e00-\u9fff]/)
  })

  test('link to runbooks that exist', () => {
    const names = new Set(runbooks.map(({ alert }) => alert))
    for (const { rows } of dashboards)
      for (const { runbook } of rows.flatMap(({ panels }) => panels))
        if (runbook !== undefined) expect(names).toContain(runbook)
  })

  test('BatchFlow works on a modern page: no older name, no alias label', () => {
    const aliases = new Set(
      Object.values(catalogue).flatMap(({ labelAliases = {} }) => Object.keys(labelAliases)),
    )
    for (const spec of dashboards.filter(({ profile }) => profile === 'modern'))
      for (const expr of spec.rows.flatMap(({ panels }) =>
        panels.flatMap(({ queries }) => queries.map((query) => query.expr)),
      ))
        for (const { name, matchers } of selectorsOf(parsePromql(expr))) {
          expect(['canonical', 'addition', 'runtime', 'prometheus']).toContain(familyOf(name)?.layer)
          // On errors_total, `type` is an alias; elsewhere it may be a label in its own right.
          for (const { label } of matchers)
            if (Object.hasOwn(familyOf(name)?.labelAliases ?? {}, label)) expect(aliases).not.toContain(label)
        }
  })

  test('the performance dashboard has 26 panels in 8 rows, the six stages in three columns', () => {
    const spec = dashboards.find(({ uid }) => uid === 'batchflow-performance-ts')
    expect(spec?.rows.map(({ panels }) => panels.length)).toEqual([2, 3, 2, 4, 2, 7, 3, 3])
    const json = renderDashboard(spec as DashboardSpec, { language: 'en', config: production })
    const stages = dataPanels(json).filter(({ title }) =>
      /^(Enqueue|Assemble|Execute|Batch size|Process|Dequeue) \(/.test(title),
    )
    expect(stages.map(({ gridPos }) => [gridPos.x, gridPos.w])).toEqual([
      [0, 8],
      [8, 8],
      [16, 8],
      [0, 8],
      [8, 8],
      [16, 8],
    ])
  })

  test('BatchFlow has seven rows, the first three open', () => {
    const spec = dashboards[0] as DashboardSpec
    expect(spec.rows.map(({ collapsed = false }) => collapsed)).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
      true,
    ])
  })

  test('shared dashboards ask for their data source and have no variable for it', () => {
    for (const spec of dashboards) {
      const text = JSON.stringify(renderShared(spec, { language: 'en', config: production }))
      expect(text).toContain('"__inputs":[{"name":"DS_PROMETHEUS"')
      expect(text).not.toContain('${datasource}')
      expect(text).toContain('"uid":"${DS_PROMETHEUS}"')
    }
  })
})

/** Families of a page, by the profile that a dashboard reads. */
function onPage({ profile }: DashboardSpec, layer: string | undefined): boolean {
  const measured = ['canonical', 'addition', 'runtime', 'prometheus']
  const pages = {
    modern: measured,
    batchflow: [...measured, 'guide-view', 'harness', 'app', 'runtime-view'],
    batchsql: ['batchsql-view', 'batchsql-harness', 'prometheus'],
  }
  return layer !== undefined && pages[profile].includes(layer)
}
