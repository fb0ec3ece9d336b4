import { catalogue, type CatalogueMetric } from '@batchflow/pipeline-metrics'

/** The family that a series name belongs to, with the suffix of a histogram or summary taken off. */
export function familyOf(series: string): CatalogueMetric | undefined {
  const exact = find(series)
  if (exact) return exact
  const base = /^(.+)_(?:bucket|sum|count)$/.exec(series)?.[1]
  const family = base === undefined ? undefined : find(base)
  if (family?.type === 'histogram') return family
  return family?.type === 'summary' && !series.endsWith('_bucket') ? family : undefined
}

/** Labels that series of a name can have: those of the family and those that Prometheus adds. */
export function labelsOf(series: string): ReadonlySet<string> {
  const family = familyOf(series)
  const labels = new Set([...(family?.labels ?? []), 'job', 'instance'])
  if (family?.type === 'histogram' && series.endsWith('_bucket')) labels.add('le')
  if (family?.type === 'summary' && series === family.name) labels.add('quantile')
  // Alerts carry the labels of whatever they are about.
  if (series === 'ALERTS') for (const label of ['database', 'instance_id']) labels.add(label)
  return labels
}

const find = (name: string): CatalogueMetric | undefined =>
  Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
