import type { BenchCase } from './alternate.ts'

const rows = 400_000
const flushSize = 1_000

/** Through the stream, against one flow in the process that makes the rows; and with more workers, against fewer. */
export const streamsBenches: readonly BenchCase[] = [
  { name: '2 producers, 2 workers, ledger', subject: 'ledger22', baseline: 'flow', rows, flushSize },
  { name: '2 producers, 2 workers, flow', subject: 'flow22', baseline: 'flow', rows, flushSize },
  { name: '2 producers, 1 worker, ledger', subject: 'ledger21', baseline: 'flow', rows, flushSize },
  { name: '2 workers against 1', subject: 'ledger22', baseline: 'ledger21', rows, flushSize },
  { name: '3 workers against 2', subject: 'ledger23', baseline: 'ledger22', rows, flushSize },
  { name: '4 workers against 3', subject: 'ledger24', baseline: 'ledger23', rows, flushSize },
  { name: 'one flow, without the stream', subject: 'flow', rows, flushSize },
]
