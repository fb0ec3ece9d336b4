import { catalogueEntry } from '../store/catalogue-entry.ts'
import { gcRuns, memoryBytes, windowBatches, windowRowsPerSecond } from './hidden-families.ts'
import { PerFlow } from './per-flow.ts'
import { Pick, type PickOptions } from './pick.ts'
import { Quotient, type Side } from './quotient.ts'
import type { View } from './view.ts'
import { WhileOpen } from './while-open.ts'

const batches = 'batchflow_batches_total'
const execution = 'batchflow_execute_duration_seconds'
const settled = 'batchflow_rows_settled_total'
const mebibyte = 1 / 2 ** 20

/** BatchSQL's name for the flow. */
const renames = { test_case: 'instance_id' }

/** All views: whatever the guides call by another name, count in another unit or count twice. They keep what they make
 * of labels, so every store has its own. */
export function createViews(): readonly View[] {
  return [
    pick('batchflow_records_rate_total', 'batchflow_records_processed_total', {
      where: { status: ['processed'] },
    }),
    pick('batchflow_batch_execution_duration_ms', execution, { scale: 1_000 }),
    pick('batchflow_batch_success_total', batches, { where: { status: ['success'] } }),
    pick('batchflow_batch_failed_total', batches, { where: { status: ['fail'] } }),
    pick('batchflow_active_connections', 'batchflow_pool_connections', { where: { state: ['in_use'] } }),
    pick('max_connections', 'batchflow_pool_max_connections'),
    pick('batchflow_current_rps', windowRowsPerSecond.name),
    quotient('batchflow_error_rate', [windowBatches.name, { where: { status: ['fail'] } }], {
      under: [windowBatches.name],
      // No batch was finished, so none failed.
      whenZero: 0,
    }),
    quotient('batchflow_buffer_utilization', ['batchflow_pipeline_queue_length'], {
      under: ['batchflow_queue_capacity_rows'],
    }),
    new WhileOpen(
      quotient(
        'batchflow_data_integrity_rate',
        [settled, { where: { outcome: ['written', 'coalesced'] } }],
        // Zero until the first row is settled: then there is no share to show.
        { under: [settled] },
      ),
    ),
    perFlow('batchflow_memory_usage_bytes', memoryBytes.name, { where: { type: ['alloc'] } }),
    perFlow('batchflow_memory_usage_mb', memoryBytes.name, {
      where: { type: ['alloc', 'total_alloc', 'sys'] },
      scale: mebibyte,
    }),
    pick('batchsql_batch_execution_duration_seconds', execution, { renames }),
    pick('batchsql_batch_execution_total', batches, { renames }),
    pick('batchsql_batch_size', 'batchflow_batch_size', { renames }),
    pick('batchsql_errors_total', 'batchflow_errors_total', { renames }),
    perFlow('batchsql_memory_usage_mb', memoryBytes.name, { renames, scale: mebibyte }),
    perFlow('batchsql_gc_count', gcRuns.name, { renames }),
  ]
}

function pick(name: string, source: string, options?: PickOptions): View {
  return new Pick(catalogueEntry(name), source, options)
}

function perFlow(name: string, source: string, options: PickOptions): View {
  return new PerFlow(catalogueEntry(name), source, options)
}

function quotient(
  name: string,
  over: Side,
  { under, whenZero }: { readonly under: Side; readonly whenZero?: number },
): View {
  return new Quotient(catalogueEntry(name), { over, under, ...(whenZero === undefined ? {} : { whenZero }) })
}
