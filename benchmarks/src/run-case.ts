import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case } from './case.ts'
import { coreCases } from './core-cases.ts'
import { measure } from './measure.ts'
import { mysqlCases } from './mysql-cases.ts'
import { postgresCases } from './postgres-cases.ts'
import { redisCases } from './redis-cases.ts'
import { sqliteCases } from './sqlite-cases.ts'

const cases: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  core: coreCases,
  mysql: mysqlCases,
  postgres: postgresCases,
  redis: redisCases,
  sqlite: sqliteCases,
}

/** One case in this process, its measurement as a line of JSON: `node run-case.js <bench> <case> <rows> <flushSize>`. */
const [bench = '', name = '', rowsText = '0', flushSize = '500'] = process.argv.slice(2)
const run = cases[bench]?.[name]
if (run === undefined) throw new Error(`no such case: ${bench} ${name}`)
const rows = Number(rowsText)

const folder = await mkdtemp(join(tmpdir(), 'batchflow-bench-'))
try {
  let arrived = 0
  const measurement = await measure(rows, async () => {
    arrived = await run({ rows, flushSize: Number(flushSize), folder })
  })
  if (arrived !== rows) throw new Error(`${bench} ${name}: ${arrived} of ${rows} rows arrived`)
  process.stdout.write(`${JSON.stringify(measurement)}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
