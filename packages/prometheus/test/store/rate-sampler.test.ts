import { flowMetrics } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import type { FamilyReading, Readings } from '../../src/cells/reading.ts'
import { RateSampler } from '../../src/store/rate-sampler.ts'
import { FlowFixture } from '../support/flow-fixture.ts'
import { metricOf } from '../support/metric-of.ts'
import { reporterOf } from '../support/reporter.ts'
import { samplesOf } from '../support/page.ts'

const flow = { database: 'sqlite', instance_id: 'signup' }

function setUp() {
  const clock = { now: 1_000 }
  const sampler = new RateSampler(() => clock.now)
  const totals = { rows: 0, success: 0, fail: 0 }
  let open = true
  const families: Record<string, () => FamilyReading> = {
    batchflow_rows_pending: () => ({
      metric: metricOf('rows_pending'),
      series: open ? [{ labels: flow, value: 0 }] : [{ labels: flow }],
    }),
    batchflow_records_processed_total: () => ({
      metric: metricOf('records_processed_total'),
      series: [
        { labels: { ...flow, status: 'processed' }, value: totals.rows },
        { labels: { ...flow, status: 'failed' }, value: 99 },
        { labels: { ...flow, instance_id: 'other', status: 'processed' }, value: 99 },
      ],
    }),
    batchflow_batches_total: () => ({
      metric: metricOf('batches_total'),
      series: ['a', 'b'].flatMap((table) => [
        { labels: { ...flow, table, status: 'success' }, value: totals.success / 2 },
        { labels: { ...flow, table, status: 'fail' }, value: totals.fail / 2 },
      ]),
    }),
  }
  const readings: Readings = (name) => families[name]?.()
  const pass = (ms: number) => {
    clock.now += ms
    sampler.sample(readings)
  }
  const close = () => {
    open = false
  }
  const shown = (name: string) => sampler.reading(`hidden:${name}`)?.series.map(({ value }) => value)
  return { totals, pass, close, shown }
}

test('rates are those of the time between two samples, over all tables', () => {
  const { totals, pass, shown } = setUp()
  pass(0)
  expect(shown('window_rows_per_second')).toEqual([])
  Object.assign(totals, { rows: 10_000, success: 20, fail: 4 })
  pass(5_000)
  expect(shown('window_rows_per_second')).toEqual([2_000])
  expect(shown('window_batches')).toEqual([20, 4])
  pass(5_000)
  expect(shown('window_rows_per_second')).toEqual([0])
  expect(shown('window_batches')).toEqual([0, 0])
})

test('a flow that is closed has no rates, and none of its past when it opens again', () => {
  const { totals, pass, close, shown } = setUp()
  pass(0)
  totals.rows = 500
  pass(1_000)
  expect(shown('window_rows_per_second')).toEqual([500])
  close()
  pass(1_000)
  expect(shown('window_rows_per_second')).toEqual([])
})

const name = 'batchflow_current_rps{database="sqlite",instance_id="default",test_name="default"}'

test('a scrape takes no sample', async () => {
  const reporter = reporterOf({ sampleIntervalMs: 3_600_000 })
  const fixture = new FlowFixture()
  fixture.open(flowMetrics(reporter))
  for (let scrape = 0; scrape < 5; scrape++) {
    fixture.move({ submitted: 10, written: 10 })
    expect(samplesOf(await reporter.metrics()).has(name)).toBe(false)
  }
})

test('the timer does', async () => {
  const reporter = reporterOf({ sampleIntervalMs: 40 })
  const fixture = new FlowFixture()
  fixture.open(flowMetrics(reporter))
  const until = async (is: (rate: number) => boolean) => {
    for (;;) {
      const rate = samplesOf(await reporter.metrics()).get(name)
      if (rate !== undefined && is(rate)) return
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const load = setInterval(() => fixture.move({ submitted: 10, written: 10 }), 5)
  await until((rate) => rate > 0)
  clearInterval(load)
  await until((rate) => rate === 0)
  expect(samplesOf(await reporter.metrics()).get(name)).toBe(0)
})
