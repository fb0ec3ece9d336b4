import { expect, test } from '@jest/globals'
import { streamMetrics, type StreamReading } from '../src/stream-metrics.ts'
import { FakeReporter } from './fake-reporter.ts'

const reading: StreamReading = {
  stream: 'orders',
  shards: [
    { rows: 500, pending: 2, lag: 3, oldestIdleMs: 40 },
    { rows: 100, pending: 1, lag: 0, oldestIdleMs: 1_500 },
  ],
  rowsSettled: 9_000,
  rowsSkipped: 7,
  redelivered: 5,
  claimed: 4,
  rowsDeadLettered: 3,
  deletedWhilePending: 2,
  rowsDeleted: 20,
  groupsMade: 1,
  dataGone: 1,
  shardsLost: 6,
  failures: 8,
}

test('everything is read from the worker when it is collected', () => {
  const reporter = new FakeReporter()
  using exported = streamMetrics(reporter, { stats: () => reading })
  const of = (name: string) => reporter.value(`batchflow_stream_${name}{stream="orders"}`)
  expect(exported).toBeDefined()
  expect(of('shards')).toBe(2)
  expect(of('waiting_rows')).toBe(600)
  expect(of('pending_entries')).toBe(3)
  expect(of('lag_entries')).toBe(3)
  expect(of('oldest_pending_seconds')).toBe(1.5)
  expect(of('rows_settled_total')).toBe(9_000)
  expect(of('rows_skipped_total')).toBe(7)
  expect(of('redelivered_total')).toBe(5)
  expect(of('claimed_total')).toBe(4)
  expect(of('dead_lettered_rows_total')).toBe(3)
  expect(of('deleted_while_pending_total')).toBe(2)
  expect(of('rows_deleted_total')).toBe(20)
  expect(of('resets_total')).toBe(2)
  expect(of('shards_lost_total')).toBe(6)
  expect(of('failures_total')).toBe(8)
  expect(reporter.value('chatim_redis_stream_pending_messages{stream_key="orders"}')).toBe(3)
})

test('one collection reads the worker once', async () => {
  const reporter = new FakeReporter()
  let readings = 0
  using exported = streamMetrics(reporter, {
    stats: () => {
      readings++
      return reading
    },
  })
  await Promise.resolve()
  readings = 0
  for (const read of reporter.readings.values()) read()
  expect(readings).toBe(1)
  expect(exported).toBeDefined()
})

test('when it is disposed gauges vanish and counters stay', () => {
  const reporter = new FakeReporter()
  streamMetrics(reporter, { stats: () => reading })[Symbol.dispose]()
  expect(reporter.readings.size).toBe(0)
  expect(reporter.value('batchflow_stream_rows_settled_total{stream="orders"}')).toBe(9_000)
})

test('what is no reporter is refused', () => {
  expect(() => streamMetrics({} as never, { stats: () => reading })).toThrow(
    'reporter.counter must be a function, got undefined',
  )
})
