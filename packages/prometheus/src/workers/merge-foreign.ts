import type { ForeignFamily, ForeignSample } from '../page/foreign-family.ts'

/** Joins the metrics of others over the workers, by the aggregator that each of them names, as prom-client does for a
 * cluster. */
export function mergeForeign(families: readonly ForeignFamily[]): ForeignFamily[] {
  const byName = new Map<string, ForeignFamily[]>()
  for (const family of families) byName.set(family.name, [...(byName.get(family.name) ?? []), family])
  return [...byName.values()].flatMap((equals) => {
    const [first] = equals
    if (first === undefined || first.aggregator === 'omit') return []
    const values = mergeSamples(
      equals.flatMap((family) => family.values),
      joinOf(first),
    )
    return [{ ...first, values }]
  })
}

/** Quantiles of several workers have no sum: the largest is shown, which at least one of them has seen. */
function joinOf({
  type,
  aggregator = 'sum',
}: ForeignFamily): (values: readonly number[], sample: ForeignSample) => number {
  const join = joins[aggregator] ?? sum
  if (type !== 'summary') return join
  return (values, { labels }) => (Object.hasOwn(labels, 'quantile') ? Math.max(...values) : join(values))
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

const joins: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum,
  first: ([first = 0]) => first,
  average: (values) => sum(values) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
}

function mergeSamples(
  samples: readonly ForeignSample[],
  join: (values: readonly number[], sample: ForeignSample) => number,
): ForeignSample[] {
  const groups = new Map<string, ForeignSample[]>()
  for (const sample of samples) {
    const labels = Object.entries(sample.labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify([sample.metricName, labels])
    groups.set(key, [...(groups.get(key) ?? []), sample])
  }
  return [...groups.values()].flatMap((equals) => {
    const [first] = equals
    if (first === undefined) return []
    return [
      {
        ...first,
        value: join(
          equals.map(({ value }) => value),
          first,
        ),
      },
    ]
  })
}
