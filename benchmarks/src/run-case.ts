import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case, CaseOptions, OpenCase, PreparedCase } from './case.ts'
import { measure, type Measurement } from './measure.ts'
import { compareSides, type SideBySide } from './side-by-side.ts'

type Cases = Readonly<Record<string, Case | OpenCase | SideBySide>>

/** Loaded by their bench alone: others would be charged for the memory of clients that they do not use. */
const casesOf: Readonly<Record<string, () => Promise<Cases>>> = {
  core: async () => (await import('./core-cases.ts')).coreCases,
  metrics: async () => (await import('./metrics-cases.ts')).metricsCases,
  mysql: async () => (await import('./mysql-cases.ts')).mysqlCases,
  postgres: async () => (await import('./postgres-cases.ts')).postgresCases,
  redis: async () => (await import('./redis-cases.ts')).redisCases,
  sqlite: async () => (await import('./sqlite-cases.ts')).sqliteCases,
  streams: async () => (await import('./streams-cases.ts')).streamsCases,
}

/** One case in this process, its measurement as a line of JSON: `node run-case.js <bench> <case> <rows> <flushSize>`. */
const [bench = '', name = '', rowsText = '0', flushSize = '500'] = process.argv.slice(2)
const run = (await casesOf[bench]?.())?.[name]
if (run === undefined) throw new Error(`no such case: ${bench} ${name}`)
const rows = Number(rowsText)

const folder = await mkdtemp(join(tmpdir(), 'batchflow-bench-'))
try {
  const result = 'sides' in run ? await compared(run) : await measured(run)
  process.stdout.write(`${JSON.stringify(result)}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measured(prepare: Case | OpenCase): Promise<Measurement> {
  const options = { rows, flushSize: Number(flushSize), folder }
  const prepared = typeof prepare === 'function' ? unprepared(prepare, options) : await prepare.open(options)
  try {
    const measurement = await measure(rows, () => prepared.run())
    complete(await prepared.arrived())
    return { ...measurement, cpuSeconds: measurement.cpuSeconds + (prepared.childCpuSeconds?.() ?? 0) }
  } finally {
    await prepared.close()
  }
}

function unprepared(load: Case, options: CaseOptions): PreparedCase {
  let arrived = 0
  return {
    async run() {
      arrived = await load(options)
    },
    arrived: () => arrived,
    close: async () => {},
  }
}

/** The time is that of our side; processor and memory are those of both. */
async function compared(pair: SideBySide): Promise<Measurement> {
  let [arrived, rowsPerSecond, ratio] = [0, 0, 0]
  const measurement = await measure(rows, async () => {
    ;({ arrived, rowsPerSecond, ratio } = await compareSides(pair.sides(Number(flushSize)), rows))
  })
  complete(arrived)
  return { ...measurement, rowsPerSecond, ratio }
}

function complete(arrived: number): void {
  if (arrived !== rows) throw new Error(`${bench} ${name}: ${arrived} of ${rows} rows arrived`)
}
