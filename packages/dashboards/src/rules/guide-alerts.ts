import { window } from '../config/duration.ts'
import type { AlertSpec } from './alert.ts'

const flowVariables = ['job', 'database']

/** The four alerts of guide 000, corrected. */
export const guide000Alerts: readonly AlertSpec[] = [
  {
    name: 'BatchFlowHighErrorRate',
    severity: 'warning',
    component: 'flow',
    for: '2m',
    expr: (config) => {
      const failed = `sum by (job, database) (rate(batchflow_batch_failed_total[${window('5m', config)}]))`
      const succeeded = `sum by (job, database) (rate(batchflow_batch_success_total[${window('5m', config)}]))`
      return `${failed} / (${succeeded} + ${failed}) > 0.05`
    },
    summary: 'Batches to {{ $labels.database }} fail',
    description:
      '{{ $value | humanizePercentage }} of the batches had rows given up. First look at the reasons on the retry dashboard.',
    dashboard: 'batchflow-retry',
    variables: flowVariables,
    weakness:
      'No volume guard: one failed batch of three fires. A batch with one bad row counts like a lost batch. The original did not parse.',
  },
  {
    name: 'BatchFlowLowDataIntegrity',
    severity: 'critical',
    component: 'flow',
    for: '1m',
    expr: () => 'min by (job, database, instance_id) (batchflow_data_integrity_rate) < 0.95',
    summary: 'Rows of {{ $labels.instance_id }} are missing in {{ $labels.database }}',
    description:
      'Only {{ $value | humanizePercentage }} of the rows since the start of the process are in the database. First look into the dead-letter handler.',
    dashboard: 'batchflow-integrity',
    variables: ['job', 'database', 'instance_id'],
    weakness:
      'A ratio over the life of the process: after a million good rows it does not see 50,000 bad ones, and after a bad start it fires for days.',
  },
  {
    name: 'BatchFlowLowPerformance',
    severity: 'warning',
    component: 'flow',
    for: '5m',
    expr: () =>
      'sum by (job, database) (batchflow_current_rps) < 1000 and sum by (job, database) (batchflow_pipeline_queue_length) > 0',
    summary: 'Writing to {{ $labels.database }} is slow',
    description:
      '{{ $value | humanize }} rows per second while rows wait. First see how long batches take and how many are in flight.',
    dashboard: 'batchflow-trend',
    variables: flowVariables,
    weakness:
      'A fixed number of rows that fits no two services. The original fired whenever nobody wrote anything, every night.',
  },
  {
    name: 'BatchFlowHighMemoryUsage',
    severity: 'warning',
    component: 'process',
    for: '3m',
    expr: () => 'max by (job, instance) (batchflow_memory_usage_bytes) > 1073741824',
    summary: '{{ $labels.instance }} uses {{ $value | humanize1024 }}B of heap',
    description: 'First compare with the heap limit on the Node.js dashboard, then take a heap profile.',
    dashboard: 'nodejs-runtime',
    variables: ['job', 'instance'],
    weakness:
      'A fixed size, whatever the limit: harmless with a limit of 8 GiB, too late with one of 1 GiB. The original named a template function that does not exist.',
  },
]

const failedShare = (metric: string, by: string, of: string) =>
  `sum by (${by}) (rate(${metric}{status="failed"}[${of}])) / sum by (${by}) (rate(${metric}[${of}]))`

const p95 = (histogram: string, by: string, of: string) =>
  `histogram_quantile(0.95, sum by (${by}, le) (rate(${histogram}_bucket[${of}])))`

const noGuard = 'No volume guard: at night one failure of ten fires.'
const aCause = 'A cause, not what users notice: it may be high and nobody suffers.'

/** The fifteen alerts of guide 004's rule file, corrected. */
export const guide004Alerts: readonly AlertSpec[] = [
  {
    name: 'HighHTTPErrorRate',
    severity: 'critical',
    component: 'http',
    for: '5m',
    expr: (config) => {
      const of = window('5m', config)
      return `sum by (job) (rate(chatim_http_requests_total{status=~"5.."}[${of}])) / sum by (job) (rate(chatim_http_requests_total[${of}])) > 0.05`
    },
    summary: '{{ $labels.job }} answers with errors',
    description: '{{ $value | humanizePercentage }} of the requests got 5xx. First see which endpoint.',
    dashboard: 'chatim-overview',
    variables: ['job'],
    weakness: noGuard,
  },
  {
    name: 'HighHTTPLatency',
    severity: 'warning',
    component: 'http',
    for: '10m',
    expr: (config) => `${p95('chatim_http_request_duration_seconds', 'job', window('5m', config))} > 1`,
    summary: '{{ $labels.job }} is slow',
    description:
      'One request in twenty takes longer than {{ $value | humanizeDuration }}. First see which endpoint.',
    dashboard: 'chatim-performance',
    variables: ['job'],
    weakness: 'One limit for all endpoints: an upload and a ping are measured alike.',
  },
  {
    name: 'HTTPRequestDropped',
    severity: 'warning',
    component: 'http',
    for: '10m',
    expr: (config) => {
      const requests = `rate(chatim_http_requests_total[${window('5m', config)}]`
      return `sum by (job) (${requests})) < 0.5 * sum by (job) (${requests} offset 1h))`
    },
    summary: '{{ $labels.job }} gets half of the requests of an hour ago',
    description:
      '{{ $value | humanize }} requests per second. First see whether the way in is broken: DNS, load balancer, certificates.',
    dashboard: 'chatim-overview',
    variables: ['job'],
    weakness: 'Fires every evening when people go home.',
  },
  {
    name: 'HighMessageSendFailureRate',
    severity: 'critical',
    component: 'messages',
    for: '5m',
    expr: (config) => `${failedShare('chatim_messages_sent_total', 'job, type', window('5m', config))} > 0.1`,
    summary: '{{ $labels.type }} messages fail',
    description: '{{ $value | humanizePercentage }} were not sent. First see whether Redis answers.',
    dashboard: 'chatim-messages',
    variables: ['job'],
    weakness: noGuard,
  },
  {
    name: 'RedisStreamBacklog',
    severity: 'warning',
    component: 'redis',
    for: '10m',
    expr: () => 'max by (job, stream_key) (chatim_redis_stream_pending_messages) > 1000',
    summary: 'Messages wait in {{ $labels.stream_key }}',
    description: '{{ $value | humanize }} are not acknowledged. First see whether its consumers are up.',
    dashboard: 'chatim-messages',
    variables: ['job'],
    weakness: 'A fixed number: a busy stream has 1000 in flight and is well, a quiet one with 900 is dead.',
  },
  {
    name: 'WebSocketConnectionDropped',
    severity: 'warning',
    component: 'websocket',
    for: '5m',
    expr: () =>
      'sum by (job) (chatim_websocket_active_connections) < 0.7 * sum by (job) (chatim_websocket_active_connections offset 10m)',
    summary: '{{ $labels.job }} has lost connections',
    description:
      '{{ $value | humanize }} are left, less than 70 % of ten minutes ago. First see whether an instance restarted.',
    dashboard: 'chatim-overview',
    variables: ['job'],
    weakness: 'Fires at each deployment and every night.',
  },
  {
    name: 'HighMemoryUsage',
    severity: 'warning',
    component: 'process',
    for: '10m',
    expr: () => 'max by (job, instance) (chatim_go_memory_heap_bytes) > 1073741824',
    summary: '{{ $labels.instance }} uses {{ $value | humanize1024 }}B of heap',
    description: 'First compare with the heap limit, then take a heap profile.',
    dashboard: 'chatim-overview',
    variables: ['job', 'instance'],
    weakness: `A fixed size, whatever the limit. ${aCause}`,
  },
  {
    name: 'HighGoroutineCount',
    severity: 'warning',
    component: 'process',
    for: '10m',
    expr: () => 'max by (job, instance) (chatim_go_goroutines) > 10000',
    summary: '{{ $labels.instance }} has {{ $value }} active resources',
    description:
      'Sockets, timers and requests that are not over. First see of which type on the Node.js dashboard.',
    dashboard: 'nodejs-runtime',
    variables: ['job', 'instance'],
    weakness: 'Each open connection is a resource: a service with 10,000 users fires and is well.',
  },
  {
    name: 'HighGCPause',
    severity: 'warning',
    component: 'process',
    for: '10m',
    expr: (config) =>
      `${p95('chatim_go_gc_pause_duration_seconds', 'job, instance', window('5m', config))} > 0.1`,
    summary: 'Garbage collection holds up {{ $labels.instance }}',
    description:
      'One pause in twenty is longer than {{ $value | humanizeDuration }}. First see whether the heap is near its limit.',
    dashboard: 'nodejs-runtime',
    variables: ['job', 'instance'],
    weakness: `${aCause} In the original the largest bucket was 0.05 s, so it could never fire.`,
  },
  {
    name: 'HighRedisFailureRate',
    severity: 'critical',
    component: 'redis',
    for: '5m',
    expr: (config) =>
      `${failedShare('chatim_redis_operations_total', 'job, operation', window('5m', config))} > 0.05`,
    summary: 'Redis {{ $labels.operation }} fails',
    description: '{{ $value | humanizePercentage }} of the operations failed. First try redis-cli ping.',
    dashboard: 'chatim-performance',
    variables: ['job'],
    weakness: noGuard,
  },
  {
    name: 'HighRedisLatency',
    severity: 'warning',
    component: 'redis',
    for: '10m',
    expr: (config) =>
      `${p95('chatim_redis_operation_duration_seconds', 'job, operation', window('5m', config))} > 0.05`,
    summary: 'Redis {{ $labels.operation }} is slow',
    description:
      'One in twenty takes longer than {{ $value | humanizeDuration }}. First look at SLOWLOG GET.',
    dashboard: 'chatim-performance',
    variables: ['job'],
    weakness: 'A blocking XREAD is slow by design and fires.',
  },
  {
    name: 'HighDBFailureRate',
    severity: 'critical',
    component: 'database',
    for: '5m',
    expr: (config) =>
      `${failedShare('chatim_db_queries_total', 'job, operation, table', window('5m', config))} > 0.05`,
    summary: '{{ $labels.operation }} on {{ $labels.table }} fails',
    description:
      '{{ $value | humanizePercentage }} of the queries failed. First read the log of the database.',
    dashboard: 'chatim-performance',
    variables: ['job'],
    weakness: noGuard,
  },
  {
    name: 'HighDBLatency',
    severity: 'warning',
    component: 'database',
    for: '10m',
    expr: (config) =>
      `${p95('chatim_db_query_duration_seconds', 'job, operation, table', window('5m', config))} > 1`,
    summary: '{{ $labels.operation }} on {{ $labels.table }} is slow',
    description:
      'One in twenty takes longer than {{ $value | humanizeDuration }}. First look at the slow-query log.',
    dashboard: 'chatim-performance',
    variables: ['job'],
    weakness: 'One limit for all statements: a report and a lookup are measured alike.',
  },
  {
    name: 'ServiceDown',
    severity: 'critical',
    component: 'process',
    for: '1m',
    expr: ({ job, chatJob }) => `up{job=~"${job}|${chatJob}"} == 0`,
    summary: '{{ $labels.job }} does not answer',
    description:
      '{{ $labels.instance }} has not answered a scrape for a minute. First see whether the process is up.',
    dashboard: 'batchflow-exporter',
    variables: ['job', 'instance'],
    weakness:
      "Says nothing when a target disappears from the configuration. The original looked at every job of the Prometheus, other people's too.",
  },
  {
    name: 'FrequentRestarts',
    severity: 'warning',
    component: 'process',
    for: '5m',
    expr: (config) =>
      `max by (job, instance) (changes(process_start_time_seconds[${window('1h', config)}])) > 3`,
    summary: '{{ $labels.instance }} restarts again and again',
    description: '{{ $value }} times within an hour. First read the exit code: 137 is out of memory.',
    dashboard: 'nodejs-runtime',
    variables: ['job', 'instance'],
    weakness: 'A target whose address changes with each restart is never seen to restart.',
  },
]
