import type { Expectation, Query } from '../model/panel.ts'
import type { Text } from '../model/text.ts'

/** Matchers of metrics of a process. */
export const process = 'job=~"$job",instance=~"$instance"'

/** Matchers of metrics of a database connection pool. */
export const database = `${process},database=~"$database"`

/** Matchers of metrics of a flow. */
export const flow = `${database},instance_id=~"$instance_id"`

/** Per second, over Grafana's own choice of window: at least four scrapes. */
export function rate(metric: string, matchers: string): string {
  return `rate(${metric}{${matchers}}[$__rate_interval])`
}

/** `sum by (…) (rate(…))`; without labels, one sum. */
export function sumRate(metric: string, matchers: string, by: readonly string[] = []): string {
  return `sum${grouping(by)}(${rate(metric, matchers)})`
}

/** Growth of a counter over the time range of the dashboard. */
export function sumIncrease(metric: string, matchers: string, by: readonly string[] = []): string {
  return `sum${grouping(by)}(increase(${metric}{${matchers}}[$__range]))`
}

/** A quantile of a histogram over all series, or over those that share the labels. */
export function quantile(p: number, histogram: string, matchers: string, by: readonly string[] = []): string {
  return `histogram_quantile(${p}, sum by (${['le', ...by].join(', ')}) (${rate(`${histogram}_bucket`, matchers)}))`
}

/** The mean of a histogram. Empty instead of NaN while nothing happens. */
export function mean(histogram: string, matchers: string, by: readonly string[] = []): string {
  return ratio(sumRate(`${histogram}_sum`, matchers, by), sumRate(`${histogram}_count`, matchers, by))
}

/** A part of a whole. Empty instead of NaN while the whole is zero. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`
}

/** A query with its legend. */
export function q(expr: string, legend: Text | string, expect: Expectation = 'data'): Query {
  return { expr, legend, expect }
}

/** A query whose value at the end of the range counts. */
export function instant(expr: string, legend: Text | string, expect: Expectation = 'data'): Query {
  return { expr, legend, expect, instant: true }
}

const grouping = (by: readonly string[]) => (by.length === 0 ? '' : ` by (${by.join(', ')}) `)
