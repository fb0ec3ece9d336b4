import { format } from 'prettier'
import { catalogue } from '../../src/catalogue.ts'
import type { CatalogueMetric, MetricLayer } from '../../src/metric.ts'

/** The sections of docs/metrics.md, in its order. */
const sections: readonly (readonly [title: string, layers: readonly MetricLayer[], text: string])[] = [
  [
    'Measured',
    ['canonical', 'addition'],
    'On the pages of the profiles `batchflow`, `modern` and `all`. Opt-in families need `detail: true`.',
  ],
  [
    'Process and Node.js',
    ['runtime'],
    'On the pages of `batchflow`, `modern` and `all`, unless the registry has a family of that name already.',
  ],
  [
    'Names and units of the guides',
    ['guide-view'],
    'On the pages of `batchflow` and `all`. Computed when a page is written, or sampled on a timer.',
  ],
  [
    'Load tests',
    ['harness', 'batchsql-harness'],
    'Fed by `createTestRecorder`. `batchflow_…` on the pages of `batchflow` and `all`, `batchsql_…` on those of `batchsql` and `all`.',
  ],
  ['BatchSQL', ['batchsql-view'], 'On the pages of `batchsql` and `all`. Computed when a page is written.'],
  ['go-pipeline', ['pipeline'], 'On the pages of `all`. Fed by `pipelineMetrics`.'],
  [
    'The services around the flow',
    ['app', 'runtime-view', 'bridge'],
    'On the pages of `batchflow` and `all`, where the packages that feed them are used.',
  ],
  ['Examples', ['extension'], 'On the pages of `all`: how metrics of your own are added.'],
  ['Not exported', ['prometheus', 'rejected'], 'Made by Prometheus itself, or a mistake of the past.'],
]

/** docs/metrics.md as it has to be. */
export async function metricsDocument(): Promise<string> {
  const families = Object.values(catalogue)
  const text = [
    '# Metrics',
    '<!-- Written by packages/pipeline-metrics/test/metrics-document.test.ts from the catalogue: do not edit. -->',
    `All ${families.length} families of the catalogue. Labels in parentheses repeat another label under an older name, and are`,
    'not on the pages of `modern`. “Over workers” is how the same series of several workers become one, where it is not the sum.',
    ...sections.flatMap(([title, layers, about]) => [
      `\n## ${title}\n`,
      about,
      '',
      ...table(families.filter(({ layer }) => layers.includes(layer))),
    ]),
    '\n## Values of labels\n',
    'Lists that are closed. Where a family has another list, its name stands there.',
    '',
    ...valuesTable(families),
    '\n## Buckets\n',
    '| bounds | families |',
    '| --- | --- |',
    ...groups(families, ({ buckets }) => buckets?.join(', ')),
    '\n## Quantiles\n',
    'Of the last ten minutes.',
    '',
    '| quantiles | families |',
    '| --- | --- |',
    ...groups(families, ({ quantiles }) => quantiles?.join(', ')),
  ]
  return await format(text.join('\n'), { parser: 'markdown', printWidth: 110 })
}

function table(families: readonly CatalogueMetric[]): string[] {
  return [
    '| name | type | unit | labels | what it is | over workers |',
    '| --- | --- | --- | --- | --- | --- |',
    ...families.map((family) => {
      const { name, type, unit, help, viewOf, optIn = false, aggregator = 'sum' } = family
      const details = [
        help,
        ...(optIn ? ['Opt-in.'] : []),
        ...(viewOf === undefined ? [] : [`Shows \`${viewOf}\`.`]),
      ]
      const over = aggregator === 'sum' ? '' : aggregator
      return row([`\`${name}\``, type, unit, labelsOf(family), details.map(escaped).join(' '), over])
    }),
  ]
}

function labelsOf({ labels, labelAliases = {} }: CatalogueMetric): string {
  return labels.map((label) => (Object.hasOwn(labelAliases, label) ? `(${label})` : label)).join(', ')
}

function valuesTable(families: readonly CatalogueMetric[]): string[] {
  const byList = new Map<string, string[]>()
  for (const { name, labelValues = {} } of families)
    for (const [label, values] of Object.entries(labelValues)) {
      const key = `${label}\n${values.join(', ')}`
      byList.set(key, [...(byList.get(key) ?? []), name])
    }
  const rows = [...byList].map(([key, names]) => {
    const [label = '', values = ''] = key.split('\n')
    return row([label, values, names.map((name) => `\`${name}\``).join(', ')])
  })
  return ['| label | values | families |', '| --- | --- | --- |', ...rows]
}

function groups(
  families: readonly CatalogueMetric[],
  keyOf: (family: CatalogueMetric) => string | undefined,
): string[] {
  const byKey = new Map<string, string[]>()
  for (const family of families) {
    const key = keyOf(family)
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), family.name])
  }
  return [...byKey].map(([key, names]) => row([key, names.map((name) => `\`${name}\``).join(', ')]))
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A text in a cell of a table: prettier keeps what is code as it is. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<')
}
