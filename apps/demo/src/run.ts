import { createBatchFlow, submitAll } from '@batchflow/core'
import { flowMetrics } from '@batchflow/pipeline-metrics'
import { createPrometheusReporter } from '@batchflow/prometheus'
import { sqlite } from '@batchflow/sqlite'
import { once } from 'node:events'
import { batchTimes } from './batch-times.ts'
import { cities, cityRows, datasetRows, populationOf, setup } from './cities.ts'
import type { Interruption } from './interruption.ts'
import type { DemoOptions } from './options.ts'
import { peakMemoryBytes } from './peak-memory.ts'
import { showProgress } from './progress.ts'
import { readBack, reportOf } from './report.ts'

/** Loads the dataset, watched on /metrics, and answers the exit code. */
export async function run(options: DemoOptions, interruption: Interruption): Promise<number> {
  const { signal } = interruption
  const goal = options.rows ?? datasetRows
  const metrics = createPrometheusReporter()
  await using server = await metrics.listen({ port: options.port })
  say(`metrics  ${server.url}/metrics`)

  await createTable(options.db)
  say(`database ${options.db}`)

  const driver = sqlite({ path: options.db })
  const times = batchTimes()
  await using flow = createBatchFlow({
    driver,
    flushSize: options.flushSize,
    flushIntervalMs: options.flushIntervalMs,
    // A file on this machine answers at once: more rows in memory would only live longer there.
    bufferSize: 4 * options.flushSize,
    observers: [flowMetrics(metrics, { instanceId: 'demo' }), times.observer],
    onDeadLetter: ({ target, rows, error }) => {
      process.stderr.write(`${target.name}: ${rows.length} rows set aside: ${error.message}\n`)
    },
  })

  const began = performance.now()
  let rowsRead = 0
  const counted = function* () {
    for (const row of cityRows(goal)) {
      yield row
      // Not reached for a row that was refused because of Ctrl-C.
      rowsRead++
    }
  }
  {
    using _progress = showProgress(process.stdout, { goal, stats: () => flow.stats(), p95: times.p95 })
    await submitAll(flow, cities, counted(), { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    await flow.flush()
  }
  const elapsedMs = performance.now() - began
  const { ledger } = flow.stats()
  const report = reportOf({
    rowsRead,
    ledger,
    elapsedMs,
    table: await readBack(driver),
    peakMemoryBytes: peakMemoryBytes(),
    population: signal.aborted ? undefined : populationOf(goal),
  })
  if (signal.aborted) say('interrupted')
  for (const line of report.lines) say(line)

  if (options.serve && !signal.aborted) {
    say(`serving  ${server.url}/metrics until Ctrl-C`)
    await once(signal, 'abort')
  }
  await flow.close()
  if (!report.agrees) return 1
  return interruption.exitCode ?? 0
}

/** Replaces the table, and so shows before the first row is read whether the file can be opened. With a driver of its own:
 * a driver's `setup` runs whenever it opens the file, and this must happen once. */
async function createTable(path: string): Promise<void> {
  const driver = sqlite({ path, setup })
  try {
    await driver.query('select 1')
  } finally {
    await driver.close?.()
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
