import { window } from '../config/duration.ts'
import type { AlertSpec } from './alert.ts'

const processVariables = ['job', 'instance']

/** Alerts on the process and on monitoring itself. */
export const processAlerts: readonly AlertSpec[] = [
  {
    name: 'BatchFlowEventLoopBlocked',
    severity: 'warning',
    component: 'process',
    for: '5m',
    expr: (config) =>
      `histogram_quantile(0.99, sum by (job, instance, le) (rate(nodejs_eventloop_delay_seconds_bucket[${window('5m', config)}]))) > ${config.thresholds.eventLoopSeconds}`,
    summary: 'The event loop of {{ $labels.instance }} is late by {{ $value | humanizeDuration }}',
    description:
      'One in a hundred delays is longer: timers, flushes and answers are late. First take a profile of ten seconds from /debug/pprof/profile?seconds=10 and look for the widest frame.',
    dashboard: 'nodejs-runtime',
    variables: processVariables,
  },
  {
    name: 'BatchFlowHeapNearLimit',
    severity: 'warning',
    component: 'process',
    for: '5m',
    expr: ({ thresholds }) =>
      `max by (job, instance) (nodejs_heap_size_used_bytes / nodejs_heap_size_limit_bytes) > ${thresholds.heapFill}`,
    summary: 'The heap of {{ $labels.instance }} is {{ $value | humanizePercentage }} full',
    description:
      'At the limit the process ends and takes its buffer with it. First see whether the buffer is full (bufferBytes bounds it); if not, take a heap profile from /debug/pprof/heap.',
    dashboard: 'nodejs-runtime',
    variables: processVariables,
  },
  {
    name: 'BatchFlowFrequentRestarts',
    severity: 'warning',
    component: 'process',
    for: '5m',
    expr: (config) =>
      `max by (job, instance) (changes(process_start_time_seconds{job="${config.job}"}[${window('1h', config)}])) > ${config.thresholds.restarts}`,
    summary: '{{ $labels.instance }} has restarted {{ $value }} times within an hour',
    description:
      'Each restart that is not an orderly close loses what was accepted and not written. First read the last lines of its log, and the exit code: 137 is out of memory.',
    dashboard: 'nodejs-runtime',
    variables: processVariables,
  },
  {
    name: 'BatchFlowMetricsCardinality',
    severity: 'warning',
    component: 'metrics',
    for: '15m',
    expr: (config) =>
      `sum by (job, instance, family) (increase(batchflow_metrics_dropped_labels_total[${window('15m', config)}])) > 0`,
    summary: 'Labels of {{ $labels.family }} on {{ $labels.instance }} are folded into __other__',
    description:
      'A family has more label values than its cap. First see which label grows: a table per tenant, an instanceId that is not a stable name.',
    dashboard: 'batchflow-exporter',
    variables: processVariables,
  },
  {
    name: 'BatchFlowWatchdog',
    severity: 'none',
    component: 'metrics',
    for: '0s',
    expr: () => 'vector(1)',
    summary: 'Alerting works',
    description:
      'Fires always. Send it to somebody who raises the alarm when it stops: then Prometheus, Alertmanager or the way out of them is broken. First see whether Prometheus is up.',
    dashboard: 'batchflow-exporter',
    variables: [],
  },
]
