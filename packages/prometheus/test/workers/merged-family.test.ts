import type { Labels, Metric, MetricAggregator } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import { combined, MergedFamily } from '../../src/workers/merged-family.ts'
import type { FamilySnapshot } from '../../src/workers/snapshot.ts'
import { metricOf } from '../support/metric-of.ts'

const asGiven = (labels: Labels) => labels

function merged(snapshots: readonly FamilySnapshot[]) {
  const [first] = snapshots
  if (first === undefined) throw new Error('nothing to merge')
  const family = new MergedFamily(first)
  const added = snapshots.map((snapshot) => family.add(snapshot, asGiven))
  return { family, added }
}

const gauge = (metric: Metric, value: number): FamilySnapshot => ({ metric, series: [{ labels: {}, value }] })

test.each<[MetricAggregator, number | undefined]>([
  ['sum', 6],
  ['max', 3],
  ['min', 1],
  ['average', 2],
  ['omit', undefined],
])('readings of three workers combine by %s to %j', (aggregator, result) => {
  expect(combined([1, 3, 2], aggregator)).toBe(result)
})

test('a gauge combines as its family says', () => {
  const values = (name: string) =>
    merged([4, 6, 8].map((value) => gauge(metricOf(name), value))).family.series.map(({ value }) => value)
  expect(values('rows_pending')).toEqual([18])
  expect(values('executor_concurrency')).toEqual([8])
  expect(values('nodejs_eventloop_utilization_ratio')).toEqual([6])
})

test('histograms are added bucket by bucket', () => {
  const snapshot = (counts: number[], sum: number): FamilySnapshot => ({
    metric: metricOf('batch_size'),
    bounds: [1, 2],
    series: [{ labels: { table: 'a' }, distribution: { counts, sum } }],
  })
  const { family } = merged([snapshot([1, 0, 2], 30), snapshot([0, 5, 1], 20)])
  expect(family.series[0]?.distribution).toEqual({ counts: Float64Array.of(1, 5, 3), sum: 50 })
})

test('a worker with other buckets is not added', () => {
  const snapshot = (bounds: number[]): FamilySnapshot => ({
    metric: metricOf('batch_size'),
    bounds,
    series: [{ labels: {}, distribution: { counts: bounds.map(() => 1), sum: 1 } }],
  })
  expect(merged([snapshot([1, 2]), snapshot([1, 3]), snapshot([1, 2])]).added).toEqual([true, false, true])
})

test('series of different labels stay apart', () => {
  const metric = metricOf('rows_pending')
  const one = (instance: string): FamilySnapshot => ({
    metric,
    series: [{ labels: { instance_id: instance }, value: 1 }],
  })
  expect(merged([one('a'), one('b'), one('a')]).family.series.map(({ value }) => value)).toEqual([2, 1])
})
