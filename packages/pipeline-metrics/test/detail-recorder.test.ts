import type { Failure, Target } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { flowMetrics } from '../src/flow-metrics.ts'
import type { FlowMetricsOptions } from '../src/flow-options.ts'
import { FakeReporter } from './fake-reporter.ts'
import { FlowFixture, opened, settled } from './flow-fixture.ts'

const flowText = 'database="sqlite",instance_id="default"'
const deadlock: Failure = { kind: 'transient', reason: 'deadlock' }
const prepared = { target: 'users', inputRows: 10, outputRows: 8, durationMs: 1 }
const attempt = { target: 'users', rows: 10, attempt: 1, failure: deadlock, delayMs: 1, durationMs: 1 }

function users(strategy?: string, coalesce?: string): Target {
  const conflict = strategy === undefined ? {} : { conflict: { strategy }, coalesce }
  return Object.assign({ name: 'users' }, { columns: ['id', 'name', 'email'], ...conflict })
}

function setUp(options: FlowMetricsOptions = {}, driver = 'sqlite') {
  const reporter = new FakeReporter()
  const flow = Object.assign(new FlowFixture(), { driver })
  const observer = opened(flowMetrics(reporter, { database: 'sqlite', ...options }), flow)
  const records = (name: string, more: string) =>
    reporter.histograms.get(`batchflow_${name}{${flowText}${more}}`)
  return { reporter, observer, records }
}

test('rows before and after joining, and the values they bind, are recorded by operation', () => {
  const { observer, records } = setUp({ targets: [users('update', 'last')] })
  observer.batchPrepared?.(prepared)
  const operation = ',backend="sql",operation="upsert"'
  expect(records('operation_generated_items', `${operation},kind="input"`)).toEqual([[10, 1]])
  expect(records('operation_generated_items', `${operation},kind="output"`)).toEqual([[8, 1]])
  expect(records('operation_generated_args', operation)).toEqual([[24, 1]])
  expect(records('sql_generated_rows', ',kind="input"')).toEqual([[10, 1]])
  expect(records('sql_generated_rows', ',kind="output"')).toEqual([[8, 1]])
  expect(records('sql_generated_args', '')).toEqual([[24, 1]])
})

test.each([
  ['ignore', 'first', 'insert', 'deduplicated'],
  ['replace', 'last', 'upsert', 'merged'],
  ['update', 'merge', 'upsert', 'merged'],
] as const)('under %s with %s, an %s, rows that are joined are %s', (strategy, coalesce, operation, kind) => {
  const { reporter, observer, records } = setUp({ targets: [users(strategy, coalesce)] })
  observer.batchPrepared?.(prepared)
  const text = `${flowText},strategy="${strategy}",kind="${kind}"`
  expect(reporter.value(`batchflow_sql_deduplicated_rows_total{${text}}`)).toBe(2)
  expect(records('operation_generated_args', `,backend="sql",operation="${operation}"`)).toHaveLength(1)
})

test.each([
  ['sqlite', 'sql', 'write'],
  ['redis', 'redis', 'command'],
  ['own', 'custom', 'custom'],
])('without a definition a batch of the driver %s is %s, %s, and its values are not counted', (...words) => {
  const [driver, backend, operation] = words
  const { reporter, observer, records } = setUp({}, driver)
  observer.batchPrepared?.(prepared)
  const text = `,backend="${backend}",operation="${operation}",kind="output"`
  expect(records('operation_generated_items', text)).toEqual([[8, 1]])
  expect(reporter.keys.filter((key) => /_args|deduplicated/.test(key))).toEqual([])
})

test('a table without a conflict policy is inserted into', () => {
  const { observer, records } = setUp({ targets: [users()] })
  observer.batchPrepared?.(prepared)
  expect(records('operation_generated_args', ',backend="sql",operation="insert"')).toEqual([[24, 1]])
})

test('errors are counted by stage: refused rows, attempts, retried ones, batches given up', () => {
  const { reporter, observer } = setUp()
  observer.submitRejected?.({ target: 'users', reason: 'invalid_row' })
  observer.submitRejected?.({ target: 'users', reason: 'full' })
  observer.attemptFailed?.(attempt)
  observer.attemptFailed?.(attempt)
  observer.batchSettled?.(settled({ written: 0, failed: 10, failure: deadlock }))
  const count = (stage: string, reason: string) => [
    reporter.value(`batchflow_sql_errors_total{${flowText},stage="${stage}",reason="${reason}"}`),
    reporter.value(
      `batchflow_operation_errors_total{${flowText},backend="sql",stage="${stage}",reason="${reason}"}`,
    ),
  ]
  expect(count('validate', 'invalid_row')).toEqual([1, 1])
  expect(count('execute', 'deadlock')).toEqual([3, 3])
  expect(count('retry', 'deadlock')).toEqual([2, 2])
  expect(count('final', 'deadlock')).toEqual([1, 1])
  expect(reporter.keys.filter((key) => key.includes('stage="validate"'))).toHaveLength(2)
})

test('tables are named in details when they are asked for', () => {
  const { reporter, observer } = setUp({ detailTables: true })
  observer.attemptFailed?.(attempt)
  const text = `${flowText},stage="retry",reason="deadlock",table="users"`
  expect(reporter.value(`batchflow_sql_errors_total{${text}}`)).toBe(1)
})
