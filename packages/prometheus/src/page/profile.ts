import type { Metric, MetricLayer } from '@batchflow/pipeline-metrics'

/** Which families and labels a page has:
 *
 * - `batchflow`: everything that the guides' dashboards need, with the alias labels that they group by (`test_name`,
 *   `type`)
 * - `modern`: what is measured, under its own names and labels only
 * - `batchsql`: the names of the predecessor BatchSQL and nothing else, for a scrape job of its own
 * - `all`: everything, for looking at it */
export type Profile = 'batchflow' | 'modern' | 'batchsql' | 'all'

const measured: readonly MetricLayer[] = ['canonical', 'addition', 'runtime']

const layers: Readonly<Record<Profile, readonly MetricLayer[]>> = {
  batchflow: [...measured, 'guide-view', 'app', 'runtime-view', 'harness', 'bridge'],
  modern: measured,
  batchsql: ['batchsql-view', 'batchsql-harness'],
  all: [
    ...measured,
    'guide-view',
    'app',
    'runtime-view',
    'harness',
    'bridge',
    'batchsql-view',
    'batchsql-harness',
    'pipeline',
    'extension',
  ],
}

/** All profiles; the first is the default. */
export const profiles: readonly Profile[] = ['batchflow', 'modern', 'batchsql', 'all']

/** True for the name of a profile, as in a request. */
export function isProfile(value: unknown): value is Profile {
  return profiles.some((profile) => profile === value)
}

/** Whether pages of a profile have a family. What says nothing of its layer is taken for an addition of the user's. */
export function isOnPage({ layer = 'addition' }: Metric, profile: Profile): boolean {
  return layers[profile].includes(layer)
}

/** Whether pages of a profile have the metrics that others have put into the registry: not those of `batchsql`, which
 * are scraped beside a page that has them already. */
export function hasForeignMetrics(profile: Profile): boolean {
  return profile !== 'batchsql'
}

/** Labels that an instrument is bound with. */
export function canonicalLabels({ labels, labelAliases = {} }: Metric): readonly string[] {
  return labels.filter((label) => !Object.hasOwn(labelAliases, label))
}

/** Pairs of an exported label and the canonical label whose value it shows, in the order of the page. */
export function exportedLabels(metric: Metric, profile: Profile): readonly (readonly [string, string])[] {
  if (profile === 'modern') return canonicalLabels(metric).map((label) => [label, label])
  return metric.labels.map((label) => [label, metric.labelAliases?.[label] ?? label])
}
