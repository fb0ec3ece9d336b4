import type { BenchCase } from './alternate.ts'

/** What metrics cost. Of the first two the cost per row, in nanoseconds, is 1e9 / rowsPerSecond * (1 - ratio). In the
 * others a row is a batch that is recorded, or a page that is written and encoded as it is sent. */
export const metricsBenches: readonly BenchCase[] = [
  {
    name: 'engine with the Prometheus reporter',
    subject: 'flowWithReporter',
    baseline: 'flow',
    rows: 10_000_000,
    flushSize: 500,
  },
  {
    name: 'the same, both in one process',
    subject: 'flowRecorded',
    versus: 'flow',
    rows: 10_000_000,
    flushSize: 500,
  },
  { name: 'recording of a batch of 500 rows', subject: 'recordBatches', rows: 1_000_000, flushSize: 500 },
  {
    name: 'scrape of 1,000 series',
    subject: 'scrape1000',
    baseline: 'promClient1000',
    rows: 1_000,
    flushSize: 500,
  },
  {
    name: 'scrape of 10,000 series',
    subject: 'scrape10000',
    baseline: 'promClient10000',
    rows: 200,
    flushSize: 500,
  },
  { name: 'default page of 10,000 series, with views', subject: 'default10000', rows: 200, flushSize: 500 },
]
