import { createBatchFlow, type Driver } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { flowMetrics } from '../src/flow-metrics.ts'
import { FakeReporter } from './fake-reporter.ts'
import { FlowFixture, opened, settled } from './flow-fixture.ts'
import { refusal } from './refusal.ts'

const message = 'observers must not share one flowMetrics() between flows, got one that observes an open flow'
const text = 'database="sqlite",instance_id="default"'
const pending = `batchflow_rows_pending{${text}}`
const batches = `batchflow_batches_total{${text},table="users",status="success"}`
const rejected = `batchflow_submit_rejected_total{${text},reason="queue_full"}`
const flush = { target: 'users', rows: 1, bytes: 1, waitMs: 0, enqueueMs: 0, trigger: 'size' } as const

/** An observer of one flow that has refused another one. */
function setUp() {
  const reporter = new FakeReporter()
  const [first, second] = [new FlowFixture(), new FlowFixture()]
  const observer = opened(flowMetrics(reporter), first)
  expect(refusal(() => opened(observer, second))).toBe(message)
  return { reporter, observer, first, second }
}

/** Closes a flow of the fixture, as an engine does: the state first, then the event. */
function closed({ observer }: ReturnType<typeof setUp>, flow: FlowFixture): void {
  flow.current = { ...flow.current, state: 'closed' }
  observer.flowClosed?.({ durationMs: 1_500, ledger: flow.current.ledger })
}

test('a flow that shares the observer of an open flow is not created, and harms nothing', async () => {
  const reporter = new FakeReporter()
  const observer = flowMetrics(reporter)
  const driver: Driver = {
    name: 'sqlite',
    capabilities: {},
    write: () => Promise.resolve(),
    classify: () => undefined,
  }
  const create = () => createBatchFlow({ driver, onDeadLetter: () => {}, observers: [observer] })
  const flow = create()
  expect(refusal(create)).toBe(message)
  expect(reporter.value(pending)).toBe(0)
  await flow.close()
  expect(reporter.value(pending)).toBeUndefined()
  await create().close()
})

test('an observer can serve one flow after another', () => {
  const fixture = setUp()
  closed(fixture, fixture.first)
  expect(refusal(() => opened(fixture.observer, new FlowFixture()))).toBe('accepted')
})

test('after a refusal the events of the first flow are recorded as before', () => {
  const { reporter, observer } = setUp()
  observer.batchSettled?.(settled())
  observer.submitRejected?.({ target: 'users', reason: 'full' })
  expect(reporter.value(batches)).toBe(1)
  expect(reporter.value(rejected)).toBe(1)
})

test.each(['open', 'closing'] as const)(
  'the end of a flow that was refused is not the end of the first one, which is %s and has an equal ledger',
  (state) => {
    const fixture = setUp()
    const { reporter, first, second } = fixture
    first.current = { ...first.current, state }
    closed(fixture, second)
    expect(reporter.value(pending)).toBe(0)
    expect(reporter.value(`batchflow_shutdown_drain_seconds{${text}}`)).toBe(0)
    closed(fixture, first)
    expect(reporter.value(pending)).toBeUndefined()
    expect(reporter.value(`batchflow_shutdown_drain_seconds{${text}}`)).toBe(1.5)
  },
)

test('the end of a flow that was refused is not taken for that of the first one, which is closed and not yet told', () => {
  const fixture = setUp()
  const { reporter, first, second } = fixture
  first.current = { ...first.current, state: 'closed' }
  second.ledger({ submitted: 1, written: 1 })
  closed(fixture, second)
  expect(reporter.value(pending)).toBe(0)
})

test('a refused flow that takes rows all the same feeds nothing until it is closed', () => {
  const fixture = setUp()
  const { reporter, observer, second } = fixture
  const before = JSON.stringify([...reporter.histograms, ...reporter.counters])
  second.ledger({ submitted: 10, written: 10 })
  observer.batchFlushed?.(flush)
  observer.batchPrepared?.({ target: 'users', inputRows: 1, outputRows: 1, durationMs: 1 })
  observer.batchSettled?.(settled())
  observer.rowsDropped?.({ target: 'users', rows: 1, policy: 'shutdown' })
  observer.submitRejected?.({ target: 'users', reason: 'full' })
  expect(JSON.stringify([...reporter.histograms, ...reporter.counters])).toBe(before)
  closed(fixture, second)
  observer.batchSettled?.(settled())
  expect(reporter.value(batches)).toBe(1)
})
