import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { reasons } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { catalogue } from '../src/catalogue.ts'
import * as streams from '../src/catalogue/streams.ts'

interface Specified {
  readonly name: string
  readonly layer: string
  readonly labelValues: Record<string, string[]>
  readonly optIn?: boolean
  readonly [field: string]: unknown
}

/** Label values that the engine has and the specification has no word for. */
const additionalValues: Record<string, Record<string, string[]>> = {
  batchflow_flushes_total: { trigger: ['capacity'] },
  batchflow_submit_rejected_total: { reason: ['invalid_row', 'too_large'] },
}

/** Families that the specification has no word for: docs/decisions.md says why. */
const additionalFamilies = new Set(Object.values(streams).map(({ name }) => name))

const specification = fileURLToPath(new URL('../../../../shared/metrics/catalogue.json', import.meta.url))
const isThere = existsSync(specification)
const claim = 'every entry equals the specification, and no entry is missing'
const testWhenThere = isThere ? test : test.skip
if (!isThere) console.warn(`SKIPPED: "${claim}", because the specification is not beside this checkout`)

testWhenThere(isThere ? claim : `${claim} (SKIPPED: shared/metrics/catalogue.json is not there)`, () => {
  const { families } = JSON.parse(readFileSync(specification, 'utf8')) as { families: Specified[] }
  const expected = families.map(({ labelValues, optIn = false, ...family }) => {
    const { name, layer, type, unit, help, labels, labelAliases, buckets, quantiles, viewOf } = family
    const more = additionalValues[name] ?? {}
    const words = Object.entries(labelValues).map(([label, values]) => [
      label,
      [...values, ...(more[label] ?? [])],
    ])
    const labelWords: Record<string, unknown> = Object.fromEntries(words)
    return [
      name,
      layer,
      type,
      unit,
      help,
      labels,
      labelAliases,
      buckets,
      quantiles,
      viewOf,
      optIn,
      labelWords,
    ]
  })
  // Without `combine` and `aggregator`, which the specification leaves to the project.
  const specified = Object.values(catalogue).filter(({ name }) => !additionalFamilies.has(name))
  const actual = specified.map((metric) => {
    const { name, layer, type, unit, help, labels, labelAliases = {}, buckets = null } = metric
    const { quantiles = null, viewOf = null, optIn = false, labelValues = {} } = metric
    return [
      name,
      layer,
      type,
      unit,
      help,
      labels,
      labelAliases,
      buckets,
      quantiles,
      viewOf,
      optIn,
      labelValues,
    ]
  })
  const byName = (a: readonly unknown[], b: readonly unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1)
  expect(actual.toSorted(byName)).toEqual(expected.toSorted(byName))
})

test('the catalogue has each of its 159 families under its own name', () => {
  expect(Object.keys(catalogue)).toHaveLength(159)
  for (const [name, metric] of Object.entries(catalogue)) expect(metric.name).toBe(name)
})

test('aliases and closed values belong to labels that the family has', () => {
  for (const { labels, labelAliases = {}, labelValues = {} } of Object.values(catalogue)) {
    for (const name of [...Object.keys(labelAliases), ...Object.values(labelAliases)])
      expect(labels).toContain(name)
    for (const name of Object.keys(labelValues)) expect(labels).toContain(name)
  }
})

test('histograms, and nothing else, have buckets, and they ascend', () => {
  for (const { type, buckets = [] } of Object.values(catalogue)) {
    expect(buckets.length > 0).toBe(type === 'histogram')
    expect(buckets.every((bound, i) => i === 0 || bound > (buckets[i - 1] ?? 0))).toBe(true)
  }
})

test('summaries, and nothing else, have quantiles from 0 to 1', () => {
  for (const { type, quantiles = [] } of Object.values(catalogue)) {
    expect(quantiles.length > 0).toBe(type === 'summary')
    expect(quantiles.every((quantile) => quantile >= 0 && quantile <= 1)).toBe(true)
  }
})

test('over workers, limits, start times, versions, ages and quantiles are never summed', () => {
  const summed = Object.values(catalogue)
    .filter(({ aggregator = 'sum' }) => aggregator === 'sum')
    .map(({ name }) => name)
  const never = summed.filter((name) =>
    /limit|capacity|(^|_)max_|concurrency|interval|timestamp|start_time|_info$|oldest|_ratio$|_rate$|utilization|state$/.test(
      name,
    ),
  )
  expect(never).toEqual([])
  for (const { type, aggregator } of Object.values(catalogue))
    expect(aggregator === 'omit').toBe(type === 'summary')
})

test('counters and histograms are summed', () => {
  for (const { type, combine, aggregator } of Object.values(catalogue)) {
    if (type !== 'counter' && type !== 'histogram') continue
    expect([combine ?? 'sum', aggregator ?? 'sum']).toEqual(['sum', 'sum'])
  }
})

test('error types are retry and final of every reason of the engine', () => {
  const values = catalogue['batchflow_errors_total']?.labelValues?.['error_type']
  expect(values).toHaveLength(2 * reasons.length)
  expect(values).toEqual(expect.arrayContaining(reasons.flatMap((r) => [`retry:${r}`, `final:${r}`])))
})
