import { parseArgs } from 'node:util'
import { alternate, type BenchCase, type BenchResult } from './alternate.ts'
import { coreBenches } from './core-benches.ts'
import { soak } from './core-soak.ts'
import { metricsBenches } from './metrics-benches.ts'
import { redisBenches } from './redis-benches.ts'
import { streamsBenches } from './streams-benches.ts'

const benches: Readonly<Record<string, readonly BenchCase[]>> = {
  core: coreBenches,
  postgres: [
    ...[1, 2, 4].flatMap((connections) =>
      [200, 1_000].map((flushSize) => ({
        name: `unnest, ${connections} connections, flush ${flushSize}`,
        subject: `unnest${connections}`,
        baseline: `handWritten${connections}`,
        rows: 200_000,
        flushSize,
      })),
    ),
    {
      name: 'unnest with a buffer of 10,000 rows, 4 connections, flush 1000',
      subject: 'defaultBuffer4',
      baseline: 'handWritten4',
      rows: 200_000,
      flushSize: 1_000,
    },
    ...[1, 4].map((connections) => ({
      name: `upsert, ${connections} connections, flush 1000`,
      subject: `upsert${connections}`,
      baseline: `handWrittenUpsert${connections}`,
      rows: 200_000,
      flushSize: 1_000,
    })),
    ...[1, 4].map((connections) => ({
      name: `unnest against Kysely, ${connections} connections, flush 1000`,
      subject: `unnest${connections}`,
      baseline: `kysely${connections}`,
      rows: 200_000,
      flushSize: 1_000,
    })),
    ...['knex', 'drizzle'].map((baseline) => ({
      name: `unnest against ${baseline}, flush 1000`,
      subject: 'unnest1',
      baseline,
      rows: 200_000,
      flushSize: 1_000,
    })),
    ...[1, 2, 4].flatMap((connections) =>
      [1_000, 5_000].map((flushSize) => ({
        name: `COPY against unnest, ${connections} connections, flush ${flushSize}`,
        subject: `copy${connections}`,
        baseline: `unnest${connections}`,
        rows: 200_000,
        flushSize,
      })),
    ),
    {
      name: 'a batch as several COPYs against one, flush 1000',
      subject: 'copy1',
      baseline: 'copyWhole1',
      rows: 200_000,
      flushSize: 1_000,
    },
  ],
  mysql: [
    ...[1, 2, 4].flatMap((n) =>
      [200, 1_000].map((flushSize) => ({
        name: `prepared, ${n} connections, flush ${flushSize}`,
        subject: `flow${n}`,
        baseline: `prepared${n}`,
        rows: 200_000,
        flushSize,
      })),
    ),
    ...[1, 4].flatMap((n) =>
      [200, 1_000].map((flushSize) => ({
        name: `against VALUES ?, ${n} connections, flush ${flushSize}`,
        subject: `flow${n}`,
        baseline: `values${n}`,
        rows: 200_000,
        flushSize,
      })),
    ),
    {
      name: 'ignore, 2 connections, flush 1000',
      subject: 'ignore2',
      baseline: 'preparedIgnore2',
      rows: 200_000,
      flushSize: 1_000,
    },
  ],
  redis: redisBenches,
  metrics: metricsBenches,
  streams: streamsBenches,
  sqlite: [
    { name: 'flow 200', subject: 'flow', baseline: 'loop', rows: 200_000, flushSize: 200 },
    { name: 'flow 500', subject: 'flow', baseline: 'loop', rows: 200_000, flushSize: 500 },
    { name: 'flow 1000', subject: 'flow', baseline: 'loop', rows: 200_000, flushSize: 1_000 },
    ...[200, 1_000].map((flushSize) => ({
      name: `flow ${flushSize} against a worker loop`,
      subject: 'flow',
      baseline: 'workerLoop',
      rows: 200_000,
      flushSize,
    })),
    {
      name: 'flow 500, 100 rows per statement',
      subject: 'flow',
      baseline: 'multiRowLoop',
      rows: 200_000,
      flushSize: 500,
    },
    { name: 'flow 500, a million rows', subject: 'flow', rows: 1_000_000, flushSize: 500 },
    { name: 'loop 500, for its event-loop delay', subject: 'loop', rows: 200_000, flushSize: 500 },
  ],
}

const usage = `Usage: pnpm bench <${Object.keys(benches).join('|')}> [--json] [--pairs <1 to 100>] [--only <part of a name>]
       pnpm bench soak [--minutes <more than 0>]`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'soak') return await soak(args.slice(1))
  const options = parse(args)
  if (options === undefined) {
    process.stderr.write(`${usage}\n`)
    return 2
  }
  for (const benchCase of options.cases) {
    const result = await alternate(options.name, benchCase, options.pairs)
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${sentence(result)}\n`)
  }
  return 0
}

function parse(args: readonly string[]) {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: {
      json: { type: 'boolean' },
      pairs: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
    },
  })
  const [name = ''] = positionals
  const cases = benches[name]?.filter((benchCase) => benchCase.name.includes(String(values['only'])))
  const pairs = Number(values['pairs'])
  const known = tokens.every(
    (token) => token.kind !== 'option' || ['json', 'pairs', 'only'].includes(token.name),
  )
  if (
    cases === undefined ||
    cases.length === 0 ||
    !known ||
    !Number.isInteger(pairs) ||
    pairs < 1 ||
    pairs > 100
  )
    return undefined
  return { name, cases, pairs, json: values['json'] === true }
}

function sentence(result: BenchResult): string {
  const against = result.ratio === null ? '' : `, ${result.ratio} x ${result.baseline}`
  return (
    `${result.bench} ${result.case}: ${result.rowsPerSecond.toLocaleString('en-US')} rows/s${against}, ` +
    `${result.cpuSeconds} CPU s, ${Math.round(result.peakRssBytes / 2 ** 20)} MiB, ` +
    `event-loop delay p99 ${result.eventLoopDelayP99Ms} ms`
  )
}
