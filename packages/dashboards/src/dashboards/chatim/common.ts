import { process, q as query, quantile, ratio, sumRate } from '../../promql/fragments.ts'
import type { Query } from '../../model/panel.ts'
import type { Text } from '../../model/text.ts'
import { processVariables } from '../common.ts'

/** What the dashboards of the chat service have in common. */
export const common = {
  tags: ['chatim'],
  profile: 'batchflow',
  variables: processVariables('chatim_http_requests_total'),
} as const

/** A query of families that a service fills which does not exist yet. */
export const q = (expr: string, legend: Text | string): Query => query(expr, legend, 'later')

/** p50, p95 and p99 of a histogram. */
export const quantiles = (histogram: string, by: readonly string[], legend: string): readonly Query[] =>
  [0.5, 0.95, 0.99].map((p) => q(quantile(p, histogram, process, by), `p${p * 100} ${legend}`.trim()))

/** Share of what failed. */
export const failed = (metric: string, by: readonly string[] = []): string =>
  ratio(sumRate(metric, `${process},status="failed"`, by), sumRate(metric, process, by))
