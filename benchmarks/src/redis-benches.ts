import type { BenchCase } from './alternate.ts'

const sizes = [200, 1_000]

function bench(name: string, subject: string, baseline: string): readonly BenchCase[] {
  return sizes.map((flushSize) => ({
    name: `${name}, flush ${flushSize}`,
    subject,
    baseline,
    rows: 200_000,
    flushSize,
  }))
}

/** SET key value EX ttl, four batches in flight. */
export const redisBenches: readonly BenchCase[] = [
  ...bench('client against an ioredis pipeline', 'flow', 'pipeline'),
  ...bench('client against a raw socket', 'flow', 'raw'),
  ...bench('socket against a raw socket', 'flowSocket', 'raw'),
  ...bench('client with a buffer of 10,000 rows against a pipeline', 'flowDefaultBuffer', 'pipeline'),
  ...bench('atomic against a pipeline', 'flowAtomic', 'pipeline'),
  ...bench('ledger against a pipeline', 'flowLedger', 'pipeline'),
]
