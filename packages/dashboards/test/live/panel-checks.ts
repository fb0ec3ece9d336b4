import type { DashboardSpec } from '../../src/model/dashboard.ts'
import type { Expectation } from '../../src/model/panel.ts'
import { interpolate, type Variable } from '../../src/preview/page/variables.ts'

/** A query of a panel, and what it showed. */
export interface PanelCheck {
  readonly dashboard: string
  readonly panel: string
  readonly query: string
  readonly expect: Expectation
  /** Series with a finite sample. */
  readonly series: number
  readonly ok: boolean
}

/** The time of a run, in seconds. */
export interface Run {
  readonly from: number
  readonly to: number
}

/** Runs every query of a dashboard over the run, with all variables at "All" but the job. */
export async function checkDashboard(
  prometheus: string,
  spec: DashboardSpec,
  run: Run,
  job: string,
): Promise<PanelCheck[]> {
  const variables = spec.variables.map(({ name }): Variable => ({
    name,
    label: name,
    values: [],
    chosen: name === 'job' ? [job] : [],
    allValue: '.+',
  }))
  const asked = spec.rows.flatMap(({ panels }) =>
    panels.flatMap((panel) =>
      panel.queries.map(async (query): Promise<PanelCheck> => {
        const expr = interpolate(query.expr, variables, { ...run, step: 1, scrapeInterval: 1 })
        const expect = query.expect ?? 'data'
        const series = await seriesWithData(prometheus, expr, run)
        return {
          dashboard: spec.uid,
          panel: panel.title.en,
          query: typeof query.legend === 'string' ? query.legend : query.legend.en,
          expect,
          series,
          ok: expect === 'later' || (expect === 'empty-when-healthy' ? series === 0 : series > 0),
        }
      }),
    ),
  )
  return await Promise.all(asked)
}

/** One line for each query. */
export function lineOf({ dashboard, panel, query, expect, series, ok }: PanelCheck): string {
  return `${ok ? 'ok ' : 'BAD'} ${dashboard.padEnd(26)} ${panel.padEnd(36)} ${query.padEnd(44)} ${expect.padEnd(18)} ${series} series`
}

/** How many series have a finite sample within the run. */
export async function seriesWithData(prometheus: string, expr: string, { from, to }: Run): Promise<number> {
  const parameters = new URLSearchParams({ query: expr, start: String(from), end: String(to), step: '1' })
  const response = await fetch(`${prometheus}/api/v1/query_range`, { method: 'POST', body: parameters })
  const answer = (await response.json()) as {
    status: string
    error?: string
    data: { result: { values: [number, string][] }[] }
  }
  if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error ?? ''}`)
  return answer.data.result.filter(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))))
    .length
}
