import type { Metric } from '@batchflow/pipeline-metrics'

/** Families that views are computed from and that are on no page. Colons keep their names apart from all others. */

/** Memory of the process: `alloc` is the heap in use, `sys` the resident set, `current` the heap in use as BatchSQL
 * called it, `total_alloc` everything that was ever allocated, where V8 counts it. */
export const memoryBytes: Metric = {
  name: 'hidden:memory_bytes',
  type: 'gauge',
  unit: 'bytes',
  help: 'Memory of the process.',
  labels: ['type'],
  combine: 'max',
}

export const gcRuns: Metric = {
  name: 'hidden:gc_runs',
  type: 'gauge',
  unit: 'collections',
  help: 'Garbage collections of the process.',
  labels: [],
  combine: 'max',
}

export const windowRowsPerSecond: Metric = {
  name: 'hidden:window_rows_per_second',
  type: 'gauge',
  unit: 'rows/s',
  help: 'Rows processed per second in the last sampling window.',
  labels: ['database', 'instance_id'],
}

export const windowBatches: Metric = {
  name: 'hidden:window_batches',
  type: 'gauge',
  unit: 'batches',
  help: 'Batches finished in the last sampling window.',
  labels: ['database', 'instance_id', 'status'],
}
