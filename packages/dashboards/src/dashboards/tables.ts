import type { DashboardSpec } from '../model/dashboard.ts'
import { timeseries } from '../model/panel.ts'
import { t } from '../model/text.ts'
import { flow, mean, q, quantile, rate, sumRate } from '../promql/fragments.ts'
import { flowAnnotations, tableVariables } from './common.ts'

const ofTable = `${flow},table=~"$table"`
const execute = 'batchflow_execute_duration_seconds'

/** The same flows, table by table. Panels of the main dashboard lead here. */
export const tables: DashboardSpec = {
  uid: 'batchflow-tables',
  title: t('BatchFlow tables', 'BatchFlow 分表'),
  description: t('Batches, times, sizes and errors of each table.', '每张表的批次、耗时、批大小与错误。'),
  tags: ['batchflow'],
  profile: 'modern',
  variables: tableVariables,
  annotations: flowAnnotations,
  rows: [
    {
      panels: [
        timeseries({
          title: t('Batches', '批次'),
          description: t('Batches settled per second, by table and status.', '每秒完成的批次，按表与状态。'),
          unit: 'ops',
          queries: [
            q(sumRate('batchflow_batches_total', ofTable, ['table', 'status']), '{{table}} {{status}}'),
          ],
        }),
        timeseries({
          title: t('Rows', '行数'),
          description: t('Rows in batches per second, by table.', '每秒写入批次中的行数，按表。'),
          unit: 'rowsps',
          queries: [q(sumRate('batchflow_batch_size_sum', ofTable, ['table']), '{{table}}')],
        }),
        timeseries({
          title: t('Batch size', '批大小'),
          description: t('Mean rows per batch, by table.', '每批平均行数，按表。'),
          unit: 'short',
          queries: [q(mean('batchflow_batch_size', ofTable, ['table']), '{{table}}')],
        }),
        timeseries({
          title: t('Execute p50', '执行耗时 p50'),
          description: t('Half of the batches take less.', '一半的批次快于此值。'),
          unit: 's',
          queries: [q(quantile(0.5, execute, ofTable, ['table']), '{{table}}')],
        }),
        timeseries({
          title: t('Execute p95', '执行耗时 p95'),
          description: t('One batch in twenty takes longer.', '二十分之一的批次慢于此值。'),
          unit: 's',
          queries: [q(quantile(0.95, execute, ofTable, ['table']), '{{table}}')],
        }),
        timeseries({
          title: t('Execute p99', '执行耗时 p99'),
          description: t('One batch in a hundred takes longer.', '百分之一的批次慢于此值。'),
          unit: 's',
          queries: [q(quantile(0.99, execute, ofTable, ['table']), '{{table}}')],
        }),
        timeseries({
          title: t('Retries', '重试'),
          description: t('Retried attempts per second, by table and reason.', '每秒重试次数，按表与原因。'),
          unit: 'ops',
          width: 12,
          queries: [
            q(
              `sum by (table, error_type) (${rate('batchflow_errors_total', `${ofTable},error_type=~"retry:.+"`)}) > 0`,
              '{{table}} {{error_type}}',
              'data-after-faults',
            ),
          ],
        }),
        timeseries({
          title: t('Given up', '最终失败'),
          description: t(
            'Batches with rows given up per second, by table and reason.',
            '每秒有行被放弃的批次，按表与原因。',
          ),
          unit: 'ops',
          width: 12,
          queries: [
            q(
              `sum by (table, error_type) (${rate('batchflow_errors_total', `${ofTable},error_type=~"final:.+"`)}) > 0`,
              '{{table}} {{error_type}}',
              'data-after-faults',
            ),
          ],
        }),
      ],
    },
  ],
}
