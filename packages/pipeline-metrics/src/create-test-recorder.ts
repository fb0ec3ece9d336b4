import type { FlowObserver } from '@batchflow/core'
import { BatchSizeRecorder } from './batch-size-recorder.ts'
import { checkBoolean, checkName, checkNumber, checkOptions, checkReporter } from './check.ts'
import type { MetricsReporter } from './metrics-reporter.ts'
import { TestCaseRecorder } from './test-case-recorder.ts'

/** What a load test came to. */
export interface TestResult {
  /** The `database` label, the same as that of the flow. */
  readonly database: string
  /** The test's name: `test_case`, `instance_id` and `test_name`. @defaultValue the current test case */
  readonly testCase?: string
  /** Whether the test passed. */
  readonly success: boolean
  /** How long it took, in milliseconds, from 0. */
  readonly durationMs: number
  /** Rows that the test submitted, from 0. */
  readonly submittedRows: number
  /** Rows that were found in the database afterwards, from 0. */
  readonly actualRows: number
  /** Rows per second, from 0. @defaultValue actualRows over the duration */
  readonly rowsPerSecond?: number
}

/** How a load test is doing. */
export interface TestSample {
  /** The `database` label, the same as that of the flow. */
  readonly database: string
  /** @defaultValue the current test case */
  readonly testCase?: string
  /** Rows per second now, from 0. */
  readonly rowsPerSecond: number
  /** Producers at work now, from 0. */
  readonly workers: number
}

/** Records load tests. Made by {@link createTestRecorder}. */
export interface TestRecorder extends Disposable {
  /** An observer for one flow under test: batch times by class of batch size
   * (`batchflow_batch_process_duration_seconds`). */
  observer(): FlowObserver
  /** Names the test that runs from now on. With the database its counters are there at zero before it ends, so that
   * `increase()` sees it.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  setCurrentTestCase(testCase: string, database?: string): void
  /** Records the end of a test.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  recordTestResult(result: TestResult): void
  /** Records how a test is doing; the last call counts.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  recordRealTimeMetrics(sample: TestSample): void
}

/** A recorder for load tests: the guides' `SetCurrentTestCase`, `RecordTestResult` and `RecordRealTimeMetrics`. It feeds
 * the layers `harness` (`batchflow_tests_run_total`, …) and `batchsql-harness` (`batchsql_test_rps`, …). Disposing it
 * takes its gauges away; counters stay.
 *
 * @example
 * ```ts
 * using recorder = createTestRecorder(metrics)
 * recorder.setCurrentTestCase('insert-500', 'sqlite')
 * recorder.recordRealTimeMetrics({ database: 'sqlite', rowsPerSecond: 48_000, workers: 10 })
 * recorder.recordTestResult({ database: 'sqlite', success: true, durationMs: 30_000, submittedRows: 1e6, actualRows: 1e6 })
 * ```
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when the reporter is none */
export function createTestRecorder(reporter: MetricsReporter): TestRecorder {
  checkReporter('reporter', reporter)
  const cases = new Map<string, TestCaseRecorder>()
  let current: string | undefined

  const caseOf = (database: string, testCase: string | undefined): TestCaseRecorder => {
    checkName('database', database)
    const name = testCase ?? current
    checkName('testCase', name)
    const key = JSON.stringify([database, name])
    const known = cases.get(key)
    if (known !== undefined) return known
    const created = new TestCaseRecorder(reporter, database, name as string)
    cases.set(key, created)
    return created
  }

  return {
    observer: () => new BatchSizeRecorder(reporter),
    setCurrentTestCase(testCase, database) {
      checkName('testCase', testCase)
      current = testCase
      if (database !== undefined) caseOf(database, testCase)
    },
    recordTestResult(result) {
      checkOptions(result, resultNames)
      checkBoolean('success', result.success)
      checkNumbers(result, ['durationMs', 'submittedRows', 'actualRows'])
      if (result.rowsPerSecond !== undefined) checkNumbers(result, ['rowsPerSecond'])
      caseOf(result.database, result.testCase).ended(result)
    },
    recordRealTimeMetrics(sample) {
      checkOptions(sample, ['database', 'testCase', 'rowsPerSecond', 'workers'])
      checkNumbers(sample, ['rowsPerSecond', 'workers'])
      caseOf(sample.database, sample.testCase).sampled(sample)
    },
    [Symbol.dispose]() {
      for (const recorder of cases.values()) recorder[Symbol.dispose]()
      cases.clear()
    },
  }
}

const resultNames: readonly (keyof TestResult)[] = [
  'database',
  'testCase',
  'success',
  'durationMs',
  'submittedRows',
  'actualRows',
  'rowsPerSecond',
]

function checkNumbers<O extends object>(value: O, names: readonly (keyof O & string)[]): void {
  for (const name of names) checkNumber(name, value[name], 0)
}
