import type { MonitoringConfig } from '../config/config.ts'
import { window } from '../config/duration.ts'
import { withPrefix } from '../promql/with-prefix.ts'
import { badRatio, slos, type Slo } from '../slo/slo.ts'
import type { RecordingRule, RuleGroup } from './alert.ts'

/** A flow: its burn rates have exactly these labels. */
export const flowBy = ' by (job, database, instance_id) '

/** Windows of burn-rate alerts. Names of recorded series have them as they are, also where they are shortened. */
export const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const

export type Window = (typeof windows)[number]

/** The recorded share of what went wrong. */
export function recordedRatio({ name }: Slo, of: Window): string {
  return `flow:batchflow_${name}:ratio_rate${of}`
}

/** Rows of the last hour: below some hundred a ratio says nothing. */
export const recordedRows: Readonly<Record<Slo['name'], string>> = {
  rows_lost: 'flow:batchflow_rows_settled:increase1h',
  commits_late: 'flow:batchflow_rows_settled:increase1h',
  submits_rejected: 'flow:batchflow_submits:increase1h',
}

/** All recorded series: level (a flow), metric, operation, as Prometheus recommends. */
export function recordingGroups(config: MonitoringConfig): RuleGroup[] {
  const { prefix } = config
  const record = (name: string, expr: string): RecordingRule => ({
    record: name,
    expr: withPrefix(expr, prefix),
  })
  const hour = window('1h', config)
  return [
    ...slos.map((slo) => ({
      name: `batchflow-slo-${slo.name.replaceAll('_', '-')}`,
      rules: windows.map((of) =>
        record(recordedRatio(slo, of), badRatio(slo, window(of, config), '', flowBy)),
      ),
    })),
    {
      name: 'batchflow-slo-volume',
      rules: [
        record(recordedRows.rows_lost, `sum${flowBy}(increase(batchflow_rows_settled_total[${hour}]))`),
        record(
          recordedRows.submits_rejected,
          `sum${flowBy}(increase(batchflow_rows_submitted_total[${hour}])) + sum${flowBy}(increase(batchflow_submit_rejected_total[${hour}]))`,
        ),
      ],
    },
  ]
}

/** Names of the guides for those who scrape the `modern` page: counters and gauges, which are simply renamed. Never for
 * those who scrape the default page, which has them already. */
export function migrationGroups(config: MonitoringConfig): RuleGroup[] {
  const prefixed = ([record, expr]: readonly [string, string]): RecordingRule => ({
    record: `${config.prefix}${record}`,
    expr: withPrefix(expr, config.prefix),
  })
  const by = 'sum by (job, instance, database, instance_id, test_name, table)'
  const renamed: readonly (readonly [string, string])[] = [
    ['batchflow_batch_success_total', `${by} (${named('batchflow_batches_total{status="success"}')})`],
    ['batchflow_batch_failed_total', `${by} (${named('batchflow_batches_total{status="fail"}')})`],
    [
      'batchflow_records_rate_total',
      `sum by (job, instance, database, instance_id, test_name) (${named('batchflow_records_processed_total{status="processed"}')})`,
    ],
    [
      'batchflow_buffer_utilization',
      named('batchflow_pipeline_queue_length / batchflow_queue_capacity_rows'),
    ],
    ['batchflow_memory_usage_bytes', 'nodejs_heap_size_used_bytes'],
  ]
  return [{ name: 'batchflow-migration', rules: renamed.map(prefixed) }]
}

/** With the alias label that the modern page leaves out. */
const named = (expr: string) => `label_replace(${expr}, "test_name", "$1", "instance_id", "(.*)")`
