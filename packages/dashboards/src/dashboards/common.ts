import type { AnnotationSpec, LabelVariable } from '../model/dashboard.ts'
import { t } from '../model/text.ts'

const label = {
  job: t('Job', '任务'),
  instance: t('Instance', '实例'),
  database: t('Database', '数据库'),
  instance_id: t('Flow / test', '写入流 / 测试'),
  table: t('Table', '表'),
}

/** job, instance, database, instance_id: which flows a dashboard shows. */
export const flowVariables: readonly LabelVariable[] = (
  ['job', 'instance', 'database', 'instance_id'] as const
).map((name) => ({ name, label: label[name], metric: 'batchflow_rows_submitted_total' }))

/** The same, and the table. */
export const tableVariables: readonly LabelVariable[] = [
  ...flowVariables,
  { name: 'table', label: label.table, metric: 'batchflow_batches_total' },
]

/** job and instance: which processes a dashboard shows. */
export function processVariables(metric: string): readonly LabelVariable[] {
  return (['job', 'instance'] as const).map((name) => ({ name, label: label[name], metric }))
}

/** Restarts, new versions and firing alerts. */
export const flowAnnotations: readonly AnnotationSpec[] = [
  {
    name: t('Restarts', '重启'),
    expr: 'changes(process_start_time_seconds{job=~"$job",instance=~"$instance"}[$__rate_interval]) > 0',
    color: 'blue',
    text: 'restart {{instance}}',
  },
  {
    name: t('New version', '版本变更'),
    expr: 'count by (version) (batchflow_build_info{job=~"$job",instance=~"$instance"}) unless count by (version) (batchflow_build_info{job=~"$job",instance=~"$instance"} offset $__rate_interval)',
    color: 'purple',
    text: 'version {{version}}',
  },
  {
    name: t('Alerts', '告警'),
    expr: 'ALERTS{alertstate="firing",severity=~"critical|warning",job=~"$job"}',
    color: 'red',
    text: '{{alertname}}',
  },
]

/** "unlimited" for 0, as a concurrency limit has it. */
export const zeroIsUnlimited = { '0': t('unlimited', '不限') }
