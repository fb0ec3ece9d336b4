import type { Runbook } from './runbook.ts'

const byReason = {
  ask: 'Why were rows given up?',
  expr: 'sum by (database, instance_id, reason) (increase(batchflow_rows_dead_lettered_total[1h])) > 0',
}
const byTable = {
  ask: 'Which tables have failed batches?',
  expr: 'topk(10, sum by (table) (rate(batchflow_batches_total{status="fail"}[5m])) / (sum by (table) (rate(batchflow_batches_total[5m])) > 0))',
}

/** Runbooks of alerts on rows that were not written. */
export const lossRunbooks: readonly Runbook[] = [
  {
    alert: 'BatchFlowRowsLost',
    meaning:
      'More rows than the objective allows (0.1 % over 30 days) ended as dead letters, were dropped, or were returned by a close that reached its deadline. Rows that nobody could have written (constraint, duplicate_key, invalid_row, too_large) do not count. At a burn of 14.4 the allowance of 30 days is gone in two.',
    affected:
      'Whoever reads the table: rows are missing until the dead letters are written again. The submitting service goes on.',
    queries: [
      {
        ask: 'How did rows end?',
        expr: 'sum by (database, instance_id, outcome) (rate(batchflow_rows_settled_total[5m]))',
      },
      byReason,
      byTable,
    ],
    decisions: [
      {
        seen: 'reason schema, syntax or permission, one table',
        cause: 'a migration or a grant that does not fit the definition of the table',
        command: 'psql -c "\\d+ TABLE"',
      },
      {
        seen: 'reason connection, timeout or io, all tables',
        cause: 'the database was away longer than retry.maxElapsedMs',
        command: 'pg_isready -h HOST',
      },
      {
        seen: 'reason readonly or disk_full',
        cause: 'a failover to a replica, or a full disk',
        command: 'psql -c "select pg_is_in_recovery()"',
      },
      {
        seen: 'outcome returned',
        cause: 'processes were stopped with less time than closeTimeoutMs',
        command: 'kubectl get pod POD -o jsonpath={.spec.terminationGracePeriodSeconds}',
      },
      {
        seen: 'outcome dropped',
        cause: 'the overflow policy dropNewest or dropOldest and a full buffer',
        command: 'curl -s http://HOST:2112/metrics | grep rows_pending',
      },
    ],
    stop: [
      'Keep the dead letters: see that the handler or sink still takes them (its disk, its queue).',
      'Repair the cause that the reason names; roll the migration back if it began with one.',
      'Write the dead letters again through the same flow: with a conflict key that is safe to repeat.',
    ],
    escalate:
      'To the owner of the database when the reason is connection, timeout, io, readonly or disk_full for more than 15 minutes; to the owner of the table when it is schema or permission.',
    falseAlarms:
      'A load test with faults on purpose. A service with less traffic than 100 rows an hour never fires.',
  },
  {
    alert: 'BatchFlowRowsDeadLettered',
    meaning:
      'Rows were handed to the dead-letter handler within the last 15 minutes. They are not in the table. Any number fires: each is a row that somebody has to look at.',
    affected: 'Readers of the table miss these rows. Other rows of the same batches were written.',
    queries: [
      byReason,
      byTable,
      {
        ask: 'What was retried before it was given up?',
        expr: 'sum by (table, error_type) (increase(batchflow_errors_total[1h])) > 0',
      },
    ],
    decisions: [
      {
        seen: 'constraint, duplicate_key',
        cause: 'rows that the table refuses: the caller sends them',
        command: 'grep constraint dead-letters.ndjson | head',
      },
      {
        seen: 'invalid_row, too_large',
        cause: 'a value that does not fit its column, or a row above maxRowBytes',
        command: 'grep invalid_row dead-letters.ndjson | head',
      },
      {
        seen: 'non_retryable with isolated: false',
        cause: 'more bad rows than maxIsolationStatements allows to look for: good rows are among them',
        command: 'grep \'"isolated":false\' dead-letters.ndjson | wc -l',
      },
      {
        seen: 'deadlock, lock_timeout, serialization',
        cause: 'another writer holds the same rows for longer than all retries take',
        command: 'psql -c "select * from pg_stat_activity where wait_event_type = \'Lock\'"',
      },
    ],
    stop: [
      'See that the handler keeps them: a handler that fails is retried and fills the buffer.',
      "For the caller's reasons: find the caller by the row, not by the flow.",
      'For all others: repair, then write them again.',
    ],
    escalate:
      "To the owner of the submitting service when the reason is the caller's and the rate does not fall.",
    falseAlarms:
      'A service that uses dead letters on purpose, as a filter for duplicates: use conflict ignore instead.',
  },
  {
    alert: 'BatchFlowRowsDropped',
    meaning:
      'Rows were dropped because the buffer was full and the overflow policy says so (dropNewest, dropOldest), or because the flow was stopped. They are gone.',
    affected: 'Readers of the table; nobody can bring these rows back but the caller.',
    queries: [
      {
        ask: 'How many, and why?',
        expr: 'sum by (database, instance_id, reason) (increase(batchflow_rows_dropped_total[1h])) > 0',
      },
      {
        ask: 'Is the buffer still full?',
        expr: 'max by (database, instance_id) (batchflow_rows_pending / batchflow_queue_capacity_rows)',
      },
      {
        ask: 'Is the database slower than before?',
        expr: 'histogram_quantile(0.95, sum by (le, database) (rate(batchflow_execute_duration_seconds_bucket[5m])))',
      },
    ],
    decisions: [
      {
        seen: 'execute p95 has grown',
        cause: 'the database: locks, vacuum, a missing index, another tenant',
        command: 'psql -c "select state, wait_event, query from pg_stat_activity"',
      },
      {
        seen: 'rows in have grown, execute has not',
        cause: 'more traffic than the flow was made for',
        command: 'curl -s http://HOST:2112/metrics | grep rows_submitted_total',
      },
      {
        seen: 'reason shutdown',
        cause: 'the process was stopped while rows waited',
        command: 'kubectl describe pod POD',
      },
    ],
    stop: [
      'Raise bufferSize if memory allows; it takes effect with a restart.',
      'Raise concurrencyLimit with flow.retune if the database has room.',
      'Change the policy to wait where the caller can wait: then nothing is dropped.',
    ],
    escalate: 'To the owner of the data when these rows may not be lost at all.',
    falseAlarms: 'Telemetry that is meant to be dropped under load: silence the alert for that instance_id.',
  },
  {
    alert: 'BatchFlowSubmitsRefused',
    meaning:
      "More submits than the objective allows (0.1 % over 30 days) were refused. Refusals that are the caller's fault (a bad or oversized row) do not count.",
    affected: 'The callers: they got an error or false and have to keep the row themselves.',
    queries: [
      {
        ask: 'Why are submits refused?',
        expr: 'sum by (database, instance_id, reason) (rate(batchflow_submit_rejected_total[5m])) > 0',
      },
      {
        ask: 'Are callers waiting too?',
        expr: 'sum by (database, instance_id) (batchflow_submit_waiting)',
      },
      {
        ask: 'How full is the buffer?',
        expr: 'max by (database, instance_id) (batchflow_rows_pending / batchflow_queue_capacity_rows)',
      },
    ],
    decisions: [
      {
        seen: 'queue_full',
        cause: 'the buffer is full and the policy is to refuse, or maxWaitingSubmits was reached',
        command: 'curl -s http://HOST:2112/metrics | grep submit_waiting',
      },
      {
        seen: 'batchflow_closed',
        cause: 'somebody submits to a flow that is closing: shut down intake first',
        command: 'grep -n "flow.close" -r src',
      },
      {
        seen: 'context_canceled, context_deadline_exceeded',
        cause: 'callers gave up while they waited for room',
        command: 'curl -s http://HOST:2112/metrics | grep blocked_seconds',
      },
    ],
    stop: [
      'Find what fills the buffer: the runbook of BatchFlowQueueNearFull.',
      'Slow the source down: submit waits by default, which is the brake.',
    ],
    escalate: 'To the owner of the calling service when rows are lost there.',
    falseAlarms: 'trySubmit used on purpose with a fallback path.',
  },
  {
    alert: 'BatchFlowSubmitsRejected',
    meaning:
      "Some submits were refused within the last 15 minutes, for a reason that is not the caller's. The first sign of what BatchFlowSubmitsRefused sees over days.",
    affected: 'The callers of these rows.',
    queries: [
      {
        ask: 'Which reason, which flow?',
        expr: 'sum by (database, instance_id, reason) (increase(batchflow_submit_rejected_total[15m])) > 0',
      },
      {
        ask: 'Did a process just stop?',
        expr: 'changes(process_start_time_seconds{job="batchflow"}[15m])',
      },
      {
        ask: 'How full was the buffer?',
        expr: 'max by (database, instance_id) (max_over_time(batchflow_rows_pending[15m]))',
      },
    ],
    decisions: [
      {
        seen: 'batchflow_closed and a restart',
        cause: 'a deployment that closes the flow before the intake',
        command: 'kubectl rollout history deployment/NAME',
      },
      {
        seen: 'queue_full in bursts',
        cause: 'bursts larger than bufferSize',
        command: 'curl -s http://HOST:2112/metrics | grep queue_capacity_rows',
      },
      {
        seen: 'context_canceled',
        cause: 'callers with a deadline shorter than the wait',
        command: 'grep -rn "AbortSignal.timeout" src',
      },
    ],
    stop: ['Raise bufferSize, or slow the source down.', 'Close the intake before the flow.'],
    escalate: 'When it lasts for an hour.',
    falseAlarms: 'One deployment, once.',
  },
]
