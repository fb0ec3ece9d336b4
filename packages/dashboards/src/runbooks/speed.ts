import type { Runbook } from './runbook.ts'

const stages = {
  ask: 'Which stage takes the time? Compare the four means.',
  expr: 'sum by (instance_id) (rate(batchflow_execute_duration_seconds_sum[5m])) / (sum by (instance_id) (rate(batchflow_execute_duration_seconds_count[5m])) > 0)',
}
const utilisation = {
  ask: 'Are all slots busy?',
  expr: 'sum by (database, instance_id) (rate(batchflow_executor_busy_seconds_total[5m])) / sum by (database, instance_id) (batchflow_executor_concurrency)',
}
const retries = {
  ask: 'What is retried?',
  expr: 'sum by (table, error_type) (rate(batchflow_errors_total{error_type=~"retry:.+"}[5m])) > 0',
}

/** Runbooks of alerts on rows that are written late. */
export const speedRunbooks: readonly Runbook[] = [
  {
    alert: 'BatchFlowCommitLatency',
    meaning:
      'More rows than the objective allows (1 % over 30 days) took longer than 0.512 s from submit to commit.',
    affected: 'Readers see rows late. Nothing is lost.',
    queries: [stages, utilisation, retries],
    decisions: [
      {
        seen: 'enqueue is the highest stage',
        cause: 'the buffer is full: callers wait for room',
        command: 'curl -s http://HOST:2112/metrics | grep rows_pending',
      },
      {
        seen: 'dequeue is the highest, slots are not busy',
        cause: 'flushIntervalMs is long for so little traffic',
        command: 'curl -s http://HOST:2112/metrics | grep flush_interval_seconds',
      },
      {
        seen: 'dequeue is the highest, slots are busy',
        cause: 'concurrencyLimit is too low, or batches are slow',
        command: 'curl -s http://HOST:2112/metrics | grep executor_concurrency',
      },
      {
        seen: 'execute is the highest, with retries',
        cause: 'locks or time-outs: the runbook of BatchFlowRetryStorm',
        command: 'psql -c "select * from pg_locks where not granted"',
      },
      {
        seen: 'execute is the highest, without retries',
        cause: 'the database works slowly: indexes, triggers, disk',
        command: 'psql -c "select query, mean_exec_time from pg_stat_statements order by 2 desc limit 5"',
      },
    ],
    stop: [
      'flow.retune({ concurrencyLimit }) upwards while the pool and the database have room.',
      'flow.retune({ flushIntervalMs }) downwards when traffic is thin.',
      'Take a profile when the event loop is late: the runbook of BatchFlowEventLoopBlocked.',
    ],
    escalate: 'To the owner of the database when execute has grown and the traffic has not.',
    falseAlarms: 'A flow with flushIntervalMs above 512 cannot keep this objective: give it one of its own.',
  },
  {
    alert: 'BatchFlowWritesStalled',
    meaning:
      'Rows wait, and for two minutes none was committed. A value of decades (since 1970) means that this flow never wrote a row.',
    affected: 'Readers of all tables of the flow; soon the callers too, when the buffer is full.',
    queries: [
      {
        ask: 'Since when?',
        expr: 'time() - max by (database, instance_id) (batchflow_last_success_timestamp_seconds)',
      },
      retries,
      {
        ask: 'Are batches in flight or in back-off?',
        expr: 'sum by (database, instance_id) (batchflow_inflight_batches) + sum by (database, instance_id) (batchflow_retries_inflight)',
      },
    ],
    decisions: [
      {
        seen: 'retry:connection',
        cause: 'the database is down, or the way to it: address, firewall, TLS',
        command: 'nc -vz DBHOST 5432',
      },
      {
        seen: 'retry:timeout, batches in flight',
        cause: 'each attempt hangs: a lock, a full disk, a dead replica that commits wait for',
        command:
          'psql -c "select pid, wait_event, now() - xact_start from pg_stat_activity order by 3 desc nulls last"',
      },
      {
        seen: 'nothing in flight, no retries',
        cause:
          'a lane is stopped by a configuration error (schema, permission) and probes it every configurationRetryMs',
        command: 'psql -c "\\dp TABLE"',
      },
      {
        seen: 'the dead-letter handler rejects',
        cause: 'rows that were given up stay pending until it takes them',
        command: 'df -h DEAD_LETTER_FOLDER',
      },
    ],
    stop: [
      'Bring the database back. Rows wait in memory, up to bufferSize, and are written when it answers.',
      'Do not restart the writer: what waits is in its memory only.',
      'If it must be stopped, close() returns the rows: keep what it rejects with.',
    ],
    escalate: 'At once to the owner of the database. To the callers when the buffer is above 90 %.',
    falseAlarms: 'One row an hour to a table that takes longer than a minute to write it.',
  },
  {
    alert: 'BatchFlowQueueNearFull',
    meaning:
      'Rows that are not settled take up more than nine tenths of the buffer. At the end submit waits (or refuses, as the policy says).',
    affected: 'Nobody yet; the callers next.',
    queries: [
      {
        ask: 'Does it still fill? Above 0: yes.',
        expr: 'sum by (instance_id) (rate(batchflow_rows_submitted_total[5m])) - sum by (instance_id) (rate(batchflow_rows_settled_total[5m]))',
      },
      utilisation,
      retries,
    ],
    decisions: [
      {
        seen: 'slots are busy, no retries',
        cause: 'the database is the limit',
        command: 'flow.retune({ flushSize: 2000 })',
      },
      {
        seen: 'slots are idle, retries',
        cause: 'batches are in back-off',
        command: 'curl -s http://HOST:2112/metrics | grep retries_inflight',
      },
      {
        seen: 'slots are idle, no retries',
        cause: 'one table is stopped and its rows take up the room',
        command: 'curl -s http://HOST:2112/metrics | grep oldest_age',
      },
    ],
    stop: [
      'Raise flushSize and concurrencyLimit by flow.retune.',
      'Slow the source down, or stop the least important one.',
    ],
    escalate: 'When submit begins to wait and callers have deadlines.',
    falseAlarms:
      'A loader that is meant to be slowed down by back-pressure runs full by design: silence it by instance_id.',
  },
  {
    alert: 'BatchFlowOldestRow',
    meaning:
      'The oldest row of a flow has waited for more than a minute and more than three flush intervals.',
    affected: 'Readers of the table that it is for. Other tables may be well.',
    queries: [
      {
        ask: 'How old?',
        expr: 'max by (database, instance_id) (batchflow_queue_oldest_age_seconds)',
      },
      {
        ask: 'Which tables are still written?',
        expr: 'sum by (table) (rate(batchflow_batches_total{status="success"}[5m]))',
      },
      retries,
    ],
    decisions: [
      {
        seen: 'one table is missing in the second query',
        cause: 'its lane is stopped: schema, permission, a lock on the whole table',
        command:
          'psql -c "select relation::regclass, mode, granted from pg_locks where relation is not null"',
      },
      {
        seen: 'all tables are written',
        cause: 'rows with the key of a batch that hangs wait for it',
        command: 'psql -c "select pid, now() - query_start, query from pg_stat_activity order by 2 desc"',
      },
      {
        seen: 'none is written',
        cause: 'the runbook of BatchFlowWritesStalled',
        command: 'pg_isready -h DBHOST',
      },
    ],
    stop: [
      'End the session that holds the lock.',
      'Undo the migration that the table does not fit any more.',
    ],
    escalate: 'To the owner of the table.',
    falseAlarms: 'A flush interval of minutes that was set on purpose is taken into account.',
  },
  {
    alert: 'BatchFlowRetryStorm',
    meaning:
      'More than one batch in five is retried, with more than one batch a second. Work is done twice, and latency grows.',
    affected: 'Readers see rows late; the database does more work than it needs.',
    queries: [
      retries,
      {
        ask: 'How many attempts does a batch take?',
        expr: 'histogram_quantile(0.95, sum by (le, instance_id) (rate(batchflow_attempts_per_batch_bucket[5m])))',
      },
      {
        ask: 'How much time goes into back-off?',
        expr: 'sum by (instance_id) (rate(batchflow_retry_backoff_seconds_total[5m]))',
      },
    ],
    decisions: [
      {
        seen: 'retry:deadlock',
        cause: 'another writer takes the same rows in another order; two flows of ours do not',
        command: 'grep "deadlock detected" postgresql.log | tail',
      },
      {
        seen: 'retry:lock_timeout',
        cause: 'a long transaction or DDL holds the table',
        command:
          'psql -c "select pg_blocking_pids(pid), query from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0"',
      },
      {
        seen: 'retry:timeout, retry:processor_timeout',
        cause: 'timeoutMs is shorter than a batch takes: a smaller flushSize',
        command: 'flow.retune({ flushSize: 200 })',
      },
      {
        seen: 'retry:connection',
        cause: 'connections are cut: a proxy, a failover, too many clients',
        command: 'psql -c "show max_connections"',
      },
      {
        seen: 'retry:throttled',
        cause: 'the database asks for less',
        command: 'flow.retune({ concurrencyLimit: 1 })',
      },
    ],
    stop: ['Lower concurrencyLimit: fewer batches collide.', 'End the transaction that blocks.'],
    escalate: 'To the owner of the database when the reason is locks of somebody else.',
    falseAlarms: 'A failover: it lasts for seconds, the alert wants five minutes.',
  },
]
