import type { BenchCase } from './alternate.ts'

// Long enough that starting the process and warming up do not decide.
const rows = 10_000_000
const million = 1_000_000
const large = { rows, flushSize: 500 }

export const coreBenches: readonly BenchCase[] = [
  { name: 'no key', subject: 'flow', baseline: 'batcher', ...large },
  { name: 'integer key', subject: 'flowByNumber', baseline: 'batcherByNumber', ...large },
  { name: 'string key', subject: 'flowByText', baseline: 'batcherByText', ...large },
  { name: 'a driver that never answers', subject: 'stalled', ...large },
  { name: 'flush of 100,000 rows', subject: 'flushAll', rows: 100_000, flushSize: 500 },
  { name: 'awaited submit', subject: 'awaitedSubmit', baseline: 'awaitedBatcher', ...large },
  { name: 'log observer attached', subject: 'engineLogged', versus: 'engine', ...large },
  { name: 'pipeline', subject: 'pipeline', rows: 2 * million, flushSize: 500 },
  ...[10, 50, 200, 500, 1_000, 5_000].map((flushSize) => ({
    name: `flush size ${flushSize}, engine alone`,
    subject: 'engine',
    rows: 2 * million,
    flushSize,
  })),
  ...[50, 200, 500, 1_000, 5_000].map((flushSize) => ({
    name: `flush size ${flushSize}, loaded`,
    subject: 'concurrency4',
    rows: 200_000,
    flushSize,
  })),
  ...[1, 2, 4, 8, 16].map((limit) => ({
    name: `concurrency ${limit}, loaded`,
    subject: `concurrency${limit}`,
    rows: 200_000,
    flushSize: 500,
  })),
  ...[0.25, 0.5, 1, 4].map((factor) => ({
    name: `buffer ${factor} x concurrency x flush size, loaded`,
    subject: `buffer${factor}`,
    rows: 200_000,
    flushSize: 500,
  })),
  ...[1, 10, 100].map((ms) => ({
    name: `interval ${ms} ms, 10 rows per ms`,
    subject: `interval${ms}`,
    rows: 20_000,
    flushSize: 500,
  })),
  ...[1, 10, 100, 1_000].map((count) => ({
    name: `${count} tables in turn`,
    subject: `tables${count}`,
    rows: 2 * million,
    flushSize: 500,
  })),
  ...[10, 100].map((count) => ({
    name: `${count} tables in turn, room for full batches`,
    subject: `roomyTables${count}`,
    rows: 2 * million,
    flushSize: 500,
  })),
  { name: 'dropOldest under ten times the load', subject: 'dropOldest', rows: million, flushSize: 500 },
]
