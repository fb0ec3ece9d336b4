import { createBatchFlow } from '@batchflow/core'
import { flowMetrics } from '@batchflow/pipeline-metrics'
import { ClassifiedError, MemoryDriver } from '@batchflow/testkit'
import { expect, test } from '@jest/globals'
import { sumOf } from '../support/page.ts'
import { reporterOf } from '../support/reporter.ts'

const target = { name: 'rows' }

/** A driver whose batches are written, retried, given up and lost in turn, each after a turn of the event loop. */
function unruly(): MemoryDriver {
  let writes = 0
  return new MemoryDriver({
    onWrite: (write) => {
      const turn = writes++ % 4
      setImmediate(() => {
        if (turn === 1) write.fail(new ClassifiedError('transient', 'deadlock'))
        else if (turn === 2) write.fail(new ClassifiedError('poison', 'constraint'))
        else if (turn === 3) write.commitAndFail(new ClassifiedError('transient', 'connection'))
        else write.commit()
      })
    },
  })
}

function imbalance(page: string): number {
  const settled = sumOf(page, 'batchflow_rows_settled_total')
  return sumOf(page, 'batchflow_rows_submitted_total') - settled - sumOf(page, 'batchflow_rows_pending')
}

function setUp(driver: MemoryDriver) {
  const reporter = reporterOf()
  const flow = createBatchFlow({
    driver,
    flushSize: 20,
    bufferSize: 200,
    retry: { backoffMs: 1, maxBackoffMs: 2, maxAttempts: 3 },
    onDeadLetter: () => {},
    observers: [flowMetrics(reporter)],
  })
  return { reporter, flow }
}

test('the ledger balances at every scrape while rows come, fail, are retried and drained', async () => {
  const { reporter, flow } = setUp(unruly())
  let scrapes = 0
  let busy = 0
  const done = new AbortController()
  const scraping = (async () => {
    while (!done.signal.aborted) {
      const page = await reporter.metrics()
      expect(imbalance(page)).toBe(0)
      scrapes++
      if (sumOf(page, 'batchflow_rows_pending') > 0) busy++
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  for (let id = 0; id < 5_000; id++) await flow.submit(target, { id })
  await flow.close()
  done.abort()
  await scraping
  const page = await reporter.metrics()
  expect(imbalance(page)).toBe(0)
  expect(sumOf(page, 'batchflow_rows_submitted_total')).toBe(5_000)
  expect(sumOf(page, 'batchflow_rows_dead_lettered_total')).toBeGreaterThan(0)
  expect(sumOf(page, 'batchflow_retry_backoff_seconds_total')).toBeGreaterThan(0)
  expect(scrapes).toBeGreaterThan(10)
  expect(busy).toBeGreaterThan(10)
})

test('the ledger balances when a close at its deadline hands rows back', async () => {
  const { reporter, flow } = setUp(new MemoryDriver({ onWrite: 'hold' }))
  for (let id = 0; id < 150; id++) await flow.submit(target, { id })
  expect(imbalance(await reporter.metrics())).toBe(0)
  await expect(flow.close({ timeoutMs: 1 })).rejects.toMatchObject({ code: 'BATCHFLOW_CLOSE_TIMEOUT' })
  const page = await reporter.metrics()
  expect(imbalance(page)).toBe(0)
  const flowText = 'database="memory",instance_id="default",test_name="default"'
  expect(page).toContain(`batchflow_rows_settled_total{${flowText},outcome="returned"} 150`)
})
