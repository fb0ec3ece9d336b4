import type { DashboardSpec } from '../model/dashboard.ts'
import { floors, stat, timeseries } from '../model/panel.ts'
import { t } from '../model/text.ts'
import { q, quantile, sumRate } from '../promql/fragments.ts'

const cases = 'job=~"$job",instance=~"$instance",database=~"$database",test_case=~"$test_case"'
const names = '{{database}} - {{test_case}}'
const by = ['database', 'test_case']
const all = 'batchsql_batch_execution_total'

/** Guide 001's seven panels, repaired: for those who still look at BatchSQL's names. */
export const batchsql: DashboardSpec = {
  uid: 'batchsql-tests',
  title: t('BatchSQL load tests', 'BatchSQL 性能测试'),
  description: t(
    'BatchSQL names, from the page of the profile "batchsql" (a scrape job of its own).',
    'BatchSQL 指标名，来自 batchsql 配置页（单独的抓取任务）。',
  ),
  tags: ['batchsql'],
  profile: 'batchsql',
  variables: [
    { name: 'job', label: t('Job', '任务'), metric: all },
    { name: 'instance', label: t('Instance', '实例'), metric: all },
    { name: 'database', label: t('Database', '数据库'), metric: all },
    { name: 'test_case', label: t('Test case', '测试用例'), metric: all },
  ],
  rows: [
    {
      panels: [
        timeseries({
          title: t('Rows per second', 'RPS'),
          description: t('What the load test reports.', '压测上报的每秒行数。'),
          unit: 'rowsps',
          width: 12,
          queries: [q(`max by (database, test_case) (batchsql_test_rps{${cases}})`, names)],
        }),
        timeseries({
          title: t('Batch time', '批次执行时间'),
          description: t('p95 and p50 of one batch, retries included.', '单批次耗时的 p95 与 p50，含重试。'),
          unit: 's',
          width: 12,
          queries: [0.95, 0.5].map((p) =>
            q(quantile(p, 'batchsql_batch_execution_duration_seconds', cases, by), `p${p * 100} - ${names}`),
          ),
        }),
        timeseries({
          title: t('Memory', '内存使用'),
          description: t(
            'Of the process, in MiB: heap in use and resident memory.',
            '进程内存（MiB）：堆使用量与常驻内存。',
          ),
          unit: 'mbytes',
          width: 12,
          queries: [
            q(
              `max by (instance, type) (batchsql_memory_usage_mb{${cases},type=~"alloc|sys"})`,
              '{{type}} - {{instance}}',
            ),
          ],
        }),
        stat({
          title: t('Data integrity', '数据完整性'),
          description: t('Rows found over rows submitted, in percent.', '实际行数占提交行数的百分比。'),
          unit: 'percent',
          width: 6,
          height: 8,
          thresholds: floors([95, 'yellow'], [99, 'green']),
          queries: [q(`min by (database, test_case) (batchsql_test_data_integrity_rate{${cases}})`, names)],
        }),
        stat({
          title: t('Test passed', '测试结果'),
          description: t('1: the last run passed. 0: it failed.', '1：最近一次通过；0：失败。'),
          unit: 'none',
          width: 6,
          height: 8,
          thresholds: floors([1, 'green']),
          valueTexts: { '0': t('failed', '失败'), '1': t('passed', '通过') },
          queries: [q(`min by (database, test_case) (batchsql_test_success{${cases}})`, names)],
        }),
        timeseries({
          title: t('Batches', '批次执行速率'),
          description: t('Batches per second, by status.', '每秒批次数，按状态。'),
          unit: 'ops',
          width: 12,
          queries: [q(sumRate(all, cases, [...by, 'status']), `${names} - {{status}}`)],
        }),
        timeseries({
          title: t('Rows', '记录处理速率'),
          description: t('Rows per second, by table.', '每秒行数，按表。'),
          unit: 'rowsps',
          width: 12,
          queries: [
            q(sumRate('batchsql_records_processed_total', cases, [...by, 'table']), `${names} - {{table}}`),
          ],
        }),
      ],
    },
  ],
}
