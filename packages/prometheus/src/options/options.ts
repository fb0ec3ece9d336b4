import { describeValue } from '@batchflow/core'
import { catalogue, type Labels } from '@batchflow/pipeline-metrics'
import { createViews } from '../views/create-views.ts'
import { checkedExtraLabels, checkedLabels } from './checked-labels.ts'
import { checkedOptions, isRecord } from './checked-options.ts'
import { invalidOption } from './invalid-option.ts'
import { isProfile, profiles, type Profile } from '../page/profile.ts'

/** Options of {@link createPrometheusReporter}. */
export interface PrometheusReporterOptions {
  /** Put before every family name: `prod_` gives `prod_batchflow_…`. Letters, digits and underscores, not beginning
   * with a digit. `labels: { env: 'prod' }` is the better way to tell environments apart. @defaultValue '' */
  readonly prefix?: string
  /** Labels on every series. Not `job`, `instance`, `le`, `quantile` or `__…`, and no label that a family has. */
  readonly labels?: Labels
  /** A prom-client registry of the Prometheus text format, for metrics of your own on the same page.
   * @defaultValue a new one */
  readonly registry?: object
  /** Which families and labels a page has when a request does not say. @defaultValue 'batchflow' */
  readonly profile?: Profile
  /** Upper bounds of buckets by name of the histogram, in its unit, ascending. Families that are computed from it follow.
   * @defaultValue those of the catalogue */
  readonly buckets?: Readonly<Record<string, readonly number[]>>
  /** Whether the opt-in families (`batchflow_sql_…`, `batchflow_operation_…`) are kept. @defaultValue false */
  readonly detail?: boolean
  /** Whether families have their `table` label; without it all tables share a series. @defaultValue true */
  readonly tableLabel?: boolean
  /** Names of labels that instruments may be bound with beside those of their family, such as those that `flowMetrics`
   * is given as `labels`. @defaultValue none */
  readonly extraLabels?: readonly string[]
  /** The process and Node.js: `'auto'` leaves out the families that the registry has already, `true` refuses such a
   * registry, `false` measures nothing of them. @defaultValue 'auto' */
  readonly runtime?: 'auto' | boolean
  /** Time in milliseconds between samples of what is sampled on a timer (`batchflow_current_rps`,
   * `batchflow_error_rate`, the event loop), from 10. @defaultValue 5000 */
  readonly sampleIntervalMs?: number
}

/** Options checked and complete, without the registry. */
export interface ReporterOptions {
  readonly prefix: string
  readonly labels: Labels
  readonly profile: Profile
  readonly buckets: Readonly<Record<string, readonly number[]>>
  readonly detail: boolean
  readonly tableLabel: boolean
  readonly extraLabels: readonly string[]
  readonly runtime: 'auto' | boolean
  readonly sampleIntervalMs: number
}

const names = [
  'prefix',
  'labels',
  'registry',
  'profile',
  'buckets',
  'detail',
  'tableLabel',
  'extraLabels',
  'runtime',
  'sampleIntervalMs',
] as const

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function resolveOptions(given: PrometheusReporterOptions): ReporterOptions {
  const options = checkedOptions(given, names)
  const { prefix = '', labels = {}, profile = 'batchflow', buckets = {}, extraLabels = [] } = options
  const { detail = false, tableLabel = true, runtime = 'auto', sampleIntervalMs = 5_000 } = options
  return Object.freeze({
    prefix: checkedPrefix(prefix),
    labels: checkedLabels(labels),
    profile: checkedProfile(profile),
    buckets: checkedBuckets(buckets),
    detail: checkedBoolean('detail', detail),
    tableLabel: checkedBoolean('tableLabel', tableLabel),
    extraLabels: checkedExtraLabels(extraLabels, labels),
    runtime: runtime === 'auto' ? runtime : checkedRuntime(runtime),
    sampleIntervalMs: checkedInterval(sampleIntervalMs),
  })
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkedProfile(profile: unknown): Profile {
  if (!isProfile(profile))
    throw invalidOption('profile', `one of ${profiles.join(', ')}`, describeValue(profile))
  return profile
}

function checkedPrefix(prefix: unknown): string {
  // The grammar allows colons too; those belong to recording rules.
  if (typeof prefix !== 'string' || !/^([a-zA-Z_][a-zA-Z0-9_]*)?$/.test(prefix)) {
    throw invalidOption(
      'prefix',
      'letters, digits and underscores, not beginning with a digit',
      describeValue(prefix),
    )
  }
  return prefix
}

function checkedBoolean(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidOption(option, 'true or false', describeValue(value))
  return value
}

function checkedRuntime(value: unknown): boolean {
  if (typeof value !== 'boolean')
    throw invalidOption('runtime', "'auto', true or false", describeValue(value))
  return value
}

/** The most that a timer of Node can wait. */
const maxTimerMs = 2 ** 31 - 1

function checkedInterval(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 10 && value <= maxTimerMs))
    throw invalidOption(
      'sampleIntervalMs',
      `a number of milliseconds from 10 to ${maxTimerMs}`,
      describeValue(value),
    )
  return value
}

function checkedBuckets(buckets: unknown): Readonly<Record<string, readonly number[]>> {
  if (!isRecord(buckets)) throw invalidOption('buckets', 'an object of lists', describeValue(buckets))
  const entries = Object.entries(buckets).map(([name, bounds]): [string, readonly number[]] => {
    if (!Object.hasOwn(catalogue, name) || catalogue[name]?.type !== 'histogram' || isView(name))
      throw invalidOption('buckets', 'named after recorded histograms of the catalogue', JSON.stringify(name))
    if (!isAscending(bounds)) {
      throw invalidOption(
        `buckets.${name}`,
        'a list of finite numbers, each above the one before',
        describeValue(bounds),
      )
    }
    return [name, Object.freeze([...bounds])]
  })
  return Object.freeze(Object.fromEntries(entries))
}

/** Views follow the buckets of what they are computed from. */
function isView(name: string): boolean {
  return createViews().some(({ metric }) => metric.name === name)
}

function isAscending(bounds: unknown): bounds is readonly number[] {
  return (
    Array.isArray(bounds) &&
    bounds.length > 0 &&
    bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]))
  )
}
