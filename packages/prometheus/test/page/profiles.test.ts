import { catalogue, type CatalogueMetric, type MetricLayer } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import type { Profile } from '../../src/page/profile.ts'
import { feedFlows, feedOthers } from '../support/feed-everything.ts'
import { parsePage, type PageFamily } from '../support/parse-page.ts'
import { reporterOf } from '../support/reporter.ts'

/** As the specification says it, apart from the code under test. */
const measured: MetricLayer[] = ['canonical', 'addition', 'runtime']
const guides: MetricLayer[] = ['guide-view', 'app', 'runtime-view', 'harness', 'bridge']
const batchsql: MetricLayer[] = ['batchsql-view', 'batchsql-harness']
const layers: Record<Profile, MetricLayer[]> = {
  batchflow: [...measured, ...guides],
  modern: measured,
  batchsql,
  all: [...measured, ...guides, ...batchsql, 'pipeline', 'extension'],
}

/** Node 20 does not count what it has allocated ever; the type `total_alloc` is then not there, the family is. */
function expectedOf(metric: CatalogueMetric, profile: Profile) {
  const { name, help, type, labels, labelAliases = {}, buckets, quantiles } = metric
  const shown = profile === 'modern' ? labels.filter((label) => !Object.hasOwn(labelAliases, label)) : labels
  const bounds = buckets === undefined ? (quantiles ?? []).map(String) : [...buckets.map(String), '+Inf']
  // In `all` it says which family it counts.
  const own = name === 'batchflow_metrics_series' && profile === 'all' ? ['family'] : []
  return { name, help, type, labels: [...shown, ...own], bounds }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1)

/** Labels that only appear when they are asked for. */
function withoutTable({ name, help, type, labels, bounds }: Omit<PageFamily, 'samples'>) {
  const isDetail = /^batchflow_(sql|operation)_/.test(name)
  return { name, help, type, labels: isDetail ? labels.filter((label) => label !== 'table') : labels, bounds }
}

async function fedReporter(detail: boolean) {
  const reporter = reporterOf({ runtime: true, detail, sampleIntervalMs: 10 })
  await feedFlows(reporter)
  feedOthers(reporter)
  // Rates are there from the second sample on.
  for (;;) {
    const page = await reporter.metrics()
    if (page.includes('\nbatchflow_current_rps{')) return reporter
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test.each(['batchflow', 'modern', 'batchsql', 'all'] as const)(
  'the page of the profile %s has the families of its layers, as the catalogue describes them, and no other',
  async (profile) => {
    const reporter = await fedReporter(true)
    const families = [...parsePage(await reporter.metrics({ profile })).values()]
    const expected = Object.values(catalogue)
      .filter(({ layer }) => layers[profile].includes(layer))
      .map((metric) => withoutTable(expectedOf(metric, profile)))
    expect(families.map(withoutTable).toSorted(byName)).toEqual(expected.toSorted(byName))
  },
)

test('opt-in families are on no page unless details are asked for', async () => {
  const reporter = await fedReporter(false)
  const page = parsePage(await reporter.metrics({ profile: 'all' }))
  const optIn = Object.values(catalogue).filter((metric) => metric.optIn === true)
  expect(optIn).toHaveLength(7)
  expect(optIn.filter(({ name }) => page.has(name))).toEqual([])
})

test('no two families of a page have a sample in common', async () => {
  const reporter = await fedReporter(true)
  const page = await reporter.metrics({ profile: 'all' })
  const samples = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const names = samples.map((line) => line.slice(0, line.lastIndexOf(' ')))
  expect(new Set(names).size).toBe(names.length)
})
