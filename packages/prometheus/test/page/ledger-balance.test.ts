import { catalogue, flowMetrics, type Metric } from '@batchflow/pipeline-metrics'
import { expect, test } from '@jest/globals'
import { Gauge, Registry } from 'prom-client'
import { reporterOf } from '../support/reporter.ts'
import { FlowFixture } from '../support/flow-fixture.ts'
import { sumOf } from '../support/page.ts'

function imbalance(page: string): number {
  const settled = sumOf(page, 'batchflow_rows_settled_total')
  return sumOf(page, 'batchflow_rows_submitted_total') - settled - sumOf(page, 'batchflow_rows_pending')
}

/** A registry with metrics of the user's before and after ours that wait, and move rows while they do. */
function setUp() {
  const flows = [new FlowFixture(), new FlowFixture()] as const
  const registry = new Registry()
  const move = () => {
    for (const flow of flows) {
      flow.move({ submitted: 7 })
      flow.move({ written: 3, coalesced: 1, deadLettered: 1 })
    }
  }
  const slow = (name: string) => {
    const collect = async () => {
      move()
      await new Promise(setImmediate)
      move()
    }
    registry.registerMetric(new Gauge({ name, help: name, registers: [], collect }))
  }
  slow('before')
  const reporter = reporterOf({ registry })
  // Puts a family of the ledger before, and the others behind, a metric that moves rows.
  const submitted = catalogue['batchflow_rows_submitted_total'] as Metric
  reporter.counter(submitted, { database: 'sqlite', instance_id: 'default' })
  slow('between')
  const observers = flows.map((flow) => flow.open(flowMetrics(reporter)))
  slow('after')
  return { flows, registry, reporter, observers, move }
}

test('submitted = settled + pending at each scrape, while other collectors wait and rows move', async () => {
  const { reporter, move } = setUp()
  for (let scrape = 1; scrape <= 20; scrape++) {
    move()
    const page = await reporter.metrics()
    expect(imbalance(page)).toBe(0)
    expect(sumOf(page, 'batchflow_rows_submitted_total')).toBeGreaterThan(14 * scrape)
  }
})

test('submitted = settled + pending on a page that the registry itself writes', async () => {
  const { registry, move } = setUp()
  for (let scrape = 1; scrape <= 20; scrape++) {
    move()
    const page = await registry.metrics()
    expect(imbalance(page)).toBe(0)
    expect(sumOf(page, 'batchflow_rows_submitted_total')).toBeGreaterThan(14 * scrape)
  }
})

test('scrapes at the same time balance each for itself', async () => {
  const { registry, reporter } = setUp()
  const pages = await Promise.all([reporter.metrics(), registry.metrics(), reporter.metrics()])
  expect(pages.map(imbalance)).toEqual([0, 0, 0])
})

test('the sum balances when one of two flows with the same name closes and hands rows back', async () => {
  const { flows, observers, reporter } = setUp()
  await reporter.metrics()
  flows[0].move({ submitted: 5 })
  flows[0].move({ returned: flows[0].ledger.pending })
  const { ledger } = flows[0]
  observers[0]?.flowClosed?.({ durationMs: 10, ledger })
  const page = await reporter.metrics()
  expect(imbalance(page)).toBe(0)
  expect(sumOf(page, 'batchflow_rows_pending')).toBe(flows[1].ledger.pending)
  expect(sumOf(page, 'batchflow_rows_submitted_total')).toBe(ledger.submitted + flows[1].ledger.submitted)
})
