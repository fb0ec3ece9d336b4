import type { Runbook } from './runbook.ts'

const restarts = {
  ask: 'Did it restart?',
  expr: 'changes(process_start_time_seconds{job="batchflow"}[1h])',
}
const heap = {
  ask: 'How full is the heap?',
  expr: 'max by (instance) (nodejs_heap_size_used_bytes / nodejs_heap_size_limit_bytes)',
}

/** Runbooks of alerts on processes, pools and monitoring itself. */
export const processRunbooks: readonly Runbook[] = [
  {
    alert: 'BatchFlowWriterDown',
    meaning:
      'A writer did not answer the scrape for a minute, or Prometheus knows of no writer at all (then the alert names no instance).',
    affected:
      'If the process is gone: rows that it had accepted and not written are lost with it, and nobody writes new ones.',
    queries: [
      { ask: 'Which do not answer?', expr: 'up{job="batchflow"} == 0' },
      restarts,
      {
        ask: 'What did it hold when it was last seen?',
        expr: 'max by (instance, instance_id) (last_over_time(batchflow_rows_pending[15m]))',
      },
    ],
    decisions: [
      {
        seen: 'the process is not there',
        cause: 'it ended: out of memory, an exception, a deployment',
        command: 'kubectl describe pod POD | grep -A3 "Last State"',
      },
      {
        seen: 'the process is there, the port does not answer',
        cause: 'the event loop is blocked, or the page is bound to another address',
        command: 'curl -m 5 -sS http://HOST:2112/healthz',
      },
      {
        seen: 'the port answers from the host only',
        cause: 'it is bound to 127.0.0.1, which is the default, or a firewall',
        command: 'ss -ltn | grep 2112',
      },
      {
        seen: 'no instance in the alert',
        cause: 'service discovery finds nothing: a renamed job, an empty targets file',
        command: 'promtool check config /etc/prometheus/prometheus.yml',
      },
    ],
    stop: ['Start it again.', 'Have the callers send again what they were not told is settled.'],
    escalate: 'When it ends again within ten minutes.',
    falseAlarms: 'A planned stop: silence the job while you deploy.',
  },
  {
    alert: 'BatchFlowPoolWaiting',
    meaning: 'For five minutes somebody has waited for a connection from the pool.',
    affected: 'Batches start late; so does whatever else uses the same pool.',
    queries: [
      { ask: 'Where are the connections?', expr: 'sum by (database, state) (batchflow_pool_connections)' },
      {
        ask: 'How long is the wait?',
        expr: 'histogram_quantile(0.95, sum by (le, database) (rate(batchflow_pool_acquire_duration_seconds_bucket[5m])))',
      },
      {
        ask: 'Did waits end without a connection?',
        expr: 'sum by (database) (increase(batchflow_pool_acquire_timeouts_total[15m]))',
      },
    ],
    decisions: [
      {
        seen: 'in_use equals the limit, execute is fast',
        cause: 'the pool is smaller than concurrencyLimit, or shared with others',
        command: 'new Pool({ max: concurrencyLimit + 2 })',
      },
      {
        seen: 'in_use equals the limit, execute is slow',
        cause: 'the database holds connections for long',
        command: 'psql -c "select state, count(*) from pg_stat_activity group by 1"',
      },
      {
        seen: 'idle in transaction on the server',
        cause: 'somebody forgets to commit',
        command: 'psql -c "set idle_in_transaction_session_timeout = \'30s\'"',
      },
    ],
    stop: ['Raise max of the pool, below the limit of the server.', 'Lower concurrencyLimit by flow.retune.'],
    escalate: 'To the owner of the database when the server has no connections left.',
    falseAlarms: 'A pool of one connection on purpose (SQLite reports 1 of 1 and never waits here).',
  },
  {
    alert: 'BatchFlowEventLoopBlocked',
    meaning:
      'One in a hundred delays of the event loop is longer than a quarter of a second: something runs for that long without giving way.',
    affected: 'Everything in the process: timers, flushes, answers, the metrics page itself.',
    queries: [
      {
        ask: 'Since when?',
        expr: 'histogram_quantile(0.99, sum by (le, instance) (rate(nodejs_eventloop_delay_seconds_bucket[5m])))',
      },
      {
        ask: 'Is the loop busy, or was it one long piece?',
        expr: 'max by (instance) (nodejs_eventloop_utilization_ratio)',
      },
      {
        ask: 'Is it garbage collection?',
        expr: 'sum by (instance, kind) (rate(nodejs_gc_duration_seconds_sum[5m]))',
      },
    ],
    decisions: [
      {
        seen: 'utilisation near 1',
        cause: 'too much work for one thread',
        command: 'curl -so cpu.pb.gz "http://127.0.0.1:6060/debug/pprof/profile?seconds=10"',
      },
      {
        seen: 'low utilisation, high p99',
        cause: 'one long piece: JSON of megabytes, a regular expression, synchronous files',
        command: 'curl -s "http://127.0.0.1:6060/debug/pprof/block?debug=1"',
      },
      {
        seen: 'major collections take the time',
        cause: 'the heap is near its limit',
        command: 'curl -so heap.pb.gz http://127.0.0.1:6060/debug/pprof/heap',
      },
    ],
    stop: ['Take traffic off the instance.', 'Restart it in order (close first) if it does not recover.'],
    escalate: 'To the developers with the profile.',
    falseAlarms: 'A machine without free processors delays everybody: compare with other processes on it.',
  },
  {
    alert: 'BatchFlowHeapNearLimit',
    meaning: 'The heap is nine tenths full. At the limit Node.js ends the process.',
    affected: 'Nobody yet; then everybody, and the rows in the buffer.',
    queries: [
      heap,
      { ask: 'Is it the buffer?', expr: 'sum by (instance, instance_id) (batchflow_queue_bytes)' },
      {
        ask: 'Does it grow? Bytes per hour.',
        expr: 'deriv(nodejs_heap_size_used_bytes[1h]) * 3600',
      },
    ],
    decisions: [
      {
        seen: 'the buffer is large',
        cause: 'bufferBytes does not fit the heap',
        command: 'node --max-old-space-size=2048 server.js',
      },
      {
        seen: 'it grows for hours, the buffer does not',
        cause: 'a leak: two heap profiles an hour apart show where',
        command: 'go tool pprof -base old.pb.gz new.pb.gz',
      },
      {
        seen: 'it jumps with the traffic',
        cause: 'many large rows at once',
        command: 'curl -s http://HOST:2112/metrics | grep batch_bytes_sum',
      },
    ],
    stop: ['Lower bufferBytes, or raise --max-old-space-size.', 'Restart in order: close first.'],
    escalate: 'To the developers with both heap profiles.',
    falseAlarms: 'V8 lets the heap fill before it collects: the alert wants five minutes.',
  },
  {
    alert: 'BatchFlowFrequentRestarts',
    meaning: 'A writer has started more than three times within an hour.',
    affected: 'Each end that is no orderly close loses what was accepted and not written.',
    queries: [
      restarts,
      heap,
      {
        ask: 'What was pending before?',
        expr: 'max by (instance) (max_over_time(batchflow_rows_pending[1h]))',
      },
    ],
    decisions: [
      {
        seen: 'exit code 137',
        cause: 'out of memory: the container limit is below the heap limit',
        command: 'kubectl describe pod POD | grep -i oom',
      },
      {
        seen: 'exit code 1',
        cause: 'an exception that nobody caught',
        command: 'kubectl logs POD --previous | tail -50',
      },
      {
        seen: 'exit code 143',
        cause: 'somebody stops it: a probe that fails',
        command: 'kubectl get events | grep -i unhealthy',
      },
    ],
    stop: [
      'Roll the last deployment back.',
      'Give the container more memory than --max-old-space-size and 256 MiB.',
    ],
    escalate: 'To the developers with the last log.',
    falseAlarms: 'Several deployments within an hour.',
  },
  {
    alert: 'BatchFlowMetricsCardinality',
    meaning:
      'A family of metrics has more label values than its cap (50; 20 tables in histograms). What is beyond counts under __other__.',
    affected: 'Whoever looks at dashboards: totals are right, the names beyond the cap are missing.',
    queries: [
      {
        ask: 'Which family?',
        expr: 'sum by (instance, family) (increase(batchflow_metrics_dropped_labels_total[1h])) > 0',
      },
      { ask: 'How many series?', expr: 'max by (instance) (batchflow_metrics_series)' },
      {
        ask: 'How many tables?',
        expr: 'count by (instance) (count by (instance, table) (batchflow_batches_total))',
      },
    ],
    decisions: [
      {
        seen: 'many tables',
        cause: 'a table per tenant or per day',
        command: 'createPrometheusReporter({ tableLabel: false })',
      },
      {
        seen: 'many instance_id',
        cause: 'instanceId is a process id or a host instead of a stable name',
        command: 'grep -rn "instanceId" src',
      },
      {
        seen: 'a family of your own',
        cause: 'user input as a label',
        command: 'curl -s http://HOST:2112/metrics | cut -d"{" -f1 | sort | uniq -c | sort -rn | head',
      },
    ],
    stop: ['Nothing burns: the guard holds. Repair the label with the next deployment.'],
    escalate: 'Not needed.',
    falseAlarms:
      'More than 20 tables that are all wanted by name: switch the table label off, or split the flow.',
  },
  {
    alert: 'BatchFlowWatchdog',
    meaning:
      "Fires always. It shows that rules are evaluated and notifications leave. Its end is the alarm: send it to a dead man's switch.",
    affected: 'When it stops: nobody is told of anything.',
    queries: [
      { ask: 'Does Prometheus evaluate?', expr: 'ALERTS{alertname="BatchFlowWatchdog"}' },
      { ask: 'Is everything scraped?', expr: 'up == 0' },
      { ask: 'How long do scrapes take?', expr: 'max by (job) (scrape_duration_seconds)' },
    ],
    decisions: [
      {
        seen: 'Prometheus does not answer',
        cause: 'it is down, or its disk is full',
        command: 'df -h /var/lib/prometheus',
      },
      {
        seen: 'Prometheus fires, Alertmanager does not know',
        cause: 'the address of Alertmanager',
        command: 'amtool --alertmanager.url=http://127.0.0.1:9093 alert query',
      },
      {
        seen: 'Alertmanager knows, nobody is told',
        cause: 'the bridge, its token, or the robot',
        command: 'curl -s http://127.0.0.1:9095/metrics | grep notifications_total',
      },
    ],
    stop: ['Watch the dashboards by eye until it fires again.'],
    escalate: 'At once: every other alert is silent too.',
    falseAlarms: 'None: it is meant to fire.',
  },
]
