import type { Runbook } from '../runbook.ts'
import { retryReasons, outcomes, heap, collections, heapProfile, developers } from './shared.ts'

/** Runbooks of guide 000's alerts. */
export const guideFlowRunbooks: readonly Runbook[] = [
  {
    alert: 'BatchFlowHighErrorRate',
    meaning: 'More than one batch in twenty to a database had rows that were given up.',
    affected:
      'Readers of the tables: the rows given up are in the dead-letter handler, the others were written.',
    queries: [
      retryReasons,
      outcomes,
      { ask: 'Which tables?', expr: 'sum by (table, status) (rate(batchflow_batches_total[5m]))' },
    ],
    decisions: [
      {
        seen: 'one table, schema or permission',
        cause: 'a migration or a grant',
        command: 'psql -c "\\d+ TABLE"',
      },
      {
        seen: 'constraint or invalid_row',
        cause: 'bad rows of a caller',
        command: 'grep constraint dead-letters.ndjson | head',
      },
      { seen: 'connection or timeout, all tables', cause: 'the database', command: 'pg_isready -h HOST' },
    ],
    stop: ['See that the dead-letter handler keeps the rows.', 'Repair the cause, then write them again.'],
    escalate: 'To the owner of the database when all tables fail.',
    falseAlarms:
      'The operator rules see the same as BatchFlowRowsLost, by rows and with a guard: prefer them.',
  },
  {
    alert: 'BatchFlowLowDataIntegrity',
    meaning: 'Less than 95 % of the rows settled since the process started are in the database.',
    affected: 'Readers of the tables.',
    queries: [
      outcomes,
      retryReasons,
      { ask: 'The share itself', expr: 'min by (database, instance_id) (batchflow_data_integrity_rate)' },
    ],
    decisions: [
      { seen: 'dead_lettered grows', cause: 'rows are given up now', command: 'tail dead-letters.ndjson' },
      {
        seen: 'nothing grows',
        cause: 'it happened earlier; the ratio does not forget',
        command: 'curl -s http://HOST:2112/metrics | grep rows_settled_total',
      },
      {
        seen: 'dropped grows',
        cause: 'the overflow policy',
        command: 'curl -s http://HOST:2112/metrics | grep rows_dropped_total',
      },
    ],
    stop: ['Repair the cause.', 'Write the dead letters again; the ratio itself heals with a restart.'],
    escalate: 'To the owner of the data when rows are missing for an hour.',
    falseAlarms: 'Old losses: see the weakness below.',
  },
  {
    alert: 'BatchFlowLowPerformance',
    meaning: 'Less than 1,000 rows per second are written to a database while rows wait.',
    affected: 'Readers see rows late.',
    queries: [
      { ask: 'How fast?', expr: 'sum by (database) (batchflow_current_rps)' },
      {
        ask: 'How long does a batch take?',
        expr: 'histogram_quantile(0.95, sum by (le, database) (rate(batchflow_execute_duration_seconds_bucket[5m])))',
      },
      retryReasons,
    ],
    decisions: [
      {
        seen: 'batches are slow',
        cause: 'the database',
        command: 'psql -c "select state, wait_event, query from pg_stat_activity"',
      },
      {
        seen: 'batches are fast and small',
        cause: 'flushIntervalMs or the traffic',
        command: 'curl -s http://HOST:2112/metrics | grep batch_size_sum',
      },
      {
        seen: 'many retries',
        cause: 'locks or time-outs',
        command: 'curl -s http://HOST:2112/metrics | grep retry:',
      },
    ],
    stop: ['Raise flushSize and concurrencyLimit by flow.retune.'],
    escalate: 'When the buffer fills.',
    falseAlarms: 'A service that never writes 1,000 rows a second: set a number that fits.',
  },
  {
    alert: 'BatchFlowHighMemoryUsage',
    meaning: 'A process uses more than 1 GiB of heap.',
    affected: 'Nobody yet.',
    queries: [
      heap,
      { ask: 'Is it the buffer?', expr: 'sum by (instance, instance_id) (batchflow_queue_bytes)' },
      collections,
    ],
    decisions: [
      {
        seen: 'the buffer is large',
        cause: 'bufferBytes',
        command: 'curl -s http://HOST:2112/metrics | grep queue_bytes',
      },
      heapProfile,
      {
        seen: 'flat',
        cause: 'it needs that much',
        command: 'node -p "v8.getHeapStatistics().heap_size_limit"',
      },
    ],
    stop: ['Lower bufferBytes, or raise --max-old-space-size.'],
    escalate: developers,
    falseAlarms: 'A heap limit well above 1 GiB.',
  },
]
