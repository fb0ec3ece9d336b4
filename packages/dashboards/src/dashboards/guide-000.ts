import type { DashboardSpec } from '../model/dashboard.ts'
import { floors, stat, table, thresholds, timeseries } from '../model/panel.ts'
import { t } from '../model/text.ts'
import { flow, instant, q, quantile, rate, ratio, sumIncrease, sumRate } from '../promql/fragments.ts'
import { flowVariables, tableVariables } from './common.ts'

const ofTable = `${flow},table=~"$table"`
const names = '{{database}} - {{instance_id}}'
const milliseconds = 'batchflow_batch_execution_duration_ms'

const errors = (kind: 'retry' | 'final') =>
  q(
    `sum by (table, error_type) (${rate('batchflow_errors_total', `${ofTable},error_type=~"${kind}:.+"`)}) > 0`,
    '{{table}} {{error_type}}',
    'data-after-faults',
  )

/** Guide 000's retry dashboard, repaired. */
export const retry: DashboardSpec = {
  uid: 'batchflow-retry',
  title: t('BatchFlow retries', 'BatchFlow Retry 与执行耗时'),
  description: t(
    'What is retried, what is given up, and what that costs in time.',
    '重试、最终失败及其时间开销。',
  ),
  tags: ['batchflow', 'retry'],
  profile: 'batchflow',
  variables: tableVariables,
  rows: [
    {
      panels: [
        timeseries({
          title: t('Retries (retry:*)', '重试速率（retry:*）'),
          description: t('Attempts that were repeated, by table and reason.', '被重试的尝试，按表与原因。'),
          unit: 'ops',
          width: 12,
          queries: [errors('retry')],
        }),
        timeseries({
          title: t('Given up (final:*)', '最终失败速率（final:*）'),
          description: t(
            'Batches with rows given up, by table and reason.',
            '有行被放弃的批次，按表与原因。',
          ),
          unit: 'ops',
          width: 12,
          queries: [errors('final')],
        }),
        stat({
          title: t('Share of retries', '重试占比'),
          description: t('Of all errors, those that were retried.', '所有错误中被重试的比例。'),
          unit: 'percentunit',
          width: 6,
          height: 6,
          thresholds: thresholds([0.2, 'yellow'], [0.5, 'red']),
          queries: [
            q(
              ratio(
                sumRate('batchflow_errors_total', `${ofTable},error_type=~"retry:.+"`),
                sumRate('batchflow_errors_total', `${ofTable},error_type=~"(retry|final):.+"`),
              ),
              'retry_ratio',
              'data-after-faults',
            ),
          ],
        }),
        timeseries({
          title: t('Execute p95, retries and back-off included', 'P95 执行耗时（含重试与退避）'),
          description: t('In milliseconds, by database.', '单位毫秒，按数据库。'),
          unit: 'ms',
          width: 18,
          height: 6,
          queries: [q(quantile(0.95, milliseconds, ofTable, ['database']), 'P95 {{database}}')],
        }),
      ],
    },
  ],
}

/** Guide 000's overview. */
export const overview: DashboardSpec = {
  uid: 'batchflow-overview',
  title: t('BatchFlow overview', 'BatchFlow 性能概览'),
  description: t('Three numbers: now, on average, in all.', '三个数字：当前、平均、累计。'),
  tags: ['batchflow'],
  profile: 'batchflow',
  variables: flowVariables,
  rows: [
    {
      panels: [
        stat({
          title: t('Rows per second now', '当前 RPS（瞬时值）'),
          description: t(
            'The last sample of each database, taken every 5 s.',
            '各数据库的最近采样，每 5 秒一次。',
          ),
          unit: 'rowsps',
          width: 8,
          height: 6,
          queries: [q(`sum by (database) (batchflow_current_rps{${flow}})`, '{{database}}')],
        }),
        stat({
          title: t('Rows per second, mean', '平均 RPS'),
          description: t('Rate of the counter.', '计数器的速率。'),
          unit: 'rowsps',
          width: 8,
          height: 6,
          queries: [q(sumRate('batchflow_records_rate_total', flow, ['database']), '{{database}}')],
        }),
        stat({
          title: t('Rows in all', '累计处理记录数'),
          description: t(
            'Rows committed within the time range. A restart does not set it back.',
            '时间范围内提交的行数，不受重启影响。',
          ),
          unit: 'short',
          width: 8,
          height: 6,
          queries: [instant(sumIncrease('batchflow_records_rate_total', flow), t('rows', '总记录数'))],
        }),
      ],
    },
  ],
}

/** Guide 000's integrity table. */
export const integrity: DashboardSpec = {
  uid: 'batchflow-integrity',
  title: t('BatchFlow data integrity', 'BatchFlow 数据完整性监控'),
  description: t('Which flow has rows that are not in the database.', '哪些写入流存在未写入数据库的行。'),
  tags: ['batchflow'],
  profile: 'batchflow',
  variables: flowVariables,
  rows: [
    {
      panels: [
        table({
          title: t('Data integrity', '数据完整性率'),
          description: t(
            'Share of settled rows that are in the database, since the process started.',
            '自进程启动以来已完成行中写入数据库的比例。',
          ),
          unit: 'percentunit',
          width: 24,
          thresholds: floors([0.95, 'yellow'], [0.99, 'green']),
          queries: [q(`min by (database, instance_id) (batchflow_data_integrity_rate{${flow}})`, names)],
        }),
        timeseries({
          title: t('Rows not written', '未写入的行'),
          description: t(
            'Rows per second that ended otherwise than written, by outcome. The table above never forgets; this one does.',
            '每秒未写入的行数，按结果。上表为全程累计，此图只看当下。',
          ),
          unit: 'rowsps',
          width: 24,
          queries: [
            q(
              sumRate('batchflow_rows_settled_total', `${flow},outcome=~"dead_lettered|dropped|returned"`, [
                'outcome',
              ]),
              '{{outcome}}',
            ),
          ],
        }),
      ],
    },
  ],
}

/** Guide 000's trend. */
export const trend: DashboardSpec = {
  uid: 'batchflow-trend',
  title: t('BatchFlow trend', 'BatchFlow 性能趋势分析'),
  description: t('Throughput and batch time over a longer range.', '较长时间范围内的吞吐与批次耗时。'),
  tags: ['batchflow'],
  profile: 'batchflow',
  variables: flowVariables,
  from: 'now-6h',
  rows: [
    {
      panels: [
        timeseries({
          title: t('Rows per second', 'RPS 趋势'),
          description: t('The sample and the mean.', '瞬时值与平均值。'),
          unit: 'rowsps',
          width: 24,
          queries: [
            q(
              `sum by (database, instance_id) (batchflow_current_rps{${flow}})`,
              t(`now - ${names}`, `当前 RPS - ${names}`),
            ),
            q(
              sumRate('batchflow_records_rate_total', flow, ['database', 'instance_id']),
              t(`mean - ${names}`, `平均 RPS - ${names}`),
            ),
          ],
        }),
        timeseries({
          title: t('Batch time', '批次执行耗时'),
          description: t('Retries and back-off included, in milliseconds.', '包含重试与退避，单位毫秒。'),
          unit: 'ms',
          width: 24,
          queries: [0.95, 0.5].map((p) =>
            q(quantile(p, milliseconds, flow, ['database']), `P${p * 100} - {{database}}`),
          ),
        }),
      ],
    },
  ],
}
