import { catalogue, type CatalogueMetric } from '@batchflow/pipeline-metrics'

/** A family of the catalogue, by its name with or without `batchflow_`. */
export function metricOf(name: string): CatalogueMetric {
  const found = catalogue[`batchflow_${name}`] ?? catalogue[name]
  if (found === undefined) throw new Error(`no metric ${name}`)
  return found
}
