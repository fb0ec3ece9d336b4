import {
  batchsqlTestDataIntegrityRate,
  batchsqlTestDurationSeconds,
  batchsqlTestRecordsTotal,
  batchsqlTestRps,
  batchsqlTestSuccess,
} from './catalogue/batchsql-harness.ts'
import { concurrentWorkers, testDurationSeconds, testsRunTotal } from './catalogue/harness.ts'
import type { TestResult, TestSample } from './create-test-recorder.ts'
import type { Labels, Metric } from './metric.ts'
import type { BoundCounter, BoundHistogram, MetricsReporter } from './metrics-reporter.ts'

/** The instruments of one test case on one database. Its gauges appear with their first value: a test that has not
 * ended has no success and no integrity. */
export class TestCaseRecorder implements Disposable {
  readonly #reporter: MetricsReporter
  readonly #succeeded: BoundCounter
  readonly #failed: BoundCounter
  readonly #duration: BoundHistogram
  readonly #byTestCase: Labels
  readonly #byInstance: Labels
  readonly #gauges = new Map<string, { value: number; readonly registration: Disposable }>()

  constructor(reporter: MetricsReporter, database: string, testCase: string) {
    this.#reporter = reporter
    this.#byTestCase = { database, test_case: testCase }
    this.#byInstance = { database, instance_id: testCase }
    this.#succeeded = reporter.counter(testsRunTotal, { ...this.#byInstance, result: 'success' })
    this.#failed = reporter.counter(testsRunTotal, { ...this.#byInstance, result: 'failure' })
    this.#duration = reporter.histogram(testDurationSeconds, this.#byInstance)
  }

  sampled({ rowsPerSecond, workers }: TestSample): void {
    this.#set(batchsqlTestRps, this.#byTestCase, rowsPerSecond)
    this.#set(concurrentWorkers, this.#byInstance, workers)
  }

  ended({ success, durationMs, submittedRows, actualRows, rowsPerSecond }: TestResult): void {
    const seconds = durationMs / 1000
    const labels = this.#byTestCase
    ;(success ? this.#succeeded : this.#failed).add(1)
    this.#duration.record(seconds)
    this.#set(batchsqlTestDurationSeconds, labels, seconds)
    this.#set(batchsqlTestSuccess, labels, success ? 1 : 0)
    this.#set(batchsqlTestRps, labels, rowsPerSecond ?? (seconds > 0 ? actualRows / seconds : 0))
    this.#set(batchsqlTestRecordsTotal, { ...labels, type: 'submitted' }, submittedRows)
    this.#set(batchsqlTestRecordsTotal, { ...labels, type: 'actual' }, actualRows)
    // Of nothing, nothing is missing; and there is no share of it to show.
    if (submittedRows > 0)
      this.#set(batchsqlTestDataIntegrityRate, labels, (100 * actualRows) / submittedRows)
    this.#set(concurrentWorkers, this.#byInstance, 0)
  }

  [Symbol.dispose](): void {
    for (const { registration } of this.#gauges.values()) registration[Symbol.dispose]()
    this.#gauges.clear()
  }

  #set(metric: Metric, labels: Labels, value: number): void {
    const key = `${metric.name}:${labels['type'] ?? ''}`
    const known = this.#gauges.get(key)
    if (known !== undefined) {
      known.value = value
      return
    }
    const gauge = {
      value,
      registration: this.#reporter.gauge(metric, labels, () => this.#gauges.get(key)?.value ?? value),
    }
    this.#gauges.set(key, gauge)
  }
}
