import { catalogue, type CatalogueMetric } from '@batchflow/pipeline-metrics'

/** A family of the catalogue that must be there: its absence is a defect of these packages. */
export function catalogueEntry(name: string): CatalogueMetric {
  const metric = catalogue[name]
  if (metric === undefined) throw new Error(`the catalogue lacks ${name}`)
  return metric
}
