import { expect, test } from '@jest/globals'
import { catalogue } from '../src/catalogue.ts'
import { createTestRecorder, type TestResult } from '../src/create-test-recorder.ts'
import { FakeReporter } from './fake-reporter.ts'
import { FlowFixture, opened, settled } from './flow-fixture.ts'
import { refusal } from './refusal.ts'

const result: TestResult = {
  database: 'sqlite',
  success: true,
  durationMs: 2_000,
  submittedRows: 1_000,
  actualRows: 900,
}
const byInstance = 'database="sqlite",instance_id="load"'
const byCase = 'database="sqlite",test_case="load"'

function setUp() {
  const reporter = new FakeReporter()
  const recorder = createTestRecorder(reporter)
  recorder.setCurrentTestCase('load')
  return { reporter, recorder }
}

test('every family of the harness is fed', () => {
  const { reporter, recorder } = setUp()
  recorder.recordTestResult(result)
  opened(recorder.observer(), new FlowFixture()).batchSettled?.(settled())
  const fed = new Set(reporter.keys.map((key) => key.split('{', 1)[0]))
  const wanted = Object.values(catalogue).filter(({ layer }) => layer.endsWith('harness'))
  expect(wanted).toHaveLength(9)
  for (const { name } of wanted) expect(fed).toContain(name)
})

test('a result is told in the units of both guides', () => {
  const { reporter, recorder } = setUp()
  recorder.recordTestResult(result)
  expect(reporter.value(`batchflow_tests_run_total{${byInstance},result="success"}`)).toBe(1)
  expect(reporter.value(`batchflow_tests_run_total{${byInstance},result="failure"}`)).toBe(0)
  expect(reporter.histograms.get(`batchflow_test_duration_seconds{${byInstance}}`)).toEqual([[2, 1]])
  expect(reporter.value(`batchsql_test_duration_seconds{${byCase}}`)).toBe(2)
  expect(reporter.value(`batchsql_test_success{${byCase}}`)).toBe(1)
  expect(reporter.value(`batchsql_test_rps{${byCase}}`)).toBe(450)
  expect(reporter.value(`batchsql_test_records_total{${byCase},type="submitted"}`)).toBe(1_000)
  expect(reporter.value(`batchsql_test_records_total{${byCase},type="actual"}`)).toBe(900)
  expect(reporter.value(`batchsql_test_data_integrity_rate{${byCase}}`)).toBe(90)
})

test('the gauges show the last result, the counter both', () => {
  const { reporter, recorder } = setUp()
  recorder.recordTestResult(result)
  recorder.recordTestResult({ ...result, success: false, actualRows: 500, rowsPerSecond: 7 })
  expect(reporter.value(`batchsql_test_success{${byCase}}`)).toBe(0)
  expect(reporter.value(`batchsql_test_rps{${byCase}}`)).toBe(7)
  expect(reporter.value(`batchsql_test_data_integrity_rate{${byCase}}`)).toBe(50)
  expect(reporter.value(`batchflow_tests_run_total{${byInstance},result="success"}`)).toBe(1)
  expect(reporter.value(`batchflow_tests_run_total{${byInstance},result="failure"}`)).toBe(1)
})

test('a test that runs shows its rate and its workers, and nothing of its end', () => {
  const { reporter, recorder } = setUp()
  recorder.recordRealTimeMetrics({ database: 'sqlite', rowsPerSecond: 48_000, workers: 10 })
  expect(reporter.value(`batchsql_test_rps{${byCase}}`)).toBe(48_000)
  expect(reporter.value(`batchflow_concurrent_workers{${byInstance}}`)).toBe(10)
  expect(reporter.value(`batchsql_test_success{${byCase}}`)).toBeUndefined()
  expect(reporter.value(`batchsql_test_data_integrity_rate{${byCase}}`)).toBeUndefined()
  recorder.recordTestResult(result)
  expect(reporter.value(`batchflow_concurrent_workers{${byInstance}}`)).toBe(0)
})

test('results are there at zero once test case and database are named', () => {
  const { reporter, recorder } = setUp()
  expect(reporter.keys).toEqual([])
  recorder.setCurrentTestCase('load', 'sqlite')
  for (const word of ['success', 'failure'])
    expect(reporter.value(`batchflow_tests_run_total{${byInstance},result="${word}"}`)).toBe(0)
})

test('a result may name another test case', () => {
  const { reporter, recorder } = setUp()
  recorder.recordTestResult({ ...result, testCase: 'other' })
  expect(reporter.value('batchsql_test_success{database="sqlite",test_case="other"}')).toBe(1)
})

test('a test without rows has no integrity', () => {
  const { reporter, recorder } = setUp()
  recorder.recordTestResult({ ...result, submittedRows: 0, actualRows: 0, durationMs: 0 })
  expect(reporter.value(`batchsql_test_data_integrity_rate{${byCase}}`)).toBeUndefined()
  expect(reporter.value(`batchsql_test_rps{${byCase}}`)).toBe(0)
})

test('disposal takes the gauges away and leaves the counters', () => {
  const { reporter, recorder } = setUp()
  recorder.recordTestResult(result)
  recorder[Symbol.dispose]()
  expect([...reporter.readings.keys()]).toEqual([])
  expect(reporter.value(`batchflow_tests_run_total{${byInstance},result="success"}`)).toBe(1)
})

test.each([
  [1, '1-10'],
  [10, '1-10'],
  [11, '11-100'],
  [500, '101-1000'],
  [5_000, '1001-10000'],
  [50_000, '10001+'],
])('a batch of %i rows is in the class %s', (rows, sizeClass) => {
  const { reporter, recorder } = setUp()
  opened(recorder.observer(), new FlowFixture()).batchSettled?.(settled({ rows, written: rows }))
  const key = `batchflow_batch_process_duration_seconds{database="sqlite",batch_size="${sizeClass}"}`
  expect(reporter.histograms.get(key)).toEqual([[0.02, 1]])
})

test.each([
  [{ ...result, success: 1 }, 'success must be true or false, got 1'],
  [{ ...result, durationMs: -1 }, 'durationMs must be a number from 0 on, got -1'],
  [{ ...result, actualRows: NaN }, 'actualRows must be a number from 0 on, got NaN'],
  [{ ...result, rowsPerSecond: '5' }, 'rowsPerSecond must be a number from 0 on, got "5"'],
  [{ ...result, database: '' }, 'database must be a non-empty string, got ""'],
  [{ ...result, rps: 5 }, 'rps is not an option'],
  [result, 'testCase must be a non-empty string, got undefined'],
])('of the result %j it is said: %s', (given, message) => {
  const recorder = createTestRecorder(new FakeReporter())
  expect(refusal(() => recorder.recordTestResult(given as never))).toBe(message)
})
