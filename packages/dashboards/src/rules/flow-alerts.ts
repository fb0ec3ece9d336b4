import { window } from '../config/duration.ts'
import { callersRejections } from '../slo/slo.ts'
import type { AlertSpec } from './alert.ts'

const flow = 'job, database, instance_id'
const flowName = '{{ $labels.instance_id }} on {{ $labels.database }}'
const flowVariables = ['job', 'database', 'instance_id']

/** Alerts on what a flow does. Grouped by flow: one cause is one alert, however many processes it has. */
export const flowAlerts: readonly AlertSpec[] = [
  {
    name: 'BatchFlowWritesStalled',
    severity: 'critical',
    component: 'flow',
    for: '1m',
    expr: ({ thresholds }) =>
      `time() - max by (${flow}) (batchflow_last_success_timestamp_seconds) > ${thresholds.noSuccessSeconds} and sum by (${flow}) (batchflow_rows_pending) > 0`,
    summary: `Nothing of ${flowName} has been written for {{ $value | humanizeDuration }}`,
    description:
      'Rows wait and none is committed. First see whether the database answers: psql, mysql or redis-cli from the host of the writer. A value of decades means that nothing was ever written.',
    dashboard: 'batchflow',
    variables: flowVariables,
  },
  {
    name: 'BatchFlowWriterDown',
    severity: 'critical',
    component: 'process',
    for: '1m',
    expr: ({ job }) => `up{job="${job}"} == 0 or absent(up{job="${job}"})`,
    summary: 'A writer of job {{ $labels.job }} does not answer',
    description:
      '{{ if $labels.instance }}The metrics page of {{ $labels.instance }} is not answered.{{ else }}No writer of this job is known at all.{{ end }} First see whether the process is up; rows that it had accepted and not written are gone with it.',
    dashboard: 'batchflow',
    variables: ['job'],
  },
  {
    name: 'BatchFlowRowsDeadLettered',
    severity: 'warning',
    component: 'flow',
    for: '1m',
    expr: (config) =>
      `sum by (${flow}, reason) (increase(batchflow_rows_dead_lettered_total[${window('15m', config)}])) > 0`,
    summary: `Rows of ${flowName} were dead-lettered: {{ $labels.reason }}`,
    description:
      'About {{ $value | humanize }} rows within 15 minutes. First look into the dead-letter handler: each row is there with its error. The reason says whose fault it is.',
    dashboard: 'batchflow',
    variables: flowVariables,
  },
  {
    name: 'BatchFlowRowsDropped',
    severity: 'warning',
    component: 'flow',
    for: '1m',
    expr: (config) =>
      `sum by (${flow}, reason) (increase(batchflow_rows_dropped_total[${window('15m', config)}])) > 0`,
    summary: `Rows of ${flowName} were dropped: {{ $labels.reason }}`,
    description:
      'About {{ $value | humanize }} rows within 15 minutes, as the overflow policy says. They are gone. First see whether the database has slowed down or the traffic has grown.',
    dashboard: 'batchflow',
    variables: flowVariables,
  },
  {
    name: 'BatchFlowQueueNearFull',
    severity: 'warning',
    component: 'flow',
    for: '5m',
    expr: ({ thresholds }) =>
      `max by (${flow}) (batchflow_rows_pending / batchflow_queue_capacity_rows) > ${thresholds.queueFill}`,
    summary: `The buffer of ${flowName} is {{ $value | humanizePercentage }} full`,
    description:
      'Soon submit waits, or refuses, as the policy says. First look at "Slot utilisation": near 100 % the database is the limit, else something holds batches back.',
    dashboard: 'batchflow',
    variables: flowVariables,
  },
  {
    name: 'BatchFlowOldestRow',
    severity: 'warning',
    component: 'flow',
    for: '2m',
    expr: ({ thresholds }) =>
      `max by (${flow}) (batchflow_queue_oldest_age_seconds) > ${thresholds.oldestRowSeconds} and max by (${flow}) (batchflow_queue_oldest_age_seconds) > 3 * max by (${flow}) (batchflow_flush_interval_seconds)`,
    summary: `A row of ${flowName} has waited for {{ $value | humanizeDuration }}`,
    description:
      'Others may be written in the meantime: then one table is stopped. First look at "Failed batches by table" and at the retries of each table.',
    dashboard: 'batchflow-tables',
    variables: flowVariables,
  },
  {
    name: 'BatchFlowSubmitsRejected',
    severity: 'warning',
    component: 'flow',
    for: '1m',
    expr: (config) =>
      `sum by (${flow}, reason) (increase(batchflow_submit_rejected_total{reason!~"${callersRejections}"}[${window('15m', config)}])) > 0`,
    summary: `Submits of ${flowName} were refused: {{ $labels.reason }}`,
    description:
      'About {{ $value | humanize }} rows within 15 minutes were not taken; the caller knows. First see whether the buffer is full, or the flow was closed while somebody still submits.',
    dashboard: 'batchflow',
    variables: flowVariables,
  },
  {
    name: 'BatchFlowRetryStorm',
    severity: 'warning',
    component: 'flow',
    for: '5m',
    expr: (config) => {
      const of = window('5m', config)
      const { retryRatio, retryMinBatches } = config.thresholds
      const batches = `sum by (${flow}) (rate(batchflow_batches_total[${of}]))`
      return `sum by (${flow}) (rate(batchflow_errors_total{error_type=~"retry:.+"}[${of}])) / ${batches} > ${retryRatio} and ${batches} > ${retryMinBatches}`
    },
    summary: `Batches of ${flowName} are retried {{ $value | humanize }} times each`,
    description:
      'The database is asked for the same work again and again. First look at "Retries and back-off" for the reason: deadlocks, locks and time-outs have different cures.',
    dashboard: 'batchflow',
    variables: flowVariables,
  },
  {
    name: 'BatchFlowPoolWaiting',
    severity: 'warning',
    component: 'database',
    for: '5m',
    expr: () => 'sum by (job, instance, database) (batchflow_pool_connections{state="pending"}) > 0',
    summary: '{{ $value | humanize }} callers wait for a connection to {{ $labels.database }}',
    description:
      'On {{ $labels.instance }} for five minutes. First compare connections in use with the limit: a pool smaller than concurrencyLimit makes batches wait for each other.',
    dashboard: 'batchflow',
    variables: ['job', 'instance', 'database'],
  },
]
