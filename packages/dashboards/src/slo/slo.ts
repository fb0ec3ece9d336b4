import { t, type Text } from '../model/text.ts'

/** A promise in numbers. Bad and all are counts per second over a window; their ratio is the share of what went wrong. */
export interface Slo {
  readonly name: 'rows_lost' | 'commits_late' | 'submits_rejected'
  readonly title: Text
  /** Share of what goes well, 0 to 1, over 30 days. */
  readonly objective: number
  /** PromQL of what went wrong, for a window and matchers. */
  readonly bad: (window: string, matchers: string, by: string) => string
  /** PromQL of everything that counts. */
  readonly all: (window: string, matchers: string, by: string) => string
}

/** Reasons that are the caller's: such rows could not be written by anybody. */
export const callersReasons = 'constraint|duplicate_key|invalid_row|too_large'

/** Reasons of a refused submit that are the caller's. */
export const callersRejections =
  'invalid_row|too_large|invalid_schema|missing_column|empty_request|empty_schema_name'

const counted = (metric: string, extra: string) => (window: string, matchers: string, by: string) => {
  const all = [matchers, extra].filter((part) => part !== '').join(',')
  return `sum${by}(rate(${metric}${all === '' ? '' : `{${all}}`}[${window}]))`
}

const lost = counted('batchflow_rows_settled_total', 'outcome=~"dead_lettered|dropped|returned"')
const settled = counted('batchflow_rows_settled_total', '')
const callersRows = counted('batchflow_rows_dead_lettered_total', `reason=~"${callersReasons}"`)
const inTime = counted('batchflow_row_commit_latency_seconds_bucket', 'le="0.512"')
const committed = counted('batchflow_row_commit_latency_seconds_count', '')
const submitted = counted('batchflow_rows_submitted_total', '')
const rejected = counted('batchflow_submit_rejected_total', `reason!~"${callersRejections}"`)

type Count = Slo['bad']
const difference =
  (a: Count, b: Count): Count =>
  (...args) =>
    `(${a(...args)} - ${b(...args)})`

/** The same where there may be nothing to take off: a missing series must not silence what is there. */
const less =
  (a: Count, b: Count): Count =>
  (...args) =>
    `(${a(...args)} - ${b(...args)} or ${a(...args)})`

/** Rows that were settled end up in the database, except those that nobody could have written. */
export const durability: Slo = {
  name: 'rows_lost',
  title: t('Durability: rows in the database', '持久性：已写入数据库的行'),
  objective: 0.999,
  bad: less(lost, callersRows),
  all: less(settled, callersRows),
}

/** Rows are committed within 0.512 seconds, a bound of the histogram. */
export const freshness: Slo = {
  name: 'commits_late',
  title: t('Freshness: committed within 0.512 s', '时效性：0.512 秒内提交'),
  objective: 0.99,
  bad: difference(committed, inTime),
  all: committed,
}

/** Submits are taken, except those that nobody could have taken. */
export const admission: Slo = {
  name: 'submits_rejected',
  title: t('Admission: submits taken', '准入：被接受的提交'),
  objective: 0.999,
  bad: rejected,
  all: (...args) => `(${submitted(...args)} + ${rejected(...args)} or ${submitted(...args)})`,
}

export const slos: readonly Slo[] = [durability, freshness, admission]

/** Share of what went wrong, 0 to 1; nothing while nothing happens. */
export function badRatio(slo: Slo, window: string, matchers: string, by: string): string {
  return `${slo.bad(window, matchers, by)} / (${slo.all(window, matchers, by)} > 0)`
}

/** The part of the allowance for 30 days that is left: 1 is all of it, below 0 it is overdrawn. */
export function budgetLeft(slo: Slo, matchers: string, by = ''): string {
  return `1 - ${badRatio(slo, '30d', matchers, by)} / ${allowance(slo)}`
}

/** How many times faster than allowed the budget is being used up. */
export function burnRate(slo: Slo, window: string, matchers: string, by: string): string {
  return `${badRatio(slo, window, matchers, by)} / ${allowance(slo)}`
}

/** Share of what may go wrong. Rounded: 1 - 0.999 is not quite 0.001. */
export function allowance(slo: Slo): number {
  return Number((1 - slo.objective).toFixed(6))
}
