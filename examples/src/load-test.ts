import { createBatchFlow } from '@batchflow/core'
import { createTestRecorder, flowMetrics, type MetricsReporter } from '@batchflow/pipeline-metrics'
import { sqlite, tableOf } from '@batchflow/sqlite'

interface Reading {
  id: number
  sensor: string
  value: number
}

const readings = tableOf<Reading>()('readings', { columns: ['id', 'sensor', 'value'] })

const setup =
  'create table if not exists readings (id integer primary key, sensor text not null, value real not null)'

/** A load test that records itself: its rate while it runs, and what it came to.
 *
 * @example
 * ```ts
 * const passed = await loadTest(metrics, { path: 'load.db', rows: 100_000 })
 * ``` */
export async function loadTest(
  reporter: MetricsReporter,
  { path, rows }: { readonly path: string; readonly rows: number },
): Promise<boolean> {
  const database = 'sqlite'
  const recorder = createTestRecorder(reporter)
  recorder.setCurrentTestCase('insert', database)
  const began = performance.now()
  const driver = sqlite({ path, setup })
  const flow = createBatchFlow({
    driver,
    onDeadLetter: ({ rows: lost, error }) => console.error(`${lost.length} rows were lost: ${error.message}`),
    observers: [flowMetrics(reporter, { instanceId: 'insert', targets: [readings] }), recorder.observer()],
  })
  for (let id = 0; id < rows; id++) {
    await flow.submit(readings, { id, sensor: `sensor ${id % 100}`, value: Math.sin(id) })
    if (id % 1_000 === 999) {
      const rowsPerSecond = (1_000 * id) / (performance.now() - began)
      recorder.recordRealTimeMetrics({ database, rowsPerSecond, workers: 1 })
    }
  }
  await flow.flush()
  const [counted] = await driver.query('select count(*) as rows from readings')
  await flow.close()
  const actualRows = Number(counted?.['rows'] ?? 0)
  const success = actualRows === rows
  const durationMs = performance.now() - began
  recorder.recordTestResult({ database, success, durationMs, submittedRows: rows, actualRows })
  return success
}
